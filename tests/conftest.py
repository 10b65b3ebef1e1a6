"""Settings and servers of the whole suite: CI runs the same generated examples each time, a person's run new ones."""

from __future__ import annotations

import os

from hypothesis import settings

from tests.servers.postgres import postgres_plain, postgres_vector

__all__ = ["postgres_plain", "postgres_vector"]

settings.register_profile("repeatable", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("repeatable")
