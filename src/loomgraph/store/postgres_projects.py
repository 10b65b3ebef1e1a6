"""The tables of the projects of a PostgreSQL database, as a step of ``postgres_schema``; it holds no logic.

A project's number is that of its rows in every table of a graph, and never given again. A project that is deleted is
in ``removed`` until its rows are gone: nobody finds it any more, and its rows are nobody's.
"""

TABLES = """
-- which database this is, whatever address it has: files made from its graphs lie by this name
CREATE TABLE loomgraph.self (id uuid NOT NULL DEFAULT gen_random_uuid());
INSERT INTO loomgraph.self DEFAULT VALUES;

CREATE TABLE loomgraph.projects (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text COLLATE "C" NOT NULL, root text NOT NULL,
    created text NOT NULL, engine text NOT NULL);
-- two names that differ in case alone cannot both be taken
CREATE UNIQUE INDEX projects_by_name ON loomgraph.projects (lower(name));
CREATE TABLE loomgraph.removed (id bigint PRIMARY KEY);

-- when a graph was last written
ALTER TABLE loomgraph.meta ADD COLUMN changed timestamptz NOT NULL DEFAULT now();
CREATE FUNCTION loomgraph.note_change() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN NEW.changed := now(); RETURN NEW; END';
CREATE TRIGGER note_change BEFORE UPDATE ON loomgraph.meta FOR EACH ROW WHEN (NEW.name = '')
    EXECUTE FUNCTION loomgraph.note_change();
"""

SELF = "SELECT id::text FROM loomgraph.self"
ALL = "SELECT id, name, root, created, engine FROM loomgraph.projects"
BY_NAME = ALL + " WHERE name = %s"
ID = "SELECT id FROM loomgraph.projects WHERE name = %s"
IDS = "SELECT id FROM loomgraph.projects"
KNOWN = "SELECT 1 FROM loomgraph.projects WHERE id = %s"
TAKEN = ALL + " WHERE lower(name) = lower(%s) AND id <> %s"
ADD = "INSERT INTO loomgraph.projects (name, root, created, engine) VALUES (%s, %s, %s, %s) RETURNING id"
RENAME = "UPDATE loomgraph.projects SET name = %s WHERE id = %s RETURNING id"
FORGET = (
    "WITH gone AS (DELETE FROM loomgraph.projects WHERE id = %s RETURNING id)"
    " INSERT INTO loomgraph.removed SELECT id FROM gone"
)
REMOVED = "SELECT id FROM loomgraph.removed ORDER BY id"
DONE = "DELETE FROM loomgraph.removed WHERE id = %s"

# Texts and rows have about this many bytes beside what lies in the columns that are measured.
SIZE = """
SELECT (SELECT coalesce(sum(octet_length(data)), 0) FROM loomgraph.chunks WHERE workspace = %(id)s)
     + (SELECT coalesce(sum(octet_length(data)), 0) FROM loomgraph.vectors WHERE workspace = %(id)s)
     + (SELECT coalesce(sum(octet_length(data)), 0) FROM loomgraph.facts WHERE workspace = %(id)s)
     + (SELECT coalesce(sum(octet_length(data)), 0) FROM loomgraph.passages WHERE workspace = %(id)s)
     + (SELECT coalesce(sum(octet_length(data)), 0) FROM loomgraph.postings WHERE workspace = %(id)s)
     + (SELECT 250 * count(*) FROM loomgraph.symbols WHERE workspace = %(id)s)
     + (SELECT 100 * count(*) FROM loomgraph.edges WHERE workspace = %(id)s)
"""
CHANGED = "SELECT value, extract(epoch FROM changed)::float8 FROM loomgraph.meta WHERE workspace = %s AND name = ''"
