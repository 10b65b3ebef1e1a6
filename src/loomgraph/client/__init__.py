"""A typed client of LoomGraph's server, and of LightRAG's for what both have: waiting (``Graphs``) or awaited."""

from loomgraph.client.asking import Graphs, Project
from loomgraph.client.asking_async import AsyncGraphs, AsyncProject
from loomgraph.client.calls import Limits
from loomgraph.client.places import Place, Places
from loomgraph.client.pushing import Files

__all__ = ["AsyncGraphs", "AsyncProject", "Files", "Graphs", "Limits", "Place", "Places", "Project"]
