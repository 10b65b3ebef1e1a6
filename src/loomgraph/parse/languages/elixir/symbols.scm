; Modules, protocols and what they hold

(call target: (identifier) @how (arguments . (alias) @name) (#eq? @how "defmodule")) @definition.module
(call target: (identifier) @how (arguments . (alias) @name) (#eq? @how "defprotocol")) @definition.interface
(call
  target: (identifier) @how
  (arguments . (alias) @implements (keywords (pair key: (keyword) @for value: (alias) @name)))
  (#eq? @how "defimpl")
  (#match? @for "^for:")) @definition.extension
(call
  target: (identifier) @how
  (arguments (list (atom) @name @definition.field))
  (#any-of? @how "defstruct" "defexception"))
(unary_operator
  operator: "@"
  operand: (call target: (identifier) @name (arguments))
  (#not-match? @name "^(|module|type|short)doc$|^(spec|typep?|opaque|(macro)?callback|optional_callbacks)$")
  (#not-match? @name "^(impl|behaviour|derive|enforce_keys|deprecated|since|dialyzer|compile|on_load|on_definition)$")
  (#not-match? @name "^(|module|describe)tag$|^(before|after)_compile$|^external_resource$")) @definition.constant
(unary_operator
  operator: "@"
  operand: (call
    target: (identifier) @how
    (arguments (binary_operator left: [(call target: (identifier) @name) (identifier) @name])))
  (#any-of? @how "type" "typep" "opaque")) @definition.type
(unary_operator
  operator: "@"
  operand: (call
    target: (identifier) @how
    (arguments (binary_operator left: (call target: (identifier) @name (arguments) @params))) @ignored)
  (#any-of? @how "callback" "macrocallback")) @definition.declared
(unary_operator
  operator: "@"
  operand: (call target: (identifier) @how (arguments)) @ignored
  (#any-of? @how "doc" "moduledoc" "typedoc" "spec" "type" "typep" "opaque"))

; Functions

(call
  target: (identifier) @how
  (arguments . (call target: (identifier) @name (arguments) @params) @ignored)
  (#any-of? @how "def" "defp" "defdelegate")) @definition.function
(call
  target: (identifier) @how
  (arguments . (binary_operator left: (call target: (identifier) @name (arguments) @params)) @ignored)
  (#any-of? @how "def" "defp" "defguard" "defguardp")) @definition.function
(call
  target: (identifier) @how
  (arguments . (binary_operator left: (_) @params operator: _ @name right: (identifier) @params))
  (#any-of? @how "def" "defp")
  (#not-any-of? @name "when" "=")) @definition.operator
(call
  target: (identifier) @how
  (arguments . (identifier) @name)
  (#any-of? @how "def" "defp")) @definition.function
(call
  target: (identifier) @how
  (arguments . (binary_operator left: (identifier) @name operator: "when"))
  (#any-of? @how "def" "defp")) @definition.function
(call
  target: (identifier) @how
  (arguments . [
    (identifier) @name
    (call target: (identifier) @name (arguments) @params) @ignored
    (binary_operator left: (call target: (identifier) @name (arguments) @params)) @ignored])
  (#any-of? @how "defmacro" "defmacrop")) @definition.macro
(binary_operator left: (identifier) @name operator: "=" right: (_) @value) @local
(stab_clause left: (arguments (identifier) @name @local))

; Imports

(call target: (identifier) @how (arguments . [(alias) (dot)]) (#any-of? @how "alias" "require")) @import.alias
(call
  target: (identifier) @how
  (arguments . (alias) @module (keywords (pair key: (keyword) @as value: (alias) @alias)))
  (#any-of? @how "alias" "require")
  (#match? @as "^as:")) @import.alias
(call target: (identifier) @how (arguments . (alias) @module) (#any-of? @how "import" "use")) @import.import

; Calls; what is piped in is the first argument

(call target: (identifier) @name) @call
(call target: (identifier) @name (arguments) @arguments) @call
(call target: (dot left: (alias) @receiver right: (identifier) @name)) @call
(call target: (dot left: (_) @receiver right: (identifier) @name) (arguments) @arguments) @call
(binary_operator left: (_) @extra operator: "|>" right: (call target: (identifier) @name) @call)
(binary_operator
  left: (_) @extra
  operator: "|>"
  right: (call target: (dot left: (_) @receiver right: (identifier) @name)) @call)

; Functions and modules as values

(unary_operator operator: "&" operand: (binary_operator left: (identifier) @reference operator: "/"))
(unary_operator operator: "&" operand: (binary_operator left: (call target: (dot) @reference) operator: "/"))
(unary_operator operator: "@" operand: (identifier) @reference)
(alias) @reference
