; Types and what they hold

(variable_declaration . (identifier) @name (struct_declaration)) @definition.struct
(variable_declaration . (identifier) @name (union_declaration)) @definition.struct
(variable_declaration . (identifier) @name (opaque_declaration)) @definition.struct
(variable_declaration . (identifier) @name (enum_declaration)) @definition.enum
(variable_declaration . (identifier) @name (error_set_declaration)) @definition.enum
(error_set_declaration (identifier) @name @definition.enum_member)
(enum_declaration (container_field name: (identifier) @name) @definition.enum_member)
(container_field name: (identifier) @name) @definition.field
(container_field name: (identifier) @name type: (_) @type) @definition.field
; a function that gives a type holds what the type holds
(function_declaration name: (identifier) @name type: (builtin_type) @how (#eq? @how "type")) @definition.struct

; Functions

(function_declaration name: (_) @name (parameters) @params) @definition.function
(function_declaration type: (_) @result) @definition.function
(test_declaration (string (string_content) @name)) @definition.function
(variable_declaration
  . (identifier) @name
  [(builtin_function) (struct_initializer) (integer) (string) (field_expression) (call_expression)] @value
  (#not-match? @value "^@(This|import)\\b")) @definition.variable
(variable_declaration . (identifier) @name type: (_) @type) @definition.variable

; Imports

(variable_declaration
  . (identifier) @alias
  (builtin_function (builtin_identifier) @how (arguments . (string (string_content) @module)))
  (#eq? @how "@import")) @import.file
(field_expression
  object: (builtin_function (builtin_identifier) @how (arguments . (string (string_content) @module)))
  (#eq? @how "@import")) @import.file
(builtin_function
  (builtin_identifier) @how
  (arguments . (string (string_content) @module))
  (#eq? @how "@import")) @import.file

; Calls

(call_expression function: (identifier) @name (_)* @extra) @call
(call_expression function: (field_expression object: (_) @receiver member: (_) @name) (_)* @extra) @call
(struct_initializer . [(identifier) (field_expression)] @name) @new

; Names of types and functions used as values

(parameter type: (identifier) @reference)
(pointer_type (identifier) @reference)
(nullable_type (identifier) @reference)
(slice_type (identifier) @reference)
(call_expression (identifier) @reference)
(call_expression function: (_) (field_expression) @reference)
(variable_declaration type: (_) @reference)
(function_declaration type: [(identifier) (field_expression)] @reference)
