; Modules, types and what they hold

(header module: (module) @package)
(data_type name: (_) @name) @definition.enum
(data_type constructors: (gadt_constructors)) @definition.enum
(newtype name: (_) @name) @definition.enum
(type_synonym name: (_) @name) @definition.type
(class name: (_) @name) @definition.interface
(class context: (context (apply constructor: (_) @inherits))) @definition.interface
(class context: (context (parens (apply constructor: (_) @inherits)))) @definition.interface
(class context: (context (tuple (apply constructor: (_) @inherits)))) @definition.interface
(instance name: (_) @implements patterns: (type_patterns . (_) @name)) @definition.extension
(data_constructor [
  (prefix name: (_) @name)
  (record name: (_) @name)
  (infix operator: (_) @name)]) @definition.enum_member
(gadt_constructor name: (_) @name) @definition.enum_member
(newtype_constructor name: (_) @name) @definition.enum_member
(field name: (field_name (variable) @name)) @definition.accessor

; Functions: a signature declares, equations define

(signature name: [(variable) (prefix_id)] @name) @definition.declared
(signature names: (binding_list . name: (_) @name)) @definition.declared
(declarations (bind name: (_) @name) @definition.function)
(class_declarations (bind name: (_) @name) @definition.function)
(instance_declarations (bind name: (_) @name) @definition.function)
(function name: (_) @name) @definition.function
(function (infix operator: (_) @name)) @definition.function
(local_binds (bind name: (variable) @name @local))

; Names that patterns bind

(patterns (variable) @name @local)
(patterns (_ (variable) @name @local))
(patterns (_ (_ (variable) @name @local)))
(bind pattern: (variable) @name @local)
(bind pattern: (_ (variable) @name @local))
(generator pattern: (variable) @name @local)
(alternative pattern: (variable) @name @local)
(alternative pattern: (_ (variable) @name @local))
(alternative pattern: (_ (_ (variable) @name @local)))

; Imports

(import module: (module) @module) @import.import
(import module: (module) @module alias: (module) @alias) @import.import

; Calls

(apply function: (variable) @name) @call
(apply function: (qualified module: (module) @receiver id: (variable) @name)) @call
(infix left_operand: (variable) @name @call operator: (operator) @how (#any-of? @how "$" "." "<$>" "$!" "=<<" "<=<"))
(infix
  left_operand: (qualified module: (module) @receiver id: (variable) @name) @call
  operator: (operator) @how
  (#any-of? @how "$" "." "<$>" "$!" "=<<" "<=<"))
(infix operator: (operator) @how right_operand: (variable) @name @call (#any-of? @how "." "&" "<&>" ">>=" "<|>" "<*>" ">=>"))
(infix operator: (infix_id (variable) @name) @call)
(infix operator: (operator) @name @call
  (#not-match? @name "^([-$.+*/<>=&^:|?]|[$]!|<[$]!?>|<[*]>|>>=?|=<<|<>|[+][+]|&&|[|][|]|[=/<>]=|!!|<[$]|[$]>|<[*]|[*]>|<[|]>|<&>|>=>|<=<|[*][*]|[^][^]|[.]:|!|[.]~|%~|[^][.])$"))
(exp (variable) @name @call)
(match expression: (variable) @name @call)

; Functions, constructors and types as values

(variable) @reference
(qualified) @reference
(constructor) @reference
(name) @reference
