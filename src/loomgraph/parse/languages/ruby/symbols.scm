; Modules, classes and what they hold

(module name: (_) @name) @definition.module
(class name: (_) @name) @definition.class
(class superclass: (superclass (_) @inherits)) @definition.class
(class
  body: (body_statement
    (call !receiver method: (identifier) @how arguments: (argument_list [(constant) (scope_resolution)] @inherits)))
  (#any-of? @how "include" "prepend" "extend")) @definition.class
(module
  body: (body_statement
    (call !receiver method: (identifier) @how arguments: (argument_list [(constant) (scope_resolution)] @inherits)))
  (#any-of? @how "include" "prepend" "extend")) @definition.module
(assignment
  left: (constant) @name
  right: (call
    receiver: (constant) @how
    method: (identifier) @make
    block: (_))
  (#any-of? @how "Struct" "Class" "Module" "Data")
  (#any-of? @make "new" "define")) @definition.class
(assignment left: (constant) @name right: (_) @value) @definition.constant
(call
  !receiver
  method: (identifier) @how
  arguments: (argument_list (simple_symbol) @name @definition.reader)
  (#any-of? @how "attr_accessor" "attr_reader" "attr_writer"))

; Methods

(method name: (_) @name) @definition.function
(method parameters: (_) @params) @definition.function
(singleton_method object: (_) @receiver name: (_) @name) @definition.singleton
(singleton_method parameters: (_) @params) @definition.singleton
(singleton_class body: (body_statement (method name: (_) @name) @definition.singleton))
(singleton_class body: (body_statement (method parameters: (_) @params) @definition.singleton))
(assignment left: [(identifier) (instance_variable) (class_variable)] @name right: (call) @value) @local
(operator_assignment left: (instance_variable) @name right: (call) @value) @local

; What a method gives: the value of its last line, where that is an object made, the object itself or a field
(method body: (body_statement (call receiver: [(constant) (scope_resolution)] method: (identifier) @how) @returned .)
  (#eq? @how "new")) @definition.function
(method body: (body_statement [(self) (instance_variable)] @returned .)) @definition.function
(method body: (body_statement (operator_assignment left: (instance_variable) @returned) .)) @definition.function
(singleton_method body: (body_statement (call method: (identifier) @how) @returned .)
  (#eq? @how "new")) @definition.singleton
(singleton_method body: (body_statement (instance_variable) @returned .)) @definition.singleton
(singleton_method body: (body_statement (operator_assignment left: (instance_variable) @returned) .)) @definition.singleton

; Imports

(call
  !receiver
  method: (identifier) @how
  arguments: (argument_list . (string (string_content) @module))
  (#eq? @how "require_relative")) @import.relative
(call
  !receiver
  method: (identifier) @how
  arguments: (argument_list . (string (string_content) @module))
  (#any-of? @how "require" "load" "autoload")) @import.require

; Calls

(call receiver: (_) @receiver method: [(identifier) (constant)] @name) @call
(call receiver: (_) @receiver method: [(identifier) (constant)] @name arguments: (_) @arguments) @call
(call !receiver method: (identifier) @name) @call
(call !receiver method: (identifier) @name arguments: (_) @arguments) @call
(body_statement (identifier) @name @call)
(block_body (identifier) @name @call)
(then (identifier) @name @call)
(else (identifier) @name @call)

; Constants used

(constant) @reference
(scope_resolution) @reference
