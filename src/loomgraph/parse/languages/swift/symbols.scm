; Types and what they hold

(class_declaration declaration_kind: "class" name: (_) @name) @definition.class
(class_declaration declaration_kind: "actor" name: (_) @name) @definition.class
(class_declaration declaration_kind: "struct" name: (_) @name) @definition.struct
(class_declaration declaration_kind: "enum" name: (_) @name) @definition.enum
(class_declaration declaration_kind: "extension" name: (_) @name) @definition.extension
(class_declaration (inheritance_specifier inherits_from: (_) @inherits)) @definition.class
(protocol_declaration name: (_) @name) @definition.interface
(protocol_declaration (inheritance_specifier inherits_from: (_) @inherits)) @definition.interface
(enum_entry name: (simple_identifier) @name @definition.enum_member)
(typealias_declaration name: (type_identifier) @name (user_type) @type) @definition.type
(property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @definition.variable
(property_declaration name: (pattern) (type_annotation (_) @type)) @definition.variable
(property_declaration name: (pattern) value: (_) @value) @definition.variable
(protocol_property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @definition.property

; Functions

(function_declaration name: (simple_identifier) @name) @definition.function
(function_declaration name: [(user_type) (optional_type) (array_type)] @result) @definition.function
(protocol_function_declaration name: (simple_identifier) @name) @definition.function
(init_declaration "init" @name) @definition.constructor
(deinit_declaration "deinit" @name) @definition.function
(subscript_declaration "subscript" @name) @definition.operator

; Imports

(import_declaration) @import.import

; Calls

(call_expression . (simple_identifier) @name (call_suffix (value_arguments) @arguments)) @call
(call_expression . (simple_identifier) @name (call_suffix (lambda_literal) @extra)) @call
(call_expression
  . (navigation_expression target: (_) @receiver suffix: (navigation_suffix suffix: (simple_identifier) @name))
  (call_suffix (value_arguments) @arguments)) @call
(call_expression
  . (navigation_expression target: (_) @receiver suffix: (navigation_suffix suffix: (simple_identifier) @name))
  (call_suffix (lambda_literal) @extra)) @call
(constructor_expression constructed_type: (_) @name (constructor_suffix (value_arguments) @arguments)) @new

; Types

(user_type) @reference
