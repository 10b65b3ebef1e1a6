"""All SQL of the SQLite store, named, in one place; it holds no logic.

How a graph lies in tables. Symbols, files and kinds have integer ids inside; text ids appear once. A symbol row
whose ``kind`` is NULL is a ghost: nobody defines it, but an edge points at it, and the edge is visible again when
somebody does. A symbol row with a kind but no ``file`` is external, or a placeholder when its kind is ``object``.
Texts that SQLite could not hold (lone surrogates) are escaped by the caller.
"""

APPLICATION_ID = 0x4C6F6F6D  # "Loom"
FORMAT = 4

SCHEMA = """
-- the entry without a name is the generation
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE kinds (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

-- flags: 1 generated, 2 test, 4 inserted
CREATE TABLE files (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, language TEXT NOT NULL, digest TEXT NOT NULL,
    size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, rules TEXT NOT NULL, package TEXT NOT NULL,
    lines INTEGER NOT NULL, flags INTEGER NOT NULL);

-- parent: how many characters of the key are the parent's id, or that id itself when it is no prefix
CREATE TABLE symbols (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, name TEXT NOT NULL, file INTEGER, kind TEXT,
    line INTEGER, end_line INTEGER, name_line INTEGER, parent, language TEXT, signature TEXT, doc TEXT,
    arity INTEGER, flags INTEGER);
CREATE INDEX ghosts ON symbols (name) WHERE kind IS NULL;

-- clustered by the file that holds the sites, so that replacing a file is one range
-- lines: the line of the only site, or "count line line …" as text
CREATE TABLE edges (
    file INTEGER, src INTEGER, kind INTEGER, dst INTEGER, resolution INTEGER NOT NULL, lines NOT NULL,
    PRIMARY KEY (file, src, kind, dst)) WITHOUT ROWID;

-- files that speak of a symbol they do not hold: as the source of an edge or of an unresolved call
CREATE TABLE strays (src INTEGER, file INTEGER, PRIMARY KEY (src, file)) WITHOUT ROWID;
CREATE INDEX strays_by_file ON strays (file);

CREATE TABLE unresolved (
    file INTEGER, name TEXT, line INTEGER, source INTEGER, arity INTEGER, count INTEGER NOT NULL,
    PRIMARY KEY (file, name, line, source, arity)) WITHOUT ROWID;

CREATE TABLE problems (file INTEGER, at INTEGER, line INTEGER, reason TEXT, PRIMARY KEY (file, at)) WITHOUT ROWID;

-- data: compressed JSON of [id, start, end, symbol, text] for each chunk
CREATE TABLE chunks (file INTEGER PRIMARY KEY, count INTEGER NOT NULL, data BLOB NOT NULL);

-- data: little-endian float16, one row for each chunk
CREATE TABLE vectors (file INTEGER PRIMARY KEY, data BLOB NOT NULL);

CREATE TABLE facts (key TEXT PRIMARY KEY, data BLOB NOT NULL);

-- by what chunks are found (see sqlite_passages and segments): the terms of a file's chunks and cards as one text
CREATE TABLE passages (file INTEGER PRIMARY KEY, cards INTEGER NOT NULL, terms TEXT NOT NULL);
CREATE TABLE places (file INTEGER PRIMARY KEY, segment INTEGER NOT NULL);
CREATE TABLE gone (segment INTEGER, file INTEGER, PRIMARY KEY (segment, file)) WITHOUT ROWID;
-- data: the files and passages of a segment; and its postings in blocks, first is the first stem of one
CREATE TABLE segments (
    id INTEGER PRIMARY KEY, postings INTEGER NOT NULL, files INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE postings (
    segment INTEGER, first INTEGER, data BLOB NOT NULL, PRIMARY KEY (segment, first)) WITHOUT ROWID;

-- an inverted index (see sqlite_terms): mark is the hash of a term, files and terms are packed numbers
CREATE TABLE terms (number INTEGER PRIMARY KEY, mark INTEGER NOT NULL, files BLOB NOT NULL);
CREATE TABLE file_terms (file INTEGER PRIMARY KEY, terms BLOB NOT NULL);
"""

