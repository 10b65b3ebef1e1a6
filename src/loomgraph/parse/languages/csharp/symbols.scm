; Namespaces, types and what they hold

(namespace_declaration name: (_) @package)
(file_scoped_namespace_declaration name: (_) @package)
(class_declaration name: (_) @name) @definition.class
(class_declaration (base_list (_) @inherits)) @definition.class
(struct_declaration name: (_) @name) @definition.struct
(struct_declaration (base_list (_) @inherits)) @definition.struct
(record_declaration name: (_) @name) @definition.class
(record_declaration (base_list [(identifier) (generic_name) (qualified_name)] @inherits)) @definition.class
(record_declaration (base_list (primary_constructor_base_type type: (_) @inherits))) @definition.class
(interface_declaration name: (_) @name) @definition.interface
(interface_declaration (base_list (_) @inherits)) @definition.interface
(enum_declaration name: (_) @name) @definition.enum
(enum_member_declaration name: (_) @name) @definition.enum_member
(delegate_declaration name: (_) @name) @definition.type
(field_declaration
  (variable_declaration type: (_) @type (variable_declarator name: (_) @name) @definition.variable)) @whole
(event_field_declaration (variable_declaration (variable_declarator name: (_) @name) @definition.event)) @whole
(property_declaration type: (_) @type name: (_) @name) @definition.property
(event_declaration name: (_) @name) @definition.event

; Functions

(method_declaration returns: (_) @result name: (_) @name parameters: (_) @params) @definition.function
(local_function_statement type: (_) @result name: (_) @name parameters: (_) @params) @definition.function
(constructor_declaration name: (_) @name parameters: (_) @params) @definition.constructor
(destructor_declaration name: (_) @name) @definition.function
(operator_declaration type: (_) @result operator: _ @name parameters: (_) @params) @definition.operator
(local_declaration_statement (variable_declaration type: (_) @type (variable_declarator name: (_) @name) @local))
(local_declaration_statement
  (variable_declaration type: (implicit_type) (variable_declarator name: (_) @name (_) @value) @local))
(foreach_statement type: (_) @type left: (identifier) @name) @local

; Imports

(using_directive) @import.using

; Calls

(invocation_expression function: (identifier) @name arguments: (_) @arguments) @call
(invocation_expression function: (generic_name (identifier) @name) arguments: (_) @arguments) @call
(invocation_expression
  function: (member_access_expression expression: _ @receiver name: (identifier) @name)
  arguments: (_) @arguments) @call
(invocation_expression
  function: (member_access_expression expression: _ @receiver name: (generic_name (identifier) @name))
  arguments: (_) @arguments) @call
(invocation_expression
  function: (conditional_access_expression condition: (_) @receiver (member_binding_expression name: (_) @name))
  arguments: (_) @arguments) @call
(object_creation_expression type: (_) @name arguments: (_)? @arguments) @new
(primary_constructor_base_type type: (_) @name (argument_list) @arguments) @new

; Types

(attribute name: (_) @reference)
(generic_name (identifier) @reference)
(variable_declaration type: (identifier) @reference)
(parameter type: (identifier) @reference)
(method_declaration returns: (identifier) @reference)
(property_declaration type: (identifier) @reference)
(type_argument_list (identifier) @reference)
(typeof_expression type: (_) @reference)
(cast_expression type: (identifier) @reference)
(as_expression right: (identifier) @reference)
(is_expression right: (identifier) @reference)
(nullable_type (identifier) @reference)
(array_type type: (identifier) @reference)
(variable_declaration type: (qualified_name) @reference)
(parameter type: (qualified_name) @reference)
(member_access_expression expression: (identifier) @reference)
