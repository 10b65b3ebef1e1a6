; Packages, types and what they hold

(package_header (qualified_identifier) @package)
(class_declaration "interface" name: (_) @name) @definition.interface
(class_declaration (modifiers (class_modifier) @how) name: (_) @name (#eq? @how "enum")) @definition.enum
(class_declaration name: (_) @name) @definition.class
(class_declaration
  (delegation_specifiers (delegation_specifier [(user_type) (constructor_invocation (user_type))] @inherits))) @definition.class
(class_declaration (delegation_specifiers (delegation_specifier (explicit_delegation (user_type) @inherits)))) @definition.class
(object_declaration name: (_) @name) @definition.object
(object_declaration
  (delegation_specifiers (delegation_specifier [(user_type) (constructor_invocation (user_type))] @inherits))) @definition.object
(enum_entry . (identifier) @name) @definition.enum_member
(type_alias type: (identifier) @name) @definition.type
(type_alias . (identifier) @name) @definition.type
(property_declaration (variable_declaration . (identifier) @name)) @definition.variable
(property_declaration (variable_declaration (identifier) (_) @type)) @definition.variable
(property_declaration (variable_declaration) [(call_expression) (string_literal) (number_literal)] @value) @definition.variable
(class_parameter ["val" "var"] (identifier) @name (_) @type) @definition.field

; Functions

(function_declaration name: (_) @name (function_value_parameters) @params) @definition.function
(companion_object
  (class_body (function_declaration name: (_) @name (function_value_parameters) @params) @definition.singleton))
(secondary_constructor "constructor" @name (function_value_parameters) @params) @definition.constructor
(function_declaration (user_type) @receiver . "." . name: (_) @name (function_value_parameters) @params) @definition.function
(function_declaration (function_value_parameters) . [(user_type) (nullable_type)] @result) @definition.function

; Imports

(import) @import.import

; Calls

(call_expression . (identifier) @name (value_arguments) @arguments) @call
(call_expression . (identifier) @name (annotated_lambda) @extra) @call
(call_expression . (navigation_expression (_) @receiver (identifier) @name .) (value_arguments) @arguments) @call
(call_expression . (navigation_expression (_) @receiver (identifier) @name .) (annotated_lambda) @extra) @call
(constructor_invocation (user_type) @name (value_arguments) @arguments) @new

; Types

(user_type) @reference
(callable_reference (identifier) @reference .)
