"""What workers have in common, made before there is one: the last import of the process that they are forked from.

They share its memory, and one that takes the place of another answers in a moment. It must not know settings.
"""

from __future__ import annotations

import gc

from loomgraph.server.routing import routes

routes()
gc.collect()
gc.freeze()  # so that no worker looks through it for garbage, and thereby makes it its own
