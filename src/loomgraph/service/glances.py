"""A project at a glance, and whether its graph is fresh.

How either is found out is in ``overview`` and ``status``, imported when they are asked for. This module must not know
how an answer is shown.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from loomgraph.service.building import Building
from loomgraph.service.projects import Projects
from loomgraph.settings.storing import NATIVE

if TYPE_CHECKING:
    from loomgraph.service.overview import Overview
    from loomgraph.service.status import IndexStatus


class Glances(Building, Projects):
    """What somebody new to a project asks first."""

    def overview(self, *, project: str = "") -> Overview:
        """What a project is: its languages, folders, central symbols, entry points, frameworks, documentation."""
        from loomgraph.service.overview import overview

        with self.reading(project) as (found, reader):
            return overview(found.name, found.root, reader)

    def index_status(self, *, project: str = "") -> IndexStatus:
        """How much a graph holds and whether its folder has changed since; files are compared, nothing is indexed."""
        from loomgraph.service.status import LISTED, IndexStatus, differences

        found = self.find_project(project)
        with self.engines.lease(found.name) as engine, engine.read() as reader:
            records = {record.path: record for record in reader.files() if not record.inserted}
            generation = reader.generation()
            missing = engine.health().without_vectors if found.engine == NATIVE else 0
        info = self.project(found.name)
        if not found.root or not os.path.isdir(found.root):
            return IndexStatus(info, generation, False, False, 0, 0, 0, 0, (), missing)
        differ = differences(found.root, records, self.walk_options(None, None))
        files = tuple([*differ.changed, *differ.added, *differ.deleted][:LISTED])
        return IndexStatus(
            info, generation, True, not (files or differ.outdated), len(differ.added), len(differ.changed),
            len(differ.deleted), differ.outdated, files, missing,
        )  # fmt: skip
