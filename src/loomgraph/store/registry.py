"""Names of stores → how to open one. A store is imported when it is asked for, never before.

Other distributions may bring stores: an entry point of the group ``loomgraph.stores`` names a function like those
here. Must not know what any store does.
"""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple, cast

from loomgraph.errors import MissingExtra, StoreError, UnknownStore
from loomgraph.store.base import Store


class Known(NamedTuple):
    """Where a store's opener is, and what to install when its import fails."""

    target: str  # "module:function"; the function takes the place of the graph and ``create``
    hint: str


STORES: dict[str, Known] = {
    "memory": Known("loomgraph.store.registry:open_memory", ""),
    "postgres": Known("loomgraph.store.registry:open_postgres", "pip install 'loomgraph-kg[postgres]'"),
    "sqlite": Known("loomgraph.store.registry:open_sqlite", "Install a Python built with its sqlite3 module."),
}


def open_store(name: str, place: str, *, create: bool = False) -> Store:
    """The store ``name`` of the graph at ``place`` (a file, an address); ``create`` makes an empty one if needed."""
    known = STORES.get(name) or _foreign(name)
    if known is None:
        raise UnknownStore(name=name, known=", ".join(sorted(STORES)))
    module, _, function = known.target.partition(":")
    try:
        opener = getattr(import_module(module), function)
        return cast(Store, opener(place, create=create))
    except ImportError as error:
        raise MissingExtra(name=f"the store {name}", hint=known.hint or f"({error})") from error


def _foreign(name: str) -> Known | None:
    from importlib.metadata import entry_points  # slow to import, and needed for foreign stores alone

    for found in entry_points(group="loomgraph.stores", name=name):
        return Known(found.value, f"It comes with {found.dist.name}." if found.dist else "")
    return None


def open_memory(place: str, *, create: bool = False) -> Store:
    from loomgraph.store.memory import MemoryStore

    return MemoryStore()


def open_sqlite(place: str, *, create: bool = False) -> Store:
    from loomgraph.store.sqlite import SqliteStore

    return SqliteStore(place, create=create)


def open_postgres(place: str, *, create: bool = False) -> Store:
    """``place`` is a database's URL with a project's number behind ``#``; one without rows is an empty graph."""
    from loomgraph.store.postgres import PostgresStore
    from loomgraph.store.postgres_database import Database

    url, _, workspace = place.partition("#")
    if not workspace.isdecimal():
        raise StoreError(path="(a database)", reason="its address says no project: postgresql://…#1")
    return PostgresStore(Database.shared(url), int(workspace))
