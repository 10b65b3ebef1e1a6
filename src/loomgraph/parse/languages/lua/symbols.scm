; Tables that hold functions, and functions

(variable_declaration
  (assignment_statement
    (variable_list . name: (identifier) @name)
    (expression_list . value: (table_constructor)))) @definition.object
(chunk
  (assignment_statement
    (variable_list . name: (identifier) @name)
    (expression_list . value: (table_constructor))) @definition.object)
(chunk
  (assignment_statement
    (variable_list . name: (dot_index_expression) @name)
    (expression_list . value: (table_constructor))) @definition.object)
(variable_declaration
  (assignment_statement
    (variable_list . name: (identifier) @name)
    (expression_list
      . value: (function_call
        name: (identifier) @how
        arguments: (arguments . (table_constructor)))))
  (#eq? @how "setmetatable")) @definition.object
(variable_declaration
  (assignment_statement
    (variable_list . name: (identifier) @name)
    (expression_list . value: (function_definition parameters: (_) @params)))) @definition.function
(chunk
  (assignment_statement
    (variable_list . name: (_) @name)
    (expression_list . value: (function_definition parameters: (_) @params))) @definition.function)
(block
  (assignment_statement
    (variable_list . name: (_) @name)
    (expression_list . value: (function_definition parameters: (_) @params))) @definition.function)
(field name: (identifier) @name value: (function_definition parameters: (_) @params)) @definition.function
(function_declaration name: (_) @name parameters: (_) @params) @definition.function
(variable_declaration
  (assignment_statement
    (variable_list . name: (identifier) @name)
    (expression_list . value: (_) @value))) @definition.variable
(chunk
  (assignment_statement
    (variable_list . name: (dot_index_expression) @name)
    (expression_list . value: (_) @value)) @definition.field)

; Imports

(variable_declaration
  (assignment_statement
    (variable_list . name: (identifier) @alias)
    (expression_list
      . value: (function_call
        name: (identifier) @how
        arguments: (arguments . (string (string_content) @module)))))
  (#eq? @how "require")) @import.require
(function_call
  name: (identifier) @how
  arguments: (arguments . (string (string_content) @module))
  (#any-of? @how "require" "dofile" "loadfile")) @import.require

; Calls

(function_call name: (identifier) @name arguments: (_) @arguments) @call
(function_call name: (dot_index_expression table: (_) @receiver field: (_) @name) arguments: (_) @arguments) @call
(function_call name: (method_index_expression table: (_) @receiver method: (_) @name) arguments: (_) @arguments) @call
