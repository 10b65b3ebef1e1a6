"""The use cases: plain data in and out; every surface calls these and nothing below."""

from loomgraph.service.service import Service

__all__ = ["Service"]
