"""The tables of the keys of a server, as a step of ``postgres_schema``; it holds no logic.

Of a token only its hash is here. Who knows the number of changes knows whether what was read before still holds.
"""

TABLES = """
CREATE TABLE loomgraph.keys (
    number bigint GENERATED ALWAYS AS IDENTITY, id text PRIMARY KEY, label text NOT NULL, admin boolean NOT NULL,
    grants text NOT NULL, created text NOT NULL, digest text NOT NULL);

-- one row; made: whether there was a key since all were forgotten
CREATE TABLE loomgraph.key_changes (changes bigint NOT NULL, made boolean NOT NULL);
INSERT INTO loomgraph.key_changes VALUES (0, false);
"""

CHANGES = "SELECT changes, made FROM loomgraph.key_changes"
CHANGE = "UPDATE loomgraph.key_changes SET changes = changes + 1, made = %s"
ALL = "SELECT id, label, admin, grants, created, digest FROM loomgraph.keys ORDER BY number"
REMOVE = "DELETE FROM loomgraph.keys WHERE id = %s"
REMOVE_ALL = "DELETE FROM loomgraph.keys"
PUT = (
    "INSERT INTO loomgraph.keys (id, label, admin, grants, created, digest) VALUES (%s, %s, %s, %s, %s, %s)"
    " ON CONFLICT (id) DO UPDATE SET grants = EXCLUDED.grants"
)
