"""The command line."""

from loomgraph.cli.main import main

__all__ = ["main"]
