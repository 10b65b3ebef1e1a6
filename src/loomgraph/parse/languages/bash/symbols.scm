; Functions and variables of the script

(function_definition name: (_) @name) @definition.function
(program (variable_assignment name: (variable_name) @name) @definition.variable)
(program (declaration_command (variable_assignment name: (variable_name) @name) @definition.variable) @whole)

; Imports

(command
  name: (command_name) @how
  . argument: (_) @module
  (#any-of? @how "source" ".")) @import.source

; Calls: a command is a call when a function of that name is known

(command name: (command_name (word) @name)) @call
