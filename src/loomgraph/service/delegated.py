"""The service in a process that a server started for one change: it leaves to the server what can follow."""

from __future__ import annotations

from loomgraph.service.service import Service


class DelegatedService(Service):
    """All use cases; the vectors of a large insert are the server's to make."""

    later = True
