"""``keys``: made, listed, revoked, forgotten."""

from __future__ import annotations


def test_keys_come_and_go(run, tmp_path):
    assert "asks for none" in run("keys").out
    made = run("keys", "create", "nightly", "--write", "shop", "--read", "other")
    assert made.code == 0
    token = made.out.strip()
    assert len(token) > 40
    assert token not in made.err
    listed = run("keys", "list", "--json")
    assert token not in listed.out
    (key,) = listed.json["keys"]
    assert key["label"] == "nightly"
    assert key["grants"] == {"other": "read", "shop": "write"}
    assert listed.json["needed"] is True
    shown = run("keys").out
    assert key["id"] in shown
    assert "write shop" in shown
    assert run("keys", "revoke", key["id"]).code == 0
    assert run("keys", "revoke", key["id"]).code == 3
    assert "still asks" in run("keys").out
    assert run("keys", "forget", "--yes").out == "forgot 0 keys\n"
    assert "asks for none" in run("keys").out


def test_a_key_is_for_something_that_can_be(run):
    assert run("keys", "create", "nothing").code == 2
    assert run("keys", "create", "both", "--admin", "--read", "shop").code == 2
    assert run("keys", "create", "where", "--read", "../shop").code == 2
    assert run("keys", "create", "a\nb", "--admin").code == 2
    assert run("keys", "list", "--json").json == {"needed": False, "keys": []}
    made = run("keys", "create", "--admin", "--json").json
    assert made["key"]["admin"] is True
    assert made["token"].startswith("lg_")


def test_a_damaged_file_lets_nobody_in_and_can_be_forgotten(run, tmp_path):
    assert run("keys", "create", "--admin").code == 0
    (tmp_path / "data" / "keys.json").write_text("{")
    assert run("keys", "list").code == 5
    assert run("keys", "forget", "--yes").code == 0
    assert run("keys", "list").code == 0


def test_the_doctor_says_whether_the_server_asks_for_a_key(run):
    def told():
        return next(fact["value"] for fact in run("doctor", "--json").json["facts"] if fact["name"] == "keys")

    assert told() == "0; the server asks for none"
    assert run("keys", "create", "--admin").code == 0
    assert told() == "1; the server asks for one"
