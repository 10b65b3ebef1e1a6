"""Settings and servers of the whole suite: CI runs the same generated examples each time, a person's run new ones."""

from __future__ import annotations

import os

from hypothesis import settings

from tests.servers.age import age_server
from tests.servers.milvus import milvus_server
from tests.servers.neo4j import neo4j_server
from tests.servers.postgres import postgres_plain, postgres_vector
from tests.servers.redis import redis_server

__all__ = ["age_server", "milvus_server", "neo4j_server", "postgres_plain", "postgres_vector", "redis_server"]

settings.register_profile("repeatable", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("repeatable")
