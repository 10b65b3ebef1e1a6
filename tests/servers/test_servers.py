"""Each server answers as what it is, on loopback, and ends with its test."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.ports import free_port

from .age import age
from .launching import ROOT, NotStarted, Server, folder_of_a_server
from .milvus import milvus
from .neo4j import neo4j
from .pgbouncer import pgbouncer
from .postgres import Postgres
from .redis import redis


def talk(url: str, said: bytes) -> bytes:
    """What a server says first to this."""
    where = urlsplit(url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as caller:
        caller.sendall(said)
        return caller.recv(100)


def refused(url: str) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", urlsplit(url).port)) != 0


def until(holds: Callable[[], bool]) -> bool:
    """Whether this comes to hold within some seconds."""
    return any(holds() or time.sleep(0.1) for _ in range(100))


def test_redis_answers_and_ends() -> None:
    with redis() as url:
        assert talk(url, b"PING\r\n") == b"+PONG\r\n"
    assert refused(url)


def test_milvus_answers_in_http2_and_ends() -> None:
    with milvus() as url:
        # gRPC: a client's preface with empty settings is answered by the server's settings, a frame of type 4.
        assert talk(url, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0)))[3] == 4
    assert refused(url)


def test_neo4j_agrees_on_bolt_and_ends() -> None:
    with neo4j() as url:
        offered = bytes.fromhex("6060b017") + bytes((0, 0, 4, 5)) + bytes(12)
        assert talk(url, offered) == bytes((0, 0, 4, 5))
    assert refused(url)


def test_age_answers_cypher_and_ends() -> None:
    with age() as url, psycopg.connect(url, autocommit=True, prepare_threshold=None) as database:
        database.execute("CREATE EXTENSION age; LOAD 'age'; SET search_path = ag_catalog, public")
        database.execute("SELECT create_graph('one')")
        cypher = "SELECT * FROM cypher('one', $$ CREATE (n:Thing {name: 'a'}) RETURN n.name $$) AS (name agtype)"
        assert database.execute(cypher).fetchall() == [('"a"',)]
    assert refused(url)


def test_pgbouncer_lets_transactions_share_connections(postgres_plain: Postgres) -> None:
    with postgres_plain.database() as url, pgbouncer(postgres_plain, connections=1) as bouncer:
        name = url.rpartition("/")[2]
        with psycopg.connect(bouncer.url(name)) as one, psycopg.connect(bouncer.url(name)) as other:
            pids = []
            for client in (one, other):
                pids += client.execute("SELECT pg_backend_pid()").fetchall()
                client.commit()
        assert pids[0] == pids[1]


@pytest.mark.skipif(not shutil.which("setpriv"), reason="no setpriv on this machine")
def test_a_server_ends_with_a_run_that_is_killed(tmp_path: Path) -> None:
    killed = "with redis() as url:\n    print(url, flush=True)\n    os.kill(os.getpid(), signal.SIGKILL)"
    script = f"import os, signal\nfrom tests.servers.redis import redis\n{killed}"
    environment = {**os.environ, "TMPDIR": str(tmp_path)}  # nobody removes its folder
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert until(lambda: refused(done.stdout.strip()))


def test_a_server_that_ends_at_once_is_told_with_its_words() -> None:
    with folder_of_a_server() as folder:
        server = Server(folder, free_port(), ["/bin/sh", "-c", "echo no such luck; exit 3"])
        with pytest.raises(NotStarted, match="no such luck"):
            server.start()
        assert server.process is not None
        assert server.process.returncode == 3
