"""What most questions and changes import when they first come, for processes that others are forked from: all at once.

Elsewhere imports wait until they are needed. This module must not know who has that much time.
"""

from __future__ import annotations

from loomgraph.embed import static
from loomgraph.engines import custom_kg, exports, inserting, native
from loomgraph.retrieve import answering, lightrag
from loomgraph.service import retrieval, wording

__all__ = ["answering", "custom_kg", "exports", "inserting", "lightrag", "native", "retrieval", "static", "wording"]
