"""What somebody who keeps a PostgreSQL database wants to know of it: its version, its tables, who may see what.

It must not know who reads that.
"""

from __future__ import annotations

import time

from loomgraph.store import postgres_schema as schema
from loomgraph.store.postgres_database import Database, answer

_SERVER = (
    "SELECT current_setting('server_version'), current_user, current_setting('max_connections')::int,"
    " (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),"
    " (SELECT extversion FROM pg_extension WHERE extname = 'vector'), pg_is_in_recovery()"
)
_UNGUARDED = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'loomgraph'::regnamespace AND relname = ANY(%s)"
    " AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY relname"
)
_FULL = 0.9  # of a server's connections


def look(database: Database) -> tuple[bool, str]:
    """Whether all is well with a database, and in words how it is; raises what is wrong before one can look."""
    found = database.migrate()
    with database.connection() as connection:
        ((server, user, most, used, vector, standby),) = answer(connection, _SERVER)
        open_tables = [str(table) for (table,) in answer(connection, _UNGUARDED, list(schema.TABLES))]
        start = time.monotonic()
        answer(connection, "SELECT 1")
        seconds = time.monotonic() - start
    bound = f"works as {schema.ROLE}" if found.powerful else "is bound itself"
    vectors = f"pgvector {vector}" if vector else "no pgvector"
    said = (
        f"PostgreSQL {server.split()[0]} at {database}, {seconds * 1000:.1f} ms a question, tables of version"
        f" {len(schema.STEPS)}, {vectors} (not needed), {used} of {most} connections in use;"
        f" row-level security keeps projects apart: {user} {bound}"
    )
    if standby:
        return False, f"{said}. It is a read-only copy: set `store` to the server that it is a copy of"
    if open_tables:
        names = ", ".join(f"loomgraph.{table}" for table in open_tables)
        return False, (
            f"{said}. But not in {names}: as its owner, ALTER TABLE … ENABLE ROW LEVEL SECURITY,"
            " FORCE ROW LEVEL SECURITY"
        )
    if used >= _FULL * most:
        return False, f"{said}. Hardly any are left: raise max_connections, or put a pooler before it"
    return True, said
