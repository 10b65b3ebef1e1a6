"""All SQL of graphs in PostgreSQL, by the names that ``sqlite_sql`` gives the same; it holds no logic.

``$1`` is always the project's number: the first condition on every table. Texts are found by their hash, then
compared. What is written by many rows is a :class:`Load`, or a statement that takes columns as arrays.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Load(NamedTuple):
    """Rows of a table, as they are gathered: ``types`` by column. With ``drop``, a statement that takes
    first columns, a row takes the place of the one with the same."""

    table: str
    types: dict[str, str]
    drop: str = ""


def _among(column: str, hashed: str, texts: str = "$2") -> str:
    """Whether a text is one of many: IS TRUE has them looked up, and not compared one after another."""
    wanted = f"SELECT hashtextextended(one, 0) FROM unnest({texts}::text[]) one"
    return f"{hashed} = ANY(ARRAY({wanted})) AND ({column} IN (SELECT unnest({texts}::text[]))) IS TRUE"


def _each(table: str, alias: str, condition: str) -> str:
    """Rows of a table for each row so far. OFFSET 0 is a fence: without it the planner may begin with this table, and
    what it knows of one that was just filled is wrong."""
    return (
        f" CROSS JOIN LATERAL (SELECT * FROM loomgraph.{table} {alias}"
        f" WHERE {alias}.workspace = $1 AND {condition} OFFSET 0) {alias}"
    )


# -- reading ----------------------------------------------------------------------------------------------------

WHOLE = "SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on"  # for what walks over a whole graph

_KEPT = "starts_with(name, '#kept ')"
GENERATION = "SELECT value FROM loomgraph.meta WHERE workspace = $1 AND name = ''"
META = (
    f"SELECT name, value FROM loomgraph.meta WHERE workspace = $1 AND name NOT IN ('', '#counts', '#lexical')"
    f" AND NOT {_KEPT}"
)
KEPT = f"SELECT value FROM loomgraph.meta WHERE workspace = $1 AND {_KEPT}"
COUNTS = "SELECT value FROM loomgraph.meta WHERE workspace = $1 AND name = '#counts'"
LEXICAL = "SELECT value FROM loomgraph.meta WHERE workspace = $1 AND name = '#lexical'"
KINDS = "SELECT id, name FROM loomgraph.kinds WHERE workspace = $1"

_RECORD = "path, language, digest, size, mtime_ns, rules, package, lines, flags"
FILES = f"SELECT {_RECORD} FROM loomgraph.files WHERE workspace = $1"
FILE = f"{FILES} AND path_hash = hashtextextended($2::text, 0) AND path = $2"
PATHS = "SELECT id, path FROM loomgraph.files WHERE workspace = $1"
PATHS_BY_ID = "SELECT path FROM loomgraph.files WHERE workspace = $1 AND id = ANY($2::int[])"

_SYMBOL = (
    "SELECT s.key, s.kind, s.name, f.path, s.line, s.end_line, s.name_line, s.parent, s.language, s.signature, s.doc,"
    " s.arity, s.flags FROM loomgraph.symbols s"
    " LEFT JOIN LATERAL (SELECT path FROM loomgraph.files WHERE workspace = $1 AND id = s.file OFFSET 0) f ON true"
    " WHERE s.workspace = $1"
)
_THESE_FILES = (
    "ARRAY(SELECT id FROM loomgraph.files WHERE workspace = $1 AND " + _among("path", "path_hash", "{texts}") + ")"
)
_IN_FILES, _IN_FILES_3 = _THESE_FILES.replace("{texts}", "$2"), _THESE_FILES.replace("{texts}", "$3")
SYMBOLS_BY_KEY = f"{_SYMBOL} AND {_among('s.key', 's.key_hash')} AND s.kind IS NOT NULL"
FLAGGED = (
    "SELECT key FROM loomgraph.symbols WHERE workspace = $1 AND flags & $2::int <> 0"
    f" AND {_among('key', 'key_hash', '$3')}"
)
SYMBOLS_BY_NAME = f"{_SYMBOL} AND {_among('s.name', 's.name_hash')} AND s.kind IS NOT NULL"
SYMBOLS_BY_PATH = f"{_SYMBOL} AND s.file = ANY({_IN_FILES})"
SYMBOLS_EXTERNAL = f"{_SYMBOL} AND s.file IS NULL AND s.kind IS NOT NULL"
NAMES = (
    "SELECT name FROM loomgraph.symbols WHERE workspace = $1 AND file IS NOT NULL"
    " UNION SELECT name FROM loomgraph.symbols WHERE workspace = $1 AND file IS NULL AND kind = 'object'"
)


_LIVE = "s.kind IS NOT NULL AND d.kind IS NOT NULL {kinds}"
_SOURCE = _each("symbols", "s", "s.id = e.src")
_TARGET = _each("symbols", "d", "d.id = e.dst")
_FILE = _each("files", "f", "f.id = e.file")


def _edges(tables: str, where: str) -> str:
    return f"SELECT s.key, d.key, e.kind, f.path, e.resolution, e.lines FROM {tables} WHERE {where} AND {_LIVE}"


EDGES_FROM = _edges(
    f"loomgraph.symbols s{_each('edges', 'e', 'e.file = s.file AND e.src = s.id')}{_TARGET}{_FILE}",
    f"s.workspace = $1 AND {_among('s.key', 's.key_hash')}",
)
EDGES_FROM_STRAYS = _edges(
    f"loomgraph.symbols s{_each('strays', 't', 't.src = s.id')}"
    f"{_each('edges', 'e', 'e.file = t.file AND e.src = t.src')}{_TARGET}{_FILE}",
    f"s.workspace = $1 AND {_among('s.key', 's.key_hash')}",
)
ANY_STRAY = "SELECT 1 FROM loomgraph.strays WHERE workspace = $1 LIMIT 1"
EDGES_TO = _edges(
    f"loomgraph.symbols d{_each('edges', 'e', 'e.dst = d.id')}{_SOURCE}{_FILE}",
    f"d.workspace = $1 AND {_among('d.key', 'd.key_hash')}",
)
EDGES_IN = _edges(f"loomgraph.edges e{_SOURCE}{_TARGET}{_FILE}", f"e.workspace = $1 AND e.file = ANY({_IN_FILES})")
LINKS_IN = (
    f"SELECT e.file, s.key, d.key, e.kind FROM loomgraph.edges e{_SOURCE}{_TARGET}"
    f" WHERE e.workspace = $1 AND e.file = ANY($2::int[]) AND {_LIVE}"
)

_UNRESOLVED = (
    "SELECT u.name, s.key, f.path, u.line, u.arity, u.count FROM loomgraph.unresolved u"
    f"{_each('symbols', 's', 's.id = u.source')}"
    f"{_each('files', 'f', 'f.id = u.file')} WHERE u.workspace = $1 AND "
)
UNRESOLVED_BY_NAME = _UNRESOLVED + _among("u.name", "u.name_hash")
UNRESOLVED_BY_PATH = f"{_UNRESOLVED} u.file = ANY({_IN_FILES})"
# Calls whose target is a ghost: resolved when they were written, unresolved now.
_DANGLING = (
    "SELECT g.name, s.key, f.path, e.lines FROM loomgraph.symbols g"
    f"{_each('edges', 'e', 'e.dst = g.id AND e.kind = $2::int')}"
    f"{_SOURCE}{_FILE} WHERE g.workspace = $1 AND g.kind IS NULL"
)
DANGLING = _DANGLING
DANGLING_BY_NAME = f"{_DANGLING} AND {_among('g.name', 'g.name_hash', '$3')}"
DANGLING_BY_PATH = (
    "SELECT g.name, s.key, f.path, e.lines FROM loomgraph.edges e"
    f"{_each('symbols', 'g', 'g.id = e.dst')}{_SOURCE}{_FILE}"
    f" WHERE e.workspace = $1 AND e.file = ANY({_IN_FILES_3}) AND e.kind = $2::int AND g.kind IS NULL"
)

UNRESOLVED_SAID = f"{_UNRESOLVED} u.file = $2::int"
# Hidden edges, too.
EDGES_SAID = (
    "SELECT s.key, d.key, e.kind, f.path, e.resolution, e.lines FROM loomgraph.files f"
    f"{_each('edges', 'e', 'e.file = f.id')}{_SOURCE}{_TARGET}"
    " WHERE f.workspace = $1 AND f.path_hash = hashtextextended($2::text, 0) AND f.path = $2"
)
PROBLEMS_SAID = (
    "SELECT f.path, p.line, p.reason FROM loomgraph.problems p"
    f"{_each('files', 'f', 'f.id = p.file')} WHERE p.workspace = $1"
    " AND f.path_hash = hashtextextended($2::text, 0) AND f.path = $2 ORDER BY p.at"
)

PROBLEMS = (
    "SELECT f.path, p.line, p.reason FROM loomgraph.problems p"
    f"{_each('files', 'f', 'f.id = p.file')} WHERE p.workspace = $1 ORDER BY p.file, p.at"
)


def _of_files(what: str, table: str) -> str:
    return f"SELECT f.path, {what} FROM loomgraph.files f{_each(table, 't', 't.file = f.id')} WHERE f.workspace = $1"


_THESE = f" AND {_among('f.path', 'f.path_hash')}"
CHUNKS = _of_files("t.data", "chunks") + _THESE
VECTORS = _of_files("t.data", "vectors")
VECTORS_OF = VECTORS + _THESE
WITHOUT_VECTORS = (
    f"SELECT f.path FROM loomgraph.files f{_each('passages', 'p', 'p.file = f.id')}"
    " WHERE f.workspace = $1 AND NOT EXISTS"
    " (SELECT 1 FROM loomgraph.vectors v WHERE v.workspace = $1 AND v.file = f.id)"
)
FACTS = f"SELECT key, data FROM loomgraph.facts WHERE workspace = $1 AND {_among('key', 'hash')}"
FILES_BY_MARK = "SELECT unnest(files) FROM loomgraph.terms WHERE workspace = $1 AND mark = ANY($2::bigint[])"
POSTINGS = (
    "SELECT p.word, p.block, p.data FROM unnest($3::bigint[]) w (word)"
    f"{_each('postings', 'p', 'p.sort = $2::int AND p.word = w.word')}"
)
POSTING_BYTES = (
    "SELECT p.word, sum(octet_length(p.data))::bigint FROM (VALUES (0), (1)) s (sort)"
    " CROSS JOIN unnest($2::bigint[]) w (word)"
    f"{_each('postings', 'p', 'p.sort = s.sort AND p.word = w.word')} GROUP BY p.word"
)

COUNT_FILES = "SELECT language, count(*) FROM loomgraph.files WHERE workspace = $1 GROUP BY language"
COUNT_SYMBOLS = "SELECT kind, count(*) FROM loomgraph.symbols WHERE workspace = $1 AND kind != 'external' GROUP BY kind"
COUNT_EXTERNALS = "SELECT count(*) FROM loomgraph.symbols WHERE workspace = $1 AND file IS NULL AND kind = 'external'"
COUNT_EDGES = "SELECT kind, resolution, count(*) FROM loomgraph.edges WHERE workspace = $1 GROUP BY kind, resolution"
# Edges with a ghost at an end: stored, not part of the graph.
COUNT_HIDDEN = """
SELECT kind, resolution, count(*) FROM (
    SELECT e.kind, e.resolution FROM loomgraph.symbols g
        JOIN loomgraph.edges e ON e.workspace = $1 AND e.dst = g.id WHERE g.workspace = $1 AND g.kind IS NULL
    UNION ALL
    SELECT e.kind, e.resolution FROM loomgraph.symbols g
        JOIN loomgraph.strays t ON t.workspace = $1 AND t.src = g.id
        JOIN loomgraph.edges e ON e.workspace = $1 AND e.file = t.file AND e.src = t.src
        JOIN loomgraph.symbols d ON d.workspace = $1 AND d.id = e.dst
    WHERE g.workspace = $1 AND g.kind IS NULL AND d.kind IS NOT NULL
) hidden GROUP BY kind, resolution"""
COUNT_UNRESOLVED = "SELECT coalesce(sum(count), 0)::bigint FROM loomgraph.unresolved WHERE workspace = $1"
COUNT_CHUNKS = "SELECT coalesce(sum(count), 0)::bigint FROM loomgraph.chunks WHERE workspace = $1"
COUNT_PROBLEMS = "SELECT count(*) FROM loomgraph.problems WHERE workspace = $1"
LOST_ENDS = """
SELECT count(*) FROM loomgraph.edges e WHERE e.workspace = $1 AND (
    NOT EXISTS (SELECT 1 FROM loomgraph.symbols s WHERE s.workspace = $1 AND s.id = e.src)
    OR NOT EXISTS (SELECT 1 FROM loomgraph.symbols d WHERE d.workspace = $1 AND d.id = e.dst)
    OR NOT EXISTS (SELECT 1 FROM loomgraph.files f WHERE f.workspace = $1 AND f.id = e.file))"""

# -- writing ----------------------------------------------------------------------------------------------------

_MANY_TABLES = (
    "meta", "kinds", "files", "symbols", "edges", "strays", "unresolved", "problems", "chunks", "vectors", "facts",
    "terms", "file_terms", "passages", "postings",
)  # fmt: skip
WIPE = tuple(f"DELETE FROM loomgraph.{table} WHERE workspace = $1" for table in _MANY_TABLES)
LATE_INDEXES: dict[str, str] = {}  # every project's rows lie in the same tables

_SET = " ON CONFLICT (workspace, name) DO UPDATE SET value = excluded.value"
SET_META = "INSERT INTO loomgraph.meta VALUES ($1, $2, $3)" + _SET
DROP_COUNTS = "DELETE FROM loomgraph.meta WHERE workspace = $1 AND name = '#counts'"
SET_COUNTS = "INSERT INTO loomgraph.meta VALUES ($1, '#counts', $2)" + _SET
SET_LEXICAL = "INSERT INTO loomgraph.meta VALUES ($1, '#lexical', $2)" + _SET
KEEP = (
    "INSERT INTO loomgraph.meta SELECT $1, '#kept ' || count(*), $2 FROM loomgraph.meta"
    f" WHERE workspace = $1 AND {_KEPT}"
)
DROP_KEPT = f"DELETE FROM loomgraph.meta WHERE workspace = $1 AND {_KEPT}"
DROP_META = "DELETE FROM loomgraph.meta WHERE workspace = $1 AND name = $2"
ADD_KIND = "INSERT INTO loomgraph.kinds VALUES ($1, $2, $3)"
DROP_FACTS = f"DELETE FROM loomgraph.facts WHERE workspace = $1 AND {_among('key', 'hash')}"
ADD_FACTS = Load("facts", {"key": "text", "data": "bytea"}, DROP_FACTS)
FACTS_KEYS = "SELECT digest, language, rules FROM loomgraph.files WHERE workspace = $1 AND digest = ANY($2::text[])"

FILE_BY_PATH = (
    "SELECT id, digest, language, rules FROM loomgraph.files"
    " WHERE workspace = $1 AND path_hash = hashtextextended($2::text, 0) AND path = $2"
)
LAST_FILE = "SELECT coalesce(max(id), 0) FROM loomgraph.files WHERE workspace = $1"
PUT_FILE = Load(
    "files",
    {
        "id": "int4", "path": "text", "language": "text", "digest": "text", "size": "int8", "mtime_ns": "int8",
        "rules": "text", "package": "text", "lines": "int4", "flags": "int4",
    },
    "DELETE FROM loomgraph.files WHERE workspace = $1 AND id = ANY($2::int[])",
)  # fmt: skip
DROP_FILE = "DELETE FROM loomgraph.files WHERE workspace = $1 AND id = $2"

LAST_SYMBOL = "SELECT coalesce(max(id), 0) FROM loomgraph.symbols WHERE workspace = $1"
KEYS = f"SELECT key, id FROM loomgraph.symbols WHERE workspace = $1 AND {_among('key', 'key_hash')}"
OWNERS = "SELECT id, file FROM loomgraph.symbols WHERE workspace = $1 AND id = ANY($2::int[]) AND file IS NOT NULL"
OWN_SYMBOLS = "SELECT id, key FROM loomgraph.symbols WHERE workspace = $1 AND file = $2"
PUT_SYMBOL = Load(
    "symbols",
    {
        "id": "int4", "key": "text", "name": "text", "file": "int4", "kind": "text", "line": "int4",
        "end_line": "int4", "name_line": "int4", "parent": "text", "language": "text", "signature": "text",
        "doc": "text", "arity": "int4", "flags": "int4",
    },
    "DELETE FROM loomgraph.symbols WHERE workspace = $1 AND id = ANY($2::int[])",
)  # fmt: skip
MAKE_GHOST = (
    "UPDATE loomgraph.symbols s SET file = NULL, kind = NULL, line = NULL, end_line = NULL, name_line = NULL,"
    " parent = NULL, language = NULL, signature = NULL, doc = NULL, arity = NULL, flags = NULL, name = one.name"
    " FROM unnest($2::text[], $3::int[]) one (name, id) WHERE s.workspace = $1 AND s.id = one.id"
)
INSERTED_FILES = "SELECT id FROM loomgraph.files WHERE workspace = $1 AND flags & 4 != 0"
ANY_PLACEHOLDER = "SELECT 1 FROM loomgraph.symbols WHERE workspace = $1 AND file IS NULL AND kind = 'object' LIMIT 1"
# Whether edges of inserted files reach a symbol, whichever way.
_HELD = (
    f"(EXISTS (SELECT 1 FROM loomgraph.edges e{_FILE}"
    " WHERE e.workspace = $1 AND e.dst = s.id AND f.flags & 4 != 0)"
    f" OR EXISTS (SELECT 1 FROM loomgraph.strays t{_each('files', 'f', 'f.id = t.file')}"
    " WHERE t.workspace = $1 AND t.src = s.id AND f.flags & 4 != 0))"
)
HOLD = (
    "UPDATE loomgraph.symbols s SET kind = 'object', line = 0, end_line = 0, name_line = 0, parent = '0',"
    " language = '', signature = '', doc = '', arity = -1, flags = 0"
    f" WHERE s.workspace = $1 AND s.id = ANY($2::int[]) AND s.kind IS NULL AND {_HELD}"
)
LET_GO = (
    "UPDATE loomgraph.symbols s SET kind = NULL"
    f" WHERE s.workspace = $1 AND s.id = ANY($2::int[]) AND s.kind = 'object' AND s.file IS NULL AND NOT {_HELD}"
)
ADD_STRAY = (
    "INSERT INTO loomgraph.strays SELECT $1, one.src, one.file FROM unnest($2::int[], $3::int[]) one (src, file)"
    " WHERE EXISTS (SELECT 1 FROM loomgraph.edges e WHERE e.workspace = $1 AND e.file = one.file AND e.src = one.src)"
    " ON CONFLICT DO NOTHING"
)
DROP_UNREACHED = (
    "DELETE FROM loomgraph.symbols s WHERE s.workspace = $1 AND s.id = ANY($2::int[]) AND s.file IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM loomgraph.edges e WHERE e.workspace = $1 AND e.dst = s.id)"
    " AND NOT EXISTS (SELECT 1 FROM loomgraph.strays t WHERE t.workspace = $1 AND t.src = s.id)"
)

TARGETS = "SELECT DISTINCT dst FROM loomgraph.edges WHERE workspace = $1 AND file = $2"
STRAY_SOURCES = "SELECT src FROM loomgraph.strays WHERE workspace = $1 AND file = $2"
_INT4 = "int4"
PUT_EDGE = Load(
    "edges", {"file": _INT4, "src": _INT4, "kind": _INT4, "dst": _INT4, "resolution": _INT4, "lines": "text"}
)
PUT_STRAY = Load("strays", {"src": _INT4, "file": _INT4})
PUT_UNRESOLVED = Load(
    "unresolved",
    {"file": _INT4, "name": "text", "line": _INT4, "source": _INT4, "arity": _INT4, "count": _INT4},
)
PUT_PROBLEM = Load("problems", {"file": _INT4, "at": _INT4, "line": _INT4, "reason": "text"})
PUT_VECTORS = Load("vectors", {"file": _INT4, "data": "bytea"})
PUT_CHUNKS = Load("chunks", {"file": _INT4, "count": _INT4, "data": "bytea"})
PUT_PASSAGES = Load("passages", {"file": _INT4, "cards": _INT4, "data": "bytea"})
PUT_POSTINGS = Load("postings", {"sort": _INT4, "word": "int8", "block": _INT4, "data": "bytea"})
DROP_TERMS = "DELETE FROM loomgraph.terms WHERE workspace = $1 AND mark = ANY($2::bigint[])"
PUT_TERM = Load("terms", {"mark": "int8", "files": "int4[]"}, DROP_TERMS)
PUT_TERMS_OF_FILE = Load("file_terms", {"file": _INT4, "marks": "int8[]"})
_OF_FILE = ("edges", "strays", "unresolved", "problems", "chunks", "file_terms")
DROP_OF_FILE = tuple(f"DELETE FROM loomgraph.{table} WHERE workspace = $1 AND file = $2" for table in _OF_FILE)
DROP_VECTORS = "DELETE FROM loomgraph.vectors WHERE workspace = $1 AND file = $2"

TERMS_OF_FILE = "SELECT marks FROM loomgraph.file_terms WHERE workspace = $1 AND file = $2"
FILES_OF_TERMS = "SELECT mark, files FROM loomgraph.terms WHERE workspace = $1 AND mark = ANY($2::bigint[])"
PASSAGES_SAID = "SELECT cards, data FROM loomgraph.passages WHERE workspace = $1 AND file = $2"
DROP_PASSAGES = "DELETE FROM loomgraph.passages WHERE workspace = $1 AND file = $2"
POSTINGS_OF_BLOCK = (
    "SELECT p.word, p.data FROM unnest($3::bigint[]) w (word)"
    f"{_each('postings', 'p', 'p.sort = $2::int AND p.word = w.word AND p.block = $4::int')}"
)
DROP_POSTINGS = (
    "DELETE FROM loomgraph.postings WHERE workspace = $1 AND sort = $2::int AND word = ANY($3::bigint[])"
    " AND block = $4::int"
)

Row = tuple[Any, ...]
