; Types and what they hold

(mod_item name: (identifier) @name body: (_)) @definition.module
(mod_item name: (identifier) @module @alias !body) @import.mod
(struct_item name: (_) @name) @definition.struct
(union_item name: (_) @name) @definition.struct
(enum_item name: (_) @name) @definition.enum
(trait_item name: (_) @name) @definition.interface
(trait_item bounds: (trait_bounds (_) @inherits)) @definition.interface
(impl_item type: (_) @name) @definition.extension
(impl_item trait: (_) @implements) @definition.extension
(field_declaration name: (_) @name type: (_) @type) @definition.field
(enum_variant name: (_) @name) @definition.enum_member
(type_item name: (_) @name type: (_) @type) @definition.type
(const_item name: (_) @name) @definition.constant
(const_item type: (_) @type) @definition.constant
(static_item name: (_) @name type: (_) @type) @definition.variable

; Functions

(function_item name: (_) @name parameters: (_) @params) @definition.function
(function_item return_type: (_) @result) @definition.function
(function_signature_item name: (_) @name parameters: (_) @params) @definition.function
(function_signature_item return_type: (_) @result) @definition.function
(macro_definition name: (_) @name) @definition.macro
(let_declaration pattern: (identifier) @name) @local
(let_declaration pattern: (identifier) @name type: (_) @type) @local
(let_declaration pattern: (identifier) @name value: (_) @value) @local

; Imports

(use_declaration) @import.use
(extern_crate_declaration name: (_) @module @alias) @import.crate

; Calls

(attribute_item) @ignored
(inner_attribute_item) @ignored

(call_expression function: (identifier) @name arguments: (_) @arguments) @call
(call_expression function: (scoped_identifier path: (_) @receiver name: (_) @name) arguments: (_) @arguments) @call
(call_expression function: (field_expression value: (_) @receiver field: (field_identifier) @name) arguments: (_) @arguments) @call
(call_expression function: (generic_function function: (identifier) @name) arguments: (_) @arguments) @call
(call_expression
  function: (generic_function function: (scoped_identifier path: (_) @receiver name: (_) @name))
  arguments: (_) @arguments) @call
(call_expression
  function: (generic_function function: (field_expression value: (_) @receiver field: (_) @name))
  arguments: (_) @arguments) @call
(macro_invocation macro: (identifier) @name (token_tree) @tokens) @call
(macro_invocation macro: (scoped_identifier path: (_) @receiver name: (_) @name) (token_tree) @tokens) @call
; inside a macro's arguments, which stay tokens
(token_tree (identifier) @name @call . (token_tree) @tokens)
(token_tree (_) @receiver . "::" . (identifier) @name @call . (token_tree) @tokens)
(token_tree (_) @receiver . "." . (identifier) @name @call . (token_tree) @tokens)
(struct_expression name: (_) @name) @new

; Names of types in signatures, fields and bodies

(type_identifier) @reference
(scoped_type_identifier) @reference
(scoped_identifier path: (identifier) @reference)