# Made after the rows when a graph is filled for the first time: sorting once is cheaper than keeping sorted.
LATE_INDEXES = {
    "symbols_by_key": "CREATE UNIQUE INDEX symbols_by_key ON symbols (key)",
    "symbols_by_name": "CREATE INDEX symbols_by_name ON symbols (name, file)",
    "symbols_by_file": "CREATE INDEX symbols_by_file ON symbols (file)",
    "edges_by_target": "CREATE INDEX edges_by_target ON edges (dst, kind)",
    "terms_by_mark": "CREATE UNIQUE INDEX terms_by_mark ON terms (mark)",
    "unresolved_by_name": "CREATE INDEX unresolved_by_name ON unresolved (name)",
}

TABLES = (
    "meta", "kinds", "files", "symbols", "edges", "strays", "unresolved", "problems", "chunks", "facts", "terms",
    "file_terms", "vectors", "passages", "places", "gone", "segments", "postings",
)  # fmt: skip

WIPE = tuple(f"DELETE FROM {table}" for table in TABLES)

# -- reading ----------------------------------------------------------------------------------------------------
# {many} stands for as many parameters as a batch holds.

GENERATION = "SELECT value FROM meta WHERE name = ''"
META = "SELECT name, value FROM meta WHERE name NOT IN ('', '#counts') AND name NOT LIKE '#kept %'"
KEPT = "SELECT value FROM meta WHERE name LIKE '#kept %'"
COUNTS = "SELECT value FROM meta WHERE name = '#counts'"
KINDS = "SELECT id, name FROM kinds"

FILES = "SELECT path, language, digest, size, mtime_ns, rules, package, lines, flags FROM files"
FILE = FILES + " WHERE path = ?"
PATHS = "SELECT id, path FROM files"
PATHS_BY_ID = "SELECT path FROM files WHERE id IN ({many})"

_SYMBOL = (
    "SELECT s.key, s.kind, s.name, f.path, s.line, s.end_line, s.name_line, s.parent, s.language, s.signature, s.doc,"
    " s.arity, s.flags FROM symbols s LEFT JOIN files f ON f.id = s.file"
)
SYMBOLS_BY_KEY = _SYMBOL + " WHERE s.key IN ({many}) AND s.kind IS NOT NULL"
FLAGGED = "SELECT key FROM symbols WHERE flags & ? AND key IN ({many})"
SYMBOLS_BY_NAME = _SYMBOL + " WHERE s.name IN ({many}) AND s.kind IS NOT NULL"
SYMBOLS_BY_PATH = _SYMBOL + " WHERE s.file IN (SELECT id FROM files WHERE path IN ({many}))"
SYMBOLS_EXTERNAL = _SYMBOL + " WHERE s.file IS NULL AND s.kind IS NOT NULL"
NAMES = (
    "SELECT name FROM symbols WHERE file IS NOT NULL"
    " UNION SELECT name FROM symbols WHERE file IS NULL AND kind = 'object'"
)

# The CROSS JOINs fix the order in which SQLite walks: from the ids asked for to their edges, never the other way.
_EDGE = "SELECT s.key, d.key, e.kind, f.path, e.resolution, e.lines FROM "
_LIVE = " AND s.kind IS NOT NULL AND d.kind IS NOT NULL {kinds}"
_ENDS = " CROSS JOIN symbols d ON d.id = e.dst CROSS JOIN files f ON f.id = e.file "
EDGES_FROM = (
    _EDGE + "symbols s CROSS JOIN edges e ON e.file = s.file AND e.src = s.id" + _ENDS
    + "WHERE s.key IN ({many})" + _LIVE
)  # fmt: skip
EDGES_FROM_STRAYS = (
    _EDGE + "symbols s CROSS JOIN strays t ON t.src = s.id CROSS JOIN edges e ON e.file = t.file AND e.src = t.src"
    + _ENDS + "WHERE s.key IN ({many})" + _LIVE
)  # fmt: skip
ANY_STRAY = "SELECT 1 FROM strays LIMIT 1"
EDGES_TO = (
    _EDGE + "symbols d CROSS JOIN edges e ON e.dst = d.id CROSS JOIN symbols s ON s.id = e.src"
    " CROSS JOIN files f ON f.id = e.file WHERE d.key IN ({many})" + _LIVE
)  # fmt: skip
EDGES_IN = (
    _EDGE + "files f CROSS JOIN edges e ON e.file = f.id CROSS JOIN symbols s ON s.id = e.src"
    " CROSS JOIN symbols d ON d.id = e.dst WHERE f.path = ?" + _LIVE
)  # fmt: skip
EDGES_SAID = (
    _EDGE + "files f CROSS JOIN edges e ON e.file = f.id CROSS JOIN symbols s ON s.id = e.src"
    " CROSS JOIN symbols d ON d.id = e.dst WHERE f.path = ?"
)  # fmt: skip
LINKS_IN = (
    "SELECT s.key, d.key, e.kind FROM edges e CROSS JOIN symbols s ON s.id = e.src CROSS JOIN symbols d ON d.id = e.dst"
    " WHERE e.file = ?" + _LIVE
)

