"""The tables of a PostgreSQL database, as numbered steps, and who may see which rows.

Steps are only ever added: a database says how many it has taken, and takes those that it lacks. It must not know how
graphs are written or read.

Every table of a graph begins with ``workspace``, the number of its project; so do its keys and indexes. Row-level
security, which binds the owner too, shows a transaction the rows of the one project that it names in the setting
``loomgraph.workspace``. A user whom it does not bind (a superuser) works as :data:`ROLE`, whom it does.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import psycopg
from psycopg import errors as failures

from loomgraph.errors import SchemaNewer, SchemaOlder, StoreError
from loomgraph.store import postgres_keys, postgres_projects

ROLE = "loomgraph_rows"
_LOCK = 0x6C6F6F6D67726170  # "loomgrap": of all processes that bring tables up to date, one does
_Connection = psycopg.Connection[tuple[Any, ...]]

_TEXT = 'text COLLATE "C"'


def _hash(column: str) -> str:
    """A column to find long texts by: an index takes no more than 2,700 bytes."""
    return f"bigint GENERATED ALWAYS AS (hashtextextended({column}, 0)) STORED"


# Texts hold no NUL and no lone surrogate: they are escaped by the writer (sqlite_rows).
_GRAPH = f"""
-- the entry without a name is the generation
CREATE TABLE loomgraph.meta (
    workspace bigint, name {_TEXT}, value text NOT NULL, PRIMARY KEY (workspace, name));
CREATE TABLE loomgraph.kinds (
    workspace bigint, id int, name {_TEXT} NOT NULL, PRIMARY KEY (workspace, id));

-- flags: 1 generated, 2 test, 4 inserted
CREATE TABLE loomgraph.files (
    workspace bigint, id int, path {_TEXT} NOT NULL, language text NOT NULL, digest {_TEXT} NOT NULL,
    size bigint NOT NULL, mtime_ns bigint NOT NULL, rules text NOT NULL, package text NOT NULL, lines int NOT NULL,
    flags int NOT NULL, path_hash {_hash("path")}, PRIMARY KEY (workspace, id));
CREATE INDEX files_by_path ON loomgraph.files (workspace, path_hash);
CREATE INDEX files_by_digest ON loomgraph.files (workspace, digest);

-- kind NULL: a ghost, which edges point at and nobody defines; file NULL: outside the project, or a placeholder
-- parent: how many characters of the key are the parent's id, or "=" and that id
CREATE TABLE loomgraph.symbols (
    workspace bigint, id int, key {_TEXT} NOT NULL, name {_TEXT} NOT NULL, file int, kind text, line int,
    end_line int, name_line int, parent text, language text, signature text, doc text, arity int, flags int,
    key_hash {_hash("key")}, name_hash {_hash("name")}, PRIMARY KEY (workspace, id));
CREATE INDEX symbols_by_key ON loomgraph.symbols (workspace, key_hash);
CREATE INDEX symbols_by_name ON loomgraph.symbols (workspace, name_hash);
CREATE INDEX symbols_by_file ON loomgraph.symbols (workspace, file);
CREATE INDEX ghosts ON loomgraph.symbols (workspace, name_hash) WHERE kind IS NULL;

-- lines: the line of the only site, or "=count line line …"
CREATE TABLE loomgraph.edges (
    workspace bigint, file int, src int, kind int, dst int, resolution int NOT NULL, lines text NOT NULL,
    PRIMARY KEY (workspace, file, src, kind, dst));
CREATE INDEX edges_by_target ON loomgraph.edges (workspace, dst, kind);

-- files that speak of a symbol they do not hold: as the source of an edge or of an unresolved call
CREATE TABLE loomgraph.strays (workspace bigint, src int, file int, PRIMARY KEY (workspace, src, file));
CREATE INDEX strays_by_file ON loomgraph.strays (workspace, file);

CREATE TABLE loomgraph.unresolved (
    workspace bigint NOT NULL, file int NOT NULL, name {_TEXT} NOT NULL, line int NOT NULL, source int NOT NULL,
    arity int NOT NULL, count int NOT NULL, name_hash {_hash("name")});
CREATE INDEX unresolved_by_file ON loomgraph.unresolved (workspace, file);
CREATE INDEX unresolved_by_name ON loomgraph.unresolved (workspace, name_hash);

CREATE TABLE loomgraph.problems (
    workspace bigint, file int, at int, line int NOT NULL, reason text NOT NULL, PRIMARY KEY (workspace, file, at));

-- data: compressed JSON of [id, start, end, symbol, text] for each chunk
CREATE TABLE loomgraph.chunks (
    workspace bigint, file int, count int NOT NULL, data bytea NOT NULL, PRIMARY KEY (workspace, file));
-- data: little-endian float16, one row for each chunk
CREATE TABLE loomgraph.vectors (workspace bigint, file int, data bytea NOT NULL, PRIMARY KEY (workspace, file));
CREATE TABLE loomgraph.facts (
    workspace bigint, key {_TEXT} NOT NULL, data bytea NOT NULL, hash {_hash("key")}, PRIMARY KEY (workspace, hash));

-- by what files are found: 48-bit hashes of strings (see postgres_terms)
CREATE TABLE loomgraph.terms (workspace bigint, mark bigint, files int[] NOT NULL, PRIMARY KEY (workspace, mark));
CREATE TABLE loomgraph.file_terms (workspace bigint, file int, marks bigint[] NOT NULL, PRIMARY KEY (workspace, file));

