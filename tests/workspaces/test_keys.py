"""Keys, in a file and in a database: hashed, atomic, seen by every process at the next look-up."""

from __future__ import annotations

import contextlib
import multiprocessing
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loomgraph.errors import KeysUnreadable, Unauthorized, UnknownKey
from loomgraph.workspaces.keyfile import KeyFile
from loomgraph.workspaces.keys import Keys, KeyStorage
from loomgraph.workspaces.rights import ANY, EVERYTHING, READ, WRITE, Rights
from tests.servers.postgres import Postgres

Another = Callable[[], KeyStorage]  # as another process or host finds it


@pytest.fixture(params=["file", "table"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Another]:
    if request.param == "file":
        yield lambda: KeyFile(tmp_path / "data")
        return
    from loomgraph.store.postgres_database import Database
    from loomgraph.workspaces.postgres_keys import KeyTable

    with contextlib.ExitStack() as stack:
        url = stack.enter_context(request.getfixturevalue("postgres_plain").database())
        yield lambda: KeyTable(stack.enter_context(Database(url)))


def test_without_keys_everything_is_allowed(storage: Another, tmp_path: Path) -> None:
    keys = Keys(storage())
    assert not keys.needed()
    assert keys.rights("") == EVERYTHING
    assert keys.rights("whatever somebody sends") == EVERYTHING
    assert not (tmp_path / "data").exists()


def test_a_key_has_its_rights_and_no_others(storage: Another) -> None:
    keys = Keys(storage())
    key, token = keys.create("ci", admin=False, grants={"a": WRITE, "b": READ}, created="2025-01-01")
    rights = keys.rights(token)
    assert rights.key == key.id
    assert [rights.may_write(name) for name in "abc"] == [True, False, False]
    assert [rights.may_read(name) for name in "abc"] == [True, True, False]
    assert not rights.admin
    for wrong in ("", token[:-1], token + "x", key.id, "lg_", "\udcff", token.lower()):
        with pytest.raises(Unauthorized):
            keys.rights(wrong)
    _, admin = keys.create("", admin=True, grants={}, created="")
    assert keys.rights(admin).admin


def test_a_grant_for_all_holds_for_projects_to_come() -> None:
    reader = Rights(grants={ANY: READ, "mine": WRITE})
    assert reader.may_read("anything")
    assert not reader.may_write("anything")
    assert reader.may_write("mine")
    assert not Rights().may_read("a")


def test_a_key_of_the_settings_opens_everything_and_makes_keys_needed(storage: Another) -> None:
    keys = Keys(storage(), "from the settings")
    assert keys.needed()
    assert keys.rights("from the settings").admin
    for wrong in ("", "from the setting"):
        with pytest.raises(Unauthorized):
            keys.rights(wrong)


def test_no_token_is_kept_and_only_the_owner_reads_the_file(tmp_path: Path) -> None:
    _, token = Keys(KeyFile(tmp_path)).create("x", admin=True, grants={}, created="")
    files = [path for path in tmp_path.iterdir() if path.is_file()]
    assert all(token not in path.read_text() for path in files)
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


def test_another_process_sees_what_was_revoked_at_its_next_look(storage: Another) -> None:
    here, there = Keys(storage()), Keys(storage())
    key, token = here.create("x", admin=True, grants={}, created="")
    assert there.rights(token).admin
    here.revoke(key.id)
    with pytest.raises(Unauthorized):
        there.rights(token)
    assert there.needed()  # the last one was revoked: nobody is let in
    with pytest.raises(Unauthorized):
        there.rights("")
    with pytest.raises(UnknownKey):
        there.revoke(key.id)
    there.forget()
    assert here.rights("") == EVERYTHING


def test_rights_follow_a_project_to_its_new_name(storage: Another) -> None:
    keys = Keys(storage())
    _, old = keys.create("", admin=False, grants={"a": WRITE}, created="")
    _, stale = keys.create("", admin=False, grants={"b": WRITE}, created="")
    keys.rename_project("a", "b")
    assert keys.rights(old).grants == {"b": WRITE}
    assert keys.rights(stale).grants == {}  # its project has gone; the new b is another one
    keys.rename_project("x", "y")
    assert [key.grants for key in Keys(storage()).all()] == [{"b": WRITE}, {}]  # in the order in which they were made


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"format": 2, "keys": []}', '{"format": 1, "keys": [{}]}',
             '{"format": 1, "keys": [{"id": "x", "label": "", "admin": 1, "grants": {}, "digest": ""}]}'],
)  # fmt: skip
def test_a_damaged_file_lets_nobody_in(tmp_path: Path, text: str) -> None:
    keys = Keys(KeyFile(tmp_path), "from the settings")
    (tmp_path / "keys.json").write_text(text)
    for token in ("", "x"):
        with pytest.raises((KeysUnreadable, Unauthorized)):
            keys.rights(token)
    with pytest.raises(KeysUnreadable):
        Keys(KeyFile(tmp_path)).rights("")


def make(data: Path, count: int) -> None:
    keys = Keys(KeyFile(data))
    for at in range(count):
        key, _ = keys.create(f"{at}", admin=True, grants={}, created="")
        if at % 2:
            keys.revoke(key.id)


def test_several_processes_make_keys_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    made = [context.Process(target=make, args=(tmp_path, 10)) for _ in range(3)]
    for process in made:
        process.start()
    for process in made:
        process.join(60)
        assert process.exitcode == 0
        process.close()
    assert len(Keys(KeyFile(tmp_path)).all()) == 15
    assert sorted(path.name for path in tmp_path.iterdir()) == [".keys.lock", "keys.json"]


def test_many_make_keys_in_a_database_at_once(postgres_plain: Postgres) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from loomgraph.store.postgres_database import Database
    from loomgraph.workspaces.postgres_keys import KeyTable

    with postgres_plain.database() as url, Database(url) as database:

        def make_and_revoke(number: int) -> None:
            keys = Keys(KeyTable(database))
            key, _ = keys.create(f"{number}", admin=True, grants={}, created="")
            if number % 2:
                keys.revoke(key.id)

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(make_and_revoke, range(40)))
        assert sorted(int(key.label) for key in Keys(KeyTable(database)).all()) == list(range(0, 40, 2))


def test_damaged_rows_let_nobody_in(postgres_plain: Postgres) -> None:
    from loomgraph.store.postgres_database import Database
    from loomgraph.workspaces.postgres_keys import KeyTable

    with postgres_plain.database() as url, Database(url) as database:
        _, token = Keys(KeyTable(database)).create("x", admin=True, grants={}, created="")
        assert token not in postgres_plain.run("TABLE loomgraph.keys", url.rpartition("/")[2])
        postgres_plain.run("UPDATE loomgraph.keys SET grants = '[]'", url.rpartition("/")[2])
        with pytest.raises(KeysUnreadable):
            Keys(KeyTable(database)).rights(token)
