"""The service: every use case, topic by topic. Surfaces translate what goes in and comes out, and call nothing below.

A topic is a class over :class:`loomgraph.service.core.Core` in a module of its own; a new one is added here. This
module must not know which surface calls it: it prints nothing and reads no environment.
"""

from __future__ import annotations

from loomgraph.service.access import Access
from loomgraph.service.building import Building
from loomgraph.service.copying import Copying
from loomgraph.service.filling import Filling
from loomgraph.service.glances import Glances
from loomgraph.service.graphs import Graphs
from loomgraph.service.jobs import Jobs
from loomgraph.service.knowledge import Knowledge
from loomgraph.service.moving import Moving
from loomgraph.service.projects import Projects
from loomgraph.service.pushing import Pushing
from loomgraph.service.sources import Sources
from loomgraph.service.structure import Structure
from loomgraph.service.wording import Wording


class Service(
    Access,
    Jobs,
    Glances,
    Pushing,
    Building,
    Filling,
    Projects,
    Structure,
    Wording,
    Sources,
    Moving,
    Copying,
    Knowledge,
    Graphs,
):
    """All use cases, for one set of settings, as seen from the folder ``here``."""