_UNRESOLVED = (
    "SELECT u.name, s.key, f.path, u.line, u.arity, u.count FROM unresolved u JOIN symbols s ON s.id = u.source"
    " JOIN files f ON f.id = u.file "
)
UNRESOLVED_BY_NAME = _UNRESOLVED + "WHERE u.name IN ({many})"
UNRESOLVED_SAID = _UNRESOLVED + "WHERE u.file = ?"
UNRESOLVED_BY_PATH = _UNRESOLVED + "WHERE u.file IN (SELECT id FROM files WHERE path IN ({many}))"
# Calls whose target is a ghost: resolved when they were written, unresolved now.
_DANGLING = (
    "SELECT g.name, s.key, f.path, e.lines FROM symbols g CROSS JOIN edges e ON e.dst = g.id AND e.kind = ?"
    " CROSS JOIN symbols s ON s.id = e.src CROSS JOIN files f ON f.id = e.file WHERE g.kind IS NULL"
)
DANGLING = _DANGLING
DANGLING_BY_NAME = _DANGLING + " AND g.name IN ({many})"
DANGLING_BY_PATH = (
    "SELECT g.name, s.key, f.path, e.lines FROM files f CROSS JOIN edges e ON e.file = f.id AND e.kind = ?"
    " CROSS JOIN symbols g ON g.id = e.dst CROSS JOIN symbols s ON s.id = e.src"
    " WHERE g.kind IS NULL AND f.path IN ({many})"
)

PROBLEMS = "SELECT f.path, p.line, p.reason FROM problems p JOIN files f ON f.id = p.file ORDER BY p.file, p.at"
PROBLEMS_SAID = (
    "SELECT f.path, p.line, p.reason FROM problems p JOIN files f ON f.id = p.file WHERE f.path = ? ORDER BY p.at"
)
MARKS_SAID = "SELECT mark FROM terms WHERE number IN ({many})"
CHUNKS = "SELECT f.path, c.data FROM chunks c JOIN files f ON f.id = c.file WHERE f.path IN ({many})"
VECTORS = "SELECT f.path, v.data FROM vectors v JOIN files f ON f.id = v.file"
VECTORS_OF = VECTORS + " WHERE f.path IN ({many})"
WITHOUT_VECTORS = (
    "SELECT f.path FROM places p CROSS JOIN files f ON f.id = p.file"
    " WHERE NOT EXISTS (SELECT 1 FROM vectors v WHERE v.file = p.file)"
)
PASSAGES_SAID = "SELECT cards, terms FROM passages WHERE file = ?"
SEGMENTS = "SELECT id FROM segments ORDER BY id"
SIZES = "SELECT s.id, s.postings, s.files, (SELECT count(*) FROM gone g WHERE g.segment = s.id) FROM segments s"
FRAME = "SELECT data FROM segments WHERE id = ?"
GONE = "SELECT segment, file FROM gone"
GONE_OF = "SELECT file FROM gone WHERE segment = ?"
# {stems} stands for a row of one parameter for each stem; the block is the last that begins at or before it.
BLOCKS_OF = (
    "SELECT w.column1, s.id, (SELECT p.data FROM postings p WHERE p.segment = s.id AND p.first <= w.column1"
    " ORDER BY p.first DESC LIMIT 1) FROM (VALUES {stems}) w CROSS JOIN segments s"
)
BLOCKS = "SELECT data FROM postings WHERE segment = ? ORDER BY first"
FACTS = "SELECT key, data FROM facts WHERE key IN ({many})"
FILES_BY_MARK = "SELECT files FROM terms WHERE mark IN ({many})"

