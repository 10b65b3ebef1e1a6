; Packages, types and what they hold

(package_clause name: (_) @package.part)
(class_definition name: (_) @name) @definition.class
(class_definition extend: (extends_clause [(type_identifier) (generic_type) (stable_type_identifier)] @inherits)) @definition.class
(trait_definition name: (_) @name) @definition.interface
(trait_definition extend: (extends_clause [(type_identifier) (generic_type) (stable_type_identifier)] @inherits)) @definition.interface
(object_definition name: (_) @name) @definition.object
(object_definition extend: (extends_clause [(type_identifier) (generic_type) (stable_type_identifier)] @inherits)) @definition.object
(package_object name: (_) @name) @definition.object
(enum_definition name: (_) @name) @definition.enum
(enum_definition extend: (extends_clause [(type_identifier) (generic_type) (stable_type_identifier)] @inherits)) @definition.enum
(simple_enum_case name: (_) @name) @definition.enum_member
(full_enum_case name: (_) @name) @definition.enum_member
(type_definition name: (_) @name) @definition.type
(type_definition type: (_) @type) @definition.type
(val_definition pattern: (identifier) @name) @definition.variable
(val_definition type: (_) @type) @definition.variable
(val_definition value: (_) @value) @definition.variable
(var_definition pattern: (identifier) @name) @definition.variable
(var_definition type: (_) @type) @definition.variable
(var_definition value: (_) @value) @definition.variable
(val_declaration name: (_) @name type: (_) @type) @definition.variable
(given_definition name: (_) @name) @definition.variable
(class_parameter name: (_) @name type: (_) @type) @definition.field

; Functions

(function_definition name: (_) @name) @definition.function
(function_definition parameters: (parameters) @params) @definition.function
(function_definition return_type: (_) @result) @definition.function
(function_declaration name: (_) @name) @definition.function
(function_declaration parameters: (parameters) @params) @definition.function
(function_declaration return_type: (_) @result) @definition.function

; Imports

(import_declaration) @import.import

; Calls

(call_expression function: (identifier) @name arguments: (_) @arguments) @call
(call_expression function: (generic_function function: (identifier) @name) arguments: (_) @arguments) @call
(call_expression function: (field_expression value: (_) @receiver field: (_) @name) arguments: (_) @arguments) @call
(call_expression
  function: (generic_function function: (field_expression value: (_) @receiver field: (_) @name))
  arguments: (_) @arguments) @call
(infix_expression left: (_) @receiver operator: (identifier) @name right: (_) @extra) @call
(instance_expression . [(type_identifier) (generic_type) (stable_type_identifier)] @name (arguments)? @arguments) @new

; Types

(type_identifier) @reference
(field_expression value: (identifier) @reference)