-- by what chunks are found (see postgres_passages); data of passages: compressed JSON of [path, names, doc, body]
CREATE TABLE loomgraph.passages (
    workspace bigint, file int, cards int NOT NULL, data bytea NOT NULL, PRIMARY KEY (workspace, file));
CREATE TABLE loomgraph.postings (
    workspace bigint, sort int, word bigint, block int, data bytea NOT NULL,
    PRIMARY KEY (workspace, sort, word, block));

-- these are compressed already, or do not compress
ALTER TABLE loomgraph.chunks ALTER data SET STORAGE EXTERNAL;
ALTER TABLE loomgraph.vectors ALTER data SET STORAGE EXTERNAL;
ALTER TABLE loomgraph.facts ALTER data SET STORAGE EXTERNAL;
ALTER TABLE loomgraph.passages ALTER data SET STORAGE EXTERNAL;
ALTER TABLE loomgraph.postings ALTER data SET STORAGE EXTERNAL;
"""

TABLES = (
    "meta", "kinds", "files", "symbols", "edges", "strays", "unresolved", "problems", "chunks", "vectors", "facts",
    "terms", "file_terms", "passages", "postings",
)  # fmt: skip


def guarded(table: str) -> str:
    """Statements after which only rows of the project that a transaction names are seen and written."""
    own = "workspace = nullif(current_setting('loomgraph.workspace', true), '')::bigint"
    return (
        f"ALTER TABLE loomgraph.{table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
        f"CREATE POLICY own ON loomgraph.{table} USING ({own}) WITH CHECK ({own});"
    )


STEPS: tuple[str, ...] = (_GRAPH + "".join(map(guarded, TABLES)), postgres_projects.TABLES, postgres_keys.TABLES)


class Found(NamedTuple):
    """What a database is to the user it was opened with."""

    powerful: bool  # row-level security does not bind the user


def migrate(connection: _Connection, address: str) -> Found:
    """Bring the tables up to date; one process does, others find it done."""
    with connection.transaction():
        _run(connection, "SELECT pg_advisory_xact_lock(%s)", _LOCK)
        taken = _taken(connection)
        if taken > len(STEPS):
            raise SchemaNewer(path=address, found=taken, known=len(STEPS))
        try:
            for number, step in enumerate(STEPS[taken:], taken + 1):
                _take(connection, number, step)
        except (failures.InsufficientPrivilege, failures.ReadOnlySqlTransaction) as error:
            reason = error.diag.message_primary or str(error)
            raise SchemaOlder(path=address, found=taken, known=len(STEPS), reason=reason) from error
        mighty = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ((powerful,),) = _run(connection, mighty)
        if powerful:
            _bind(connection, address)
        return Found(powerful)


def _taken(connection: _Connection) -> int:
    """How many steps the database has taken."""
    ((there,),) = _run(connection, "SELECT to_regclass('loomgraph.steps') IS NOT NULL")
    if not there:
        return 0
    ((taken,),) = _run(connection, "SELECT coalesce(max(number), 0) FROM loomgraph.steps")
    return int(taken)


def _take(connection: _Connection, number: int, step: str) -> None:
    if number == 1:
        _execute(connection, "CREATE SCHEMA IF NOT EXISTS loomgraph")
        _execute(connection, "CREATE TABLE loomgraph.steps (number int PRIMARY KEY, taken timestamptz DEFAULT now())")
    _execute(connection, step)
    connection.execute("INSERT INTO loomgraph.steps (number) VALUES (%s)", (number,))


def _bind(connection: _Connection, address: str) -> None:
    """Make the role that row-level security binds, for a user whom it does not, and let it use every graph."""
    try:
        with connection.transaction():
            # Roles belong to the whole server: another database's migration may make it at the same moment.
            _execute(
                connection,
                f"DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}') THEN"
                f" CREATE ROLE {ROLE} NOLOGIN; END IF;"
                " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$",
            )
            last = TABLES[-1]
            ((allowed,),) = _run(connection, "SELECT has_table_privilege(%s, %s, 'DELETE')", ROLE, f"loomgraph.{last}")
            if not allowed:
                tables = ", ".join(f"loomgraph.{table}" for table in TABLES)
                _execute(connection, f"GRANT USAGE ON SCHEMA loomgraph TO {ROLE}")
                _execute(connection, f"GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {ROLE}")
        _become(connection)
    except failures.InsufficientPrivilege as error:
        reason = (
            f"its user is bound by no row-level security and may not work as {ROLE} ({error.diag.message_primary}):"
            f" an administrator can GRANT {ROLE} TO that user, or take the user's BYPASSRLS"
        )
        raise StoreError(path=address, reason=reason) from error


def _become(connection: _Connection) -> None:
    """See that the user may work as the role: who made it may not yet, since PostgreSQL 16."""
    try:
        with connection.transaction():
            _execute(connection, f"SET LOCAL ROLE {ROLE}; RESET ROLE")
    except failures.InsufficientPrivilege:
        with connection.transaction():
            _execute(connection, f"GRANT {ROLE} TO CURRENT_USER")


def _execute(connection: _Connection, statements: str) -> None:
    connection.execute(statements, prepare=False)


def _run(connection: _Connection, statement: str, *values: object) -> list[tuple[Any, ...]]:
    return connection.execute(statement, values or None).fetchall()
