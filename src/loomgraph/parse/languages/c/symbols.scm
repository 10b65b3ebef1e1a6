; Types

(struct_specifier name: (type_identifier) @name body: (_)) @definition.struct
(union_specifier name: (type_identifier) @name body: (_)) @definition.struct
(enum_specifier name: (type_identifier) @name body: (_)) @definition.enum
(type_definition type: (struct_specifier !name body: (_)) declarator: (type_identifier) @name) @definition.struct
(type_definition type: (union_specifier !name body: (_)) declarator: (type_identifier) @name) @definition.struct
(type_definition type: (enum_specifier !name body: (_)) declarator: (type_identifier) @name) @definition.enum
(type_definition type: (_) @type declarator: (type_identifier) @name) @definition.type
(type_definition
  declarator: (function_declarator
    declarator: (parenthesized_declarator (pointer_declarator declarator: (type_identifier) @name)))) @definition.type
(enumerator name: (_) @name) @definition.enum_member
(field_declaration type: (_) @type declarator: (field_identifier) @name @definition.field) @whole
(field_declaration type: (_) @type declarator: (pointer_declarator declarator: (field_identifier) @name @definition.field)) @whole
(field_declaration type: (_) @type declarator: (array_declarator declarator: (field_identifier) @name @definition.field)) @whole
(field_declaration
  declarator: (function_declarator
    declarator: (parenthesized_declarator (pointer_declarator declarator: (field_identifier) @name)))) @definition.field

; Functions, with up to two pointers around the declarator; prototypes are not definitions

(function_definition
  type: (_) @result
  declarator: (function_declarator declarator: (identifier) @name parameters: (_) @params)) @definition.function
(function_definition
  type: (_) @result
  declarator: (pointer_declarator
    declarator: (function_declarator declarator: (identifier) @name parameters: (_) @params))) @definition.function
(function_definition
  type: (_) @result
  declarator: (pointer_declarator
    declarator: (pointer_declarator
      declarator: (function_declarator declarator: (identifier) @name parameters: (_) @params)))) @definition.function
(preproc_function_def name: (_) @name parameters: (_) @params) @definition.macro
(preproc_def name: (_) @name) @definition.constant

; Variables

(declaration type: (_) @type declarator: (identifier) @name @definition.variable) @whole
(declaration type: (_) @type declarator: (pointer_declarator declarator: (identifier) @name @definition.variable)) @whole
(declaration type: (_) @type declarator: (array_declarator declarator: (identifier) @name @definition.variable)) @whole
(declaration type: (_) @type declarator: (init_declarator declarator: (identifier) @name @definition.variable)) @whole
(declaration
  type: (_) @type
  declarator: (init_declarator declarator: (pointer_declarator declarator: (identifier) @name @definition.variable))) @whole
(declaration
  type: (_) @type
  declarator: (init_declarator declarator: (array_declarator declarator: (identifier) @name @definition.variable))) @whole

; Imports

(preproc_include path: (string_literal (string_content) @module)) @import.include
(preproc_include path: (system_lib_string) @module) @import.system

; Calls

(call_expression function: (identifier) @name arguments: (_) @arguments) @call
(call_expression
  function: (field_expression argument: (_) @receiver field: (_) @name)
  arguments: (_) @arguments) @call

; Types and functions used as values

(type_identifier) @reference
(argument_list (identifier) @reference)
(initializer_list (identifier) @reference)
(initializer_pair value: (identifier) @reference)
(assignment_expression right: (identifier) @reference)
(init_declarator value: (identifier) @reference)