COUNT_FILES = "SELECT language, count(*) FROM files GROUP BY language"
COUNT_SYMBOLS = "SELECT kind, count(*) FROM symbols WHERE kind != 'external' GROUP BY kind"
COUNT_EXTERNALS = "SELECT count(*) FROM symbols WHERE file IS NULL AND kind = 'external'"
COUNT_EDGES = "SELECT kind, resolution, count(*) FROM edges GROUP BY kind, resolution"
# Edges with a ghost at an end: stored, not part of the graph.
COUNT_HIDDEN = """
SELECT kind, resolution, count(*) FROM (
    SELECT e.kind, e.resolution FROM symbols g CROSS JOIN edges e ON e.dst = g.id WHERE g.kind IS NULL
    UNION ALL
    SELECT e.kind, e.resolution FROM symbols g CROSS JOIN strays t ON t.src = g.id
        CROSS JOIN edges e ON e.file = t.file AND e.src = t.src CROSS JOIN symbols d ON d.id = e.dst
    WHERE g.kind IS NULL AND d.kind IS NOT NULL
) GROUP BY kind, resolution"""
COUNT_UNRESOLVED = "SELECT coalesce(sum(count), 0) FROM unresolved"
COUNT_CHUNKS = "SELECT coalesce(sum(count), 0) FROM chunks"
COUNT_PROBLEMS = "SELECT count(*) FROM problems"

# -- writing ----------------------------------------------------------------------------------------------------

SET_META = "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
DROP_COUNTS = "DELETE FROM meta WHERE name = '#counts'"
SET_COUNTS = "INSERT OR REPLACE INTO meta (name, value) VALUES ('#counts', ?)"
KEEP = "INSERT INTO meta (name, value) SELECT '#kept ' || count(*), ? FROM meta WHERE name LIKE '#kept %'"
DROP_KEPT = "DELETE FROM meta WHERE name LIKE '#kept %'"
DROP_META = "DELETE FROM meta WHERE name = ?"
ADD_KIND = "INSERT INTO kinds (id, name) VALUES (?, ?)"
ADD_FACTS = "INSERT INTO facts (key, data) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET data = excluded.data"
DROP_FACTS = "DELETE FROM facts WHERE key = ?"
FACTS_KEYS = "SELECT digest, language, rules FROM files WHERE digest IN ({many})"

FILE_BY_PATH = "SELECT id, digest, language, rules FROM files WHERE path = ?"
LAST_FILE = "SELECT coalesce(max(id), 0) FROM files"


def _put(table: str, columns: str) -> str:
    """A statement that puts a row in, or in the place of the one with its id.

    Not INSERT OR REPLACE, which deletes first and then inserts, in every index.
    """
    first, *others = (column.strip() for column in columns.split(","))
    changes = ", ".join(f"{column} = excluded.{column}" for column in others)
    marks = ", ".join("?" * (len(others) + 1))
    return f"INSERT INTO {table} ({columns}) VALUES ({marks}) ON CONFLICT ({first}) DO UPDATE SET {changes}"


PUT_FILE = _put("files", "id, path, language, digest, size, mtime_ns, rules, package, lines, flags")
DROP_FILE = "DELETE FROM files WHERE id = ?"

