"""Facts of a whole project → symbols, edges and unresolved calls, each edge saying how it was resolved."""

from loomgraph.resolve.interface import additions, called_names, defined_names, interface_changes, mentions
from loomgraph.resolve.project import FactSource, FileInfo
from loomgraph.resolve.resolver import FileResult, Resolver

__all__ = [
    "FactSource",
    "FileInfo",
    "FileResult",
    "Resolver",
    "additions",
    "called_names",
    "defined_names",
    "interface_changes",
    "mentions",
]
