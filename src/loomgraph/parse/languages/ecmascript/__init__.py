"""The lowering that TypeScript, TSX and JavaScript share."""

from loomgraph.parse.languages.ecmascript.program import lower

__all__ = ["lower"]
