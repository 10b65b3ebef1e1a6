; Namespaces, types and what they hold

(namespace_definition name: (_) @package)
(class_declaration name: (_) @name) @definition.class
(class_declaration (base_clause (_) @inherits)) @definition.class
(class_declaration (class_interface_clause (_) @implements)) @definition.class
(class_declaration body: (_ (use_declaration (_) @inherits))) @definition.class
(interface_declaration name: (_) @name) @definition.interface
(interface_declaration (base_clause (_) @inherits)) @definition.interface
(trait_declaration name: (_) @name) @definition.class
(trait_declaration body: (_ (use_declaration (_) @inherits))) @definition.class
(enum_declaration name: (_) @name) @definition.enum
(enum_declaration (class_interface_clause (_) @implements)) @definition.enum
(enum_case name: (_) @name) @definition.enum_member
(const_declaration (const_element . (name) @name) @definition.constant) @whole
(property_declaration (property_element name: (variable_name (name) @name)) @definition.field) @whole
(property_declaration type: (_) @type (property_element) @definition.field)
(property_promotion_parameter name: (variable_name (name) @name)) @definition.promoted
(property_promotion_parameter type: (_) @type) @definition.promoted

; Functions

(function_definition name: (_) @name parameters: (_) @params) @definition.function
(function_definition return_type: (_) @result) @definition.function
(method_declaration name: (_) @name parameters: (_) @params) @definition.function
(method_declaration return_type: (_) @result) @definition.function
(expression_statement
  (assignment_expression left: (variable_name) @name right: [(object_creation_expression) (scoped_call_expression)] @value)) @local

; Imports

(namespace_use_declaration) @import.use
(require_expression (_) @module) @import.require
(require_once_expression (_) @module) @import.require
(include_expression (_) @module) @import.require
(include_once_expression (_) @module) @import.require

; Calls

(function_call_expression function: [(name) (qualified_name)] @name arguments: (_) @arguments) @call
(member_call_expression object: (_) @receiver name: (name) @name arguments: (_) @arguments) @call
(nullsafe_member_call_expression object: (_) @receiver name: (name) @name arguments: (_) @arguments) @call
(scoped_call_expression scope: (_) @receiver name: (name) @name arguments: (_) @arguments) @call
(object_creation_expression . [(name) (qualified_name)] @name (arguments)? @arguments) @new

; Types

(named_type) @reference
(attribute [(name) (qualified_name)] @reference)
(class_constant_access_expression . [(name) (qualified_name)] @reference)
(binary_expression operator: "instanceof" right: [(name) (qualified_name)] @reference)
(scoped_call_expression scope: [(name) (qualified_name)] @reference)
(scoped_property_access_expression scope: [(name) (qualified_name)] @reference)
