"""Which catalog the settings mean: the data folder's, or a database's.

It must not know what a catalog does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loomgraph.errors import MissingExtra
from loomgraph.workspaces.folders import ProjectFolders

if TYPE_CHECKING:
    from loomgraph.settings import Settings
    from loomgraph.workspaces.catalog import Catalog


def open_catalog(settings: Settings) -> Catalog:
    """The projects that the settings mean; close it. Raises ``MissingExtra``."""
    database = settings.storing.database
    if not database:
        return ProjectFolders(settings.data_dir)
    try:
        from loomgraph.workspaces.postgres import ProjectTable
    except ImportError as error:
        hint = f"Install it with: pip install 'loomgraph-kg[postgres]' ({error})"
        raise MissingExtra(name="the store postgres", hint=hint) from error
    return ProjectTable(database, settings.data_dir)
