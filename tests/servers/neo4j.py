"""Neo4j: the community server with APOC core, from the jars of Maven Central, on this machine's Java."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_port

from .launching import SERVERS, Server, folder_of_a_server, program

# What its own start script opens of Java's modules.
_OPENED = ("java.base/java.nio", "java.base/java.lang", "java.base/sun.nio.ch", "java.base/jdk.internal.misc")
_SETTINGS = """\
dbms.security.auth_enabled=false
dbms.usage_report.enabled=false
server.bolt.listen_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
server.memory.pagecache.size=64m
"""


@contextlib.contextmanager
def neo4j() -> Iterator[str]:
    """The URL of a server that asks nobody for a password."""
    jars = SERVERS / "neo4j" / "lib"
    if not jars.is_dir():
        pytest.skip("no Neo4j in .servers: `make servers` brings it where Java and Maven are")
    with folder_of_a_server() as folder:
        # Killed at the end: nothing of it is kept, and an orderly end takes it ten seconds.
        server = Server(folder, free_port(), _command(program("java"), jars, folder), stop_signal=signal.SIGKILL)
        for name in ("conf", "plugins"):
            (folder / name).mkdir()
        (folder / "conf" / "neo4j.conf").write_text(_SETTINGS.format(port=server.port), "utf-8")
        # Procedures are looked for in this folder; their classes come with the others.
        for jar in jars.glob("apoc-core-*.jar"):
            os.symlink(jar, folder / "plugins" / jar.name)
        server.start()
        try:
            yield f"bolt://127.0.0.1:{server.port}"
        finally:
            server.stop()


def _command(java: str, jars: Path, folder: Path) -> list[str]:
    opened = [f"--add-opens={place}=ALL-UNNAMED" for place in _OPENED]
    where = [f"--home-dir={folder}", f"--config-dir={folder / 'conf'}", "--console-mode"]
    return [java, "-Xmx512m", *opened, "-cp", f"{jars}/*", "org.neo4j.server.CommunityEntryPoint", *where]


@pytest.fixture(scope="session")
def neo4j_server() -> Iterator[str]:
    """Neo4j for a whole run: its URL."""
    with neo4j() as url:
        yield url