LAST_SYMBOL = "SELECT coalesce(max(id), 0) FROM symbols"
KEYS = "SELECT key, id FROM symbols WHERE key IN ({many})"
OWNERS = "SELECT id, file FROM symbols WHERE id IN ({many}) AND file IS NOT NULL"
OWN_SYMBOLS = "SELECT id, key FROM symbols WHERE file = ?"
PUT_SYMBOL = _put(
    "symbols",
    "id, key, name, file, kind, line, end_line, name_line, parent, language, signature, doc, arity, flags",
)
MAKE_GHOST = (
    "UPDATE symbols SET file = NULL, kind = NULL, line = NULL, end_line = NULL, name_line = NULL, parent = NULL,"
    " language = NULL, signature = NULL, doc = NULL, arity = NULL, flags = NULL, name = ? WHERE id = ?"
)
INSERTED_FILES = "SELECT id FROM files WHERE flags & 4"
ANY_PLACEHOLDER = "SELECT 1 FROM symbols WHERE file IS NULL AND kind = 'object' LIMIT 1"
# Whether edges of inserted files reach a symbol, whichever way.
_HELD = (
    "(EXISTS (SELECT 1 FROM edges e CROSS JOIN files f ON f.id = e.file WHERE e.dst = ?1 AND f.flags & 4)"
    " OR EXISTS (SELECT 1 FROM strays t CROSS JOIN files f ON f.id = t.file"
    " WHERE t.src = ?1 AND f.flags & 4))"
)
HOLD = (
    "UPDATE symbols SET kind = 'object', line = 0, end_line = 0, name_line = 0, parent = 0, language = '',"
    " signature = '', doc = '', arity = -1, flags = 0 WHERE id = ?1 AND kind IS NULL AND " + _HELD
)
LET_GO = "UPDATE symbols SET kind = NULL WHERE id = ?1 AND kind = 'object' AND file IS NULL AND NOT " + _HELD
ADD_STRAY = "INSERT OR IGNORE INTO strays SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM edges WHERE file = ?2 AND src = ?1)"
DROP_UNREACHED = (
    "DELETE FROM symbols WHERE id = ?1 AND file IS NULL AND NOT EXISTS (SELECT 1 FROM edges WHERE dst = ?1)"
    " AND NOT EXISTS (SELECT 1 FROM strays WHERE src = ?1)"
)

TARGETS = "SELECT DISTINCT dst FROM edges WHERE file = ?"
STRAY_SOURCES = "SELECT src FROM strays WHERE file = ?"
PUT_EDGE = "INSERT INTO edges VALUES (?, ?, ?, ?, ?, ?)"
PUT_STRAY = "INSERT INTO strays VALUES (?, ?)"
PUT_UNRESOLVED = "INSERT INTO unresolved VALUES (?, ?, ?, ?, ?, ?)"
PUT_PROBLEM = "INSERT INTO problems VALUES (?, ?, ?, ?)"
PUT_VECTORS = "INSERT INTO vectors (file, data) VALUES (?, ?)"
DROP_VECTORS = "DELETE FROM vectors WHERE file = ?"
PUT_CHUNKS = "INSERT INTO chunks VALUES (?, ?, ?)"
PUT_PASSAGES = "INSERT INTO passages VALUES (?, ?, ?)"
DROP_PASSAGES = "DELETE FROM passages WHERE file = ?"
PUT_PLACE = "INSERT OR REPLACE INTO places VALUES (?, ?)"
DROP_PLACE = "DELETE FROM places WHERE file = ?"
ADD_GONE = "INSERT INTO gone SELECT segment, file FROM places WHERE file = ?"
PUT_SEGMENT = "INSERT INTO segments VALUES (?, ?, ?, ?)"
PUT_POSTINGS = "INSERT INTO postings VALUES (?, ?, ?)"
DROP_SEGMENT = tuple(
    f"DELETE FROM {table} WHERE {column} = ?"
    for table, column in (("segments", "id"), ("postings", "segment"), ("gone", "segment"))
)
TABLES_OF_FILE = ("edges", "strays", "unresolved", "problems", "chunks", "file_terms")
DROP_OF_FILE = tuple(f"DELETE FROM {table} WHERE file = ?" for table in TABLES_OF_FILE)

LAST_TERM = "SELECT coalesce(max(number), 0) FROM terms"
TERMS_OF_FILE = "SELECT terms FROM file_terms WHERE file = ?"
PUT_TERMS_OF_FILE = "INSERT INTO file_terms VALUES (?, ?)"
TERMS_BY_MARK = "SELECT number, mark FROM terms WHERE mark IN ({many})"
FILES_OF_TERM = "SELECT number, files FROM terms WHERE number IN ({many})"
PUT_TERM = "INSERT INTO terms VALUES (?, ?, ?)"
CHANGE_TERM = "UPDATE terms SET files = ? WHERE number = ?"
DROP_TERM = "DELETE FROM terms WHERE number = ?"
