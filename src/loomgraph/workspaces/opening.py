"""Which catalog the settings mean: the data folder's, or a database's.

It must not know what a catalog does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loomgraph.workspaces.folders import ProjectFolders

if TYPE_CHECKING:
    from loomgraph.settings import Settings
    from loomgraph.workspaces.catalog import Catalog


def open_catalog(settings: Settings) -> Catalog:
    """The projects that the settings mean."""
    return ProjectFolders(settings.data_dir)
