; Types and namespaces

(namespace_definition name: (_) @name) @definition.namespace
(class_specifier name: (_) @name body: (_)) @definition.class
(class_specifier
  (base_class_clause [(type_identifier) (qualified_identifier) (template_type)] @inherits)
  body: (_)) @definition.class
(struct_specifier name: (_) @name body: (_)) @definition.struct
(struct_specifier
  (base_class_clause [(type_identifier) (qualified_identifier) (template_type)] @inherits)
  body: (_)) @definition.struct
(union_specifier name: (_) @name body: (_)) @definition.struct
(enum_specifier name: (_) @name body: (_)) @definition.enum
(type_definition type: (struct_specifier !name body: (_)) declarator: (type_identifier) @name) @definition.struct
(type_definition type: (enum_specifier !name body: (_)) declarator: (type_identifier) @name) @definition.enum
(type_definition type: (_) @type declarator: (type_identifier) @name) @definition.type
(alias_declaration name: (_) @name type: (_) @type) @definition.type
(concept_definition name: (_) @name) @definition.interface
(enumerator name: (_) @name) @definition.enum_member
(field_declaration type: (_) @type declarator: (field_identifier) @name @definition.field) @whole
(field_declaration type: (_) @type declarator: (pointer_declarator declarator: (field_identifier) @name @definition.field)) @whole
(field_declaration type: (_) @type declarator: (reference_declarator (field_identifier) @name @definition.field)) @whole
(field_declaration type: (_) @type declarator: (array_declarator declarator: (field_identifier) @name @definition.field)) @whole

; Functions: definitions anywhere, declarations in classes (free prototypes are not definitions)

(function_definition declarator: (function_declarator declarator: (_) @name parameters: (_) @params)) @definition.function
(function_definition
  declarator: (pointer_declarator
    declarator: (function_declarator declarator: (_) @name parameters: (_) @params))) @definition.function
(function_definition
  declarator: (reference_declarator
    (function_declarator declarator: (_) @name parameters: (_) @params))) @definition.function
(function_definition
  declarator: (pointer_declarator
    declarator: (pointer_declarator
      declarator: (function_declarator declarator: (_) @name parameters: (_) @params)))) @definition.function
(function_definition type: (_) @result) @definition.function
(field_declaration declarator: (function_declarator declarator: (field_identifier) @name parameters: (_) @params)) @definition.declared
(field_declaration declarator: (function_declarator declarator: (operator_name) @name parameters: (_) @params)) @definition.declared
(field_declaration
  declarator: (pointer_declarator
    declarator: (function_declarator declarator: (_) @name parameters: (_) @params))) @definition.declared
(field_declaration
  declarator: (reference_declarator
    (function_declarator declarator: (_) @name parameters: (_) @params))) @definition.declared
(field_declaration type: (_) @result declarator: (function_declarator)) @definition.declared
(field_declaration_list
  (declaration declarator: (function_declarator declarator: (_) @name parameters: (_) @params)) @definition.declared)
(field_declaration_list
  (template_declaration
    (declaration declarator: (function_declarator declarator: (_) @name parameters: (_) @params)) @definition.declared))
(preproc_function_def name: (_) @name parameters: (_) @params) @definition.macro
(preproc_def name: (_) @name) @definition.constant

; Variables

(declaration type: (_) @type declarator: (identifier) @name @definition.variable) @whole
(declaration type: (_) @type declarator: (pointer_declarator declarator: (identifier) @name @definition.variable)) @whole
(declaration type: (_) @type declarator: (reference_declarator (identifier) @name @definition.variable)) @whole
(declaration type: (_) @type declarator: (array_declarator declarator: (identifier) @name @definition.variable)) @whole
(declaration type: (_) @type declarator: (init_declarator declarator: (identifier) @name @definition.variable)) @whole
(declaration
  type: (placeholder_type_specifier)
  declarator: (init_declarator declarator: (identifier) @name @definition.variable value: (_) @value)) @whole
(declaration
  type: (_) @type
  declarator: (init_declarator declarator: (pointer_declarator declarator: (identifier) @name @definition.variable))) @whole
(declaration
  type: (_) @type
  declarator: (init_declarator declarator: (reference_declarator (identifier) @name @definition.variable))) @whole

; Imports

(preproc_include path: (string_literal (string_content) @module)) @import.include
(preproc_include path: (system_lib_string) @module) @import.system
(using_declaration "namespace" (_) @module) @import.namespace
(using_declaration (qualified_identifier)) @import.using

; Calls

(call_expression function: (identifier) @name arguments: (_) @arguments) @call
(call_expression function: (template_function name: (identifier) @name) arguments: (_) @arguments) @call
(call_expression function: (qualified_identifier) @name arguments: (_) @arguments) @call
(call_expression
  function: (field_expression argument: (_) @receiver field: (field_identifier) @name)
  arguments: (_) @arguments) @call
(call_expression
  function: (field_expression argument: (_) @receiver field: (template_method name: (_) @name))
  arguments: (_) @arguments) @call
(new_expression type: (_) @name arguments: (_)? @arguments) @new
(compound_literal_expression type: (_) @name value: (initializer_list) @arguments) @new

; Types and functions used as values

(type_identifier) @reference
(argument_list (identifier) @reference)
(argument_list (qualified_identifier) @reference)
(argument_list (pointer_expression argument: (_) @reference))
(initializer_list (identifier) @reference)
