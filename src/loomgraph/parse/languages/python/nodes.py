"""The node kinds of the Python grammar by number, and small readings of single nodes.

Numbers instead of names because reading a node's kind as text costs three times as much, and a large project
has millions of nodes. Knows nothing of facts.
"""

from __future__ import annotations

from typing import Final

import tree_sitter_python
from tree_sitter import Language, Node

LANGUAGE: Final = Language(tree_sitter_python.language())


def kind(name: str) -> int:
    """The number of the named node kind ``name``; a grammar without it is a wrong installation."""
    found = LANGUAGE.id_for_node_kind(name, True)
    if found is None:
        raise LookupError(f"the installed Python grammar has no node kind {name}")
    return found


IDENTIFIER: Final = kind("identifier")
ATTRIBUTE: Final = kind("attribute")
CALL: Final = kind("call")
SUBSCRIPT: Final = kind("subscript")
STRING: Final = kind("string")
CONCATENATED_STRING: Final = kind("concatenated_string")
INTERPOLATION: Final = kind("interpolation")
INTEGER: Final = kind("integer")
TUPLE: Final = kind("tuple")
LIST: Final = kind("list")
SET: Final = kind("set")
PAIR: Final = kind("pair")
DICTIONARY: Final = kind("dictionary")
LIST_SPLAT: Final = kind("list_splat")
DICTIONARY_SPLAT: Final = kind("dictionary_splat")
KEYWORD_ARGUMENT: Final = kind("keyword_argument")
ARGUMENT_LIST: Final = kind("argument_list")
GENERATOR_EXPRESSION: Final = kind("generator_expression")
DICTIONARY_COMPREHENSION: Final = kind("dictionary_comprehension")
FOR_IN_CLAUSE: Final = kind("for_in_clause")
IF_CLAUSE: Final = kind("if_clause")
LAMBDA: Final = kind("lambda")
LAMBDA_PARAMETERS: Final = kind("lambda_parameters")
PARAMETERS: Final = kind("parameters")
DEFAULT_PARAMETER: Final = kind("default_parameter")
TYPED_PARAMETER: Final = kind("typed_parameter")
TYPED_DEFAULT_PARAMETER: Final = kind("typed_default_parameter")
LIST_SPLAT_PATTERN: Final = kind("list_splat_pattern")
DICTIONARY_SPLAT_PATTERN: Final = kind("dictionary_splat_pattern")
KEYWORD_SEPARATOR: Final = kind("keyword_separator")
PATTERN_LIST: Final = kind("pattern_list")
TUPLE_PATTERN: Final = kind("tuple_pattern")
LIST_PATTERN: Final = kind("list_pattern")
EXPRESSION_LIST: Final = kind("expression_list")
PARENTHESIZED: Final = kind("parenthesized_expression")
NOT_OPERATOR: Final = kind("not_operator")
BOOLEAN_OPERATOR: Final = kind("boolean_operator")
BINARY_OPERATOR: Final = kind("binary_operator")
NAMED_EXPRESSION: Final = kind("named_expression")
SLICE: Final = kind("slice")
NONE: Final = kind("none")
ELLIPSIS: Final = kind("ellipsis")
YIELD: Final = kind("yield")
AS_PATTERN: Final = kind("as_pattern")
AS_PATTERN_TARGET: Final = kind("as_pattern_target")
TYPE: Final = kind("type")
GENERIC_TYPE: Final = kind("generic_type")
TYPE_PARAMETER: Final = kind("type_parameter")
CONSTRAINED_TYPE: Final = kind("constrained_type")
UNION_TYPE: Final = kind("union_type")
MEMBER_TYPE: Final = kind("member_type")
SPLAT_TYPE: Final = kind("splat_type")
ASSIGNMENT: Final = kind("assignment")
BLOCK: Final = kind("block")
EXPRESSION_STATEMENT: Final = kind("expression_statement")
DECORATOR: Final = kind("decorator")
FUNCTION_DEFINITION: Final = kind("function_definition")
CLASS_DEFINITION: Final = kind("class_definition")
ELIF_CLAUSE: Final = kind("elif_clause")
ELSE_CLAUSE: Final = kind("else_clause")
EXCEPT_CLAUSE: Final = kind("except_clause")
FINALLY_CLAUSE: Final = kind("finally_clause")
WITH_CLAUSE: Final = kind("with_clause")
WITH_ITEM: Final = kind("with_item")
CASE_CLAUSE: Final = kind("case_clause")
CASE_PATTERN: Final = kind("case_pattern")
CLASS_PATTERN: Final = kind("class_pattern")
KEYWORD_PATTERN: Final = kind("keyword_pattern")
UNION_PATTERN: Final = kind("union_pattern")
DICT_PATTERN: Final = kind("dict_pattern")
SPLAT_PATTERN: Final = kind("splat_pattern")
DOTTED_NAME: Final = kind("dotted_name")
ALIASED_IMPORT: Final = kind("aliased_import")
RELATIVE_IMPORT: Final = kind("relative_import")
IMPORT_PREFIX: Final = kind("import_prefix")
WILDCARD_IMPORT: Final = kind("wildcard_import")
COMMENT: Final = kind("comment")
LINE_CONTINUATION: Final = kind("line_continuation")

EXITS: Final = frozenset(
    {kind("return_statement"), kind("raise_statement"), kind("continue_statement"), kind("break_statement")}
)
ERROR: Final = 0xFFFF  # what the parser could not place; it may stand anywhere, beside a complete node's parts
EXTRAS: Final = frozenset({COMMENT, LINE_CONTINUATION, ERROR})
SEQUENCES: Final = {TUPLE: "tuple", EXPRESSION_LIST: "tuple", LIST: "list", SET: "set"}


def parts(node: Node, expected: int) -> list[Node]:
    """The children of ``node`` (punctuation included) without what may stand anywhere: comments and errors."""
    children = node.children
    if len(children) == expected:
        return children
    return [c for c in children if c.kind_id not in EXTRAS]


def meaningful(node: Node) -> list[Node]:
    """The named children of ``node`` without comments and errors."""
    return [c for c in node.named_children if c.kind_id not in EXTRAS]
