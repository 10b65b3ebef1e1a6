"""Binds the lowering that the ECMAScript languages share."""

from loomgraph.parse.languages.ecmascript import lower

__all__ = ["lower"]
