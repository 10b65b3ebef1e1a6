"""PgBouncer before a PostgreSQL, in transaction mode: each transaction of a client may have another connection."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.ports import free_port

from .launching import Server, folder_of_a_server, other_user, program
from .postgres import Postgres

_SETTINGS = """\
[databases]
* = host=127.0.0.1 port={server} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 200
ignore_startup_parameters = extra_float_digits
"""


@contextlib.contextmanager
def pgbouncer(behind: Postgres, *, connections: int = 2) -> Iterator[Postgres]:
    """The same PostgreSQL through PgBouncer, which holds this many connections to each of its databases."""
    command = program("pgbouncer")
    with folder_of_a_server() as folder:
        port, settings = free_port(), folder / "pgbouncer.ini"
        text = _SETTINGS.format(server=behind.server.port, port=port, connections=connections)
        settings.write_text(text, "utf-8")
        if not other_user():
            settings.chmod(0o600)
        # SIGTERM: it ends at once, without waiting for its clients' transactions.
        server = Server(folder, port, [command, str(settings)], refuses_root=True)
        server.start()
        try:
            yield Postgres(server, behind.home)
        finally:
            server.stop()
