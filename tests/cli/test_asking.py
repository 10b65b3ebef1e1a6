"""The commands that ask: what they answer about the example shop, as text and as documents."""

from __future__ import annotations

import json
import os
import subprocess

import pytest


def ids(hops):
    return [hop["symbol"]["id"] for hop in hops]


def test_find(shop, run):
    assert [symbol["id"] for symbol in run("find", "with_tax", "--json").json["symbols"]] == [
        "shop/prices.py::Price.with_tax",
        "shop/prices.py::SalePrice.with_tax",
    ]
    assert "shop/prices.py:4   Price" in run("find", "price", "--kind", "class").out
    assert run("find", "price", "--limit", "1").out.count("\n") == 2
    done = run("find", "nothing-like-it", "--json")
    assert (done.code, done.json["symbols"]) == (3, [])


def test_show(shop, run):
    shown = run("show", "Cart.total", "--json").json
    assert shown["symbol"]["id"] == "shop/cart.py::Cart.total"
    assert shown["symbol"]["qualified_name"] == "Cart.total"
    text = run("show", "Cart.total", "--source").out
    for part in ("Cart.total  shop/cart.py:16  method", "called by 1", "shop/cart.py:22  checkout", "   17  "):
        assert part in text


def test_callers_at_two_steps(shop, run):
    answer = run("callers", "Cart.total", "--depth", "2", "--json").json
    assert ids(answer["hops"]) == ["shop/cart.py::checkout", "tests/test_cart.py::test_checkout"]
    assert [hop["depth"] for hop in answer["hops"]] == [1, 2]
    assert answer["unresolved"]["count"] == 0
    text = run("callers", "Cart.total", "--depth", "2").out
    assert "1 caller, 1 step away\n  shop/cart.py:22  checkout  exact\n" in text
    assert "every call of total is resolved" in text


def test_callees_and_overrides(shop, run):
    assert "shop/prices.py::Price.with_tax" in ids(run("callees", "Cart.total", "--json").json["hops"])
    widened = run("callers", "SalePrice.with_tax", "--overrides", "--json").json
    assert "shop/cart.py::Cart.total" in ids(widened["hops"])
    plain = run("callers", "SalePrice.with_tax", "--json").json
    assert "shop/cart.py::Cart.total" not in ids(plain["hops"])


def test_other_kinds_of_edges(shop, run):
    answer = run("callers", "Price", "--kind", "inherits", "--json").json
    assert ids(answer["hops"]) == ["shop/prices.py::SalePrice"]


@pytest.mark.parametrize("arguments", [["callers", "Price"], ["find", "Price"], ["unused"], ["path", "Price", "Cart"]])
def test_kinds_that_are_none(shop, run, arguments):
    done = run(*arguments, "--kind", "nonsense")
    assert done.code == 2
    assert "called nonsense. Known: " in done.err


def test_an_imported_graph_may_have_kinds_of_its_own(run, tmp_path):
    rows = [{"src_id": "Alice", "tgt_id": "Login", "keywords": "wrote", "description": "", "file_path": "team.md"}]
    (tmp_path / "kg.json").write_text(json.dumps({"relationships": rows}))
    assert run("import", str(tmp_path / "kg.json"), "--project", "kg").code == 0
    answer = run("callers", "Login", "--project", "kg", "--kind", "Wrote", "--json").json
    assert ids(answer["hops"]) == ["Alice"]


def test_path(shop, run):
    answer = run("path", "test_checkout", "Price.with_tax", "--json").json
    assert [symbol["name"] for symbol in answer["symbols"]] == ["test_checkout", "checkout", "total", "with_tax"]
    assert "3 steps" in run("path", "test_checkout", "Price.with_tax").out
    done = run("path", "parse_price", "checkout")
    assert done.code == 3
    assert "nothing leads from parse_price to checkout" in done.out


def test_hierarchy(shop, run):
    answer = run("hierarchy", "Price", "--json").json
    assert (answer["bases"], ids(answer["derived"])) == ([], ["shop/prices.py::SalePrice"])
    assert "  SalePrice  shop/prices.py:14  exact" in run("hierarchy", "Price").out


def test_cycles_and_unused(shop, run):
    assert run("cycles").out == "no cycles of files\n"
    (shop / "shop" / "a.py").write_text("import shop.b\n\ndef lonely():\n    pass\n")
    (shop / "shop" / "b.py").write_text("import shop.a\n")
    run("index")
    assert run("cycles", "--json").json["cycles"][0]["members"] == ["shop/a.py", "shop/b.py"]
    assert "shop/a.py:1  shop/a.py  imports  shop/b.py" in run("cycles").out
    unused = [item["symbol"]["id"] for item in run("unused", "--exported", "--json").json["items"]]
    assert "shop/a.py::lonely" in unused
    assert "shop/prices.py::parse_price" not in unused
    assert "lonely" in run("unused", "--exported").out


def test_names_that_are_none_or_several(shop, run):
    done = run("callers", "nobody", "--json")
    assert (done.code, done.json["error"]["code"]) == (3, "unknown_symbol")
    done = run("callers", "with_tax", "--json")
    assert (done.code, done.json["error"]["code"]) == (4, "ambiguous_symbol")
    assert done.json["error"]["details"]["candidates"] == [
        "shop/prices.py::Price.with_tax", "shop/prices.py::SalePrice.with_tax",
    ]  # fmt: skip
    assert "Price.with_tax" in done.err


@pytest.mark.parametrize(
    "spelling", ["cart.py:16", "shop/cart.py:17", "cart.py::Cart.total", "shop/cart.py::Cart.total"]
)
def test_symbols_by_place_as_seen_from_a_folder(shop, run, monkeypatch, spelling):
    monkeypatch.chdir(shop / "shop")
    done = run("callers", spelling)
    assert done.code == 0, done.err
    assert done.out.startswith("Cart.total  cart.py:16  method\n")
    assert "  cart.py:22  checkout  exact" in done.out


def test_impact_of_files_symbols_and_folders(shop, run, monkeypatch):
    answer = run("impact", "shop/prices.py", "--json").json
    assert answer["test_files"] == ["tests/test_cart.py"]
    assert "shop/cart.py::Cart.total" in ids(answer["affected"])
    monkeypatch.chdir(shop / "shop")
    assert run("impact", "prices.py", "--json").json == answer
    assert run("impact", ".", "--json").json["test_files"] == ["tests/test_cart.py"]
    text = run("impact", "--symbol", "Cart.total").out
    assert "tests to run\n  ../tests/test_cart.py" in text
    done = run("impact", "nonsense")
    assert done.code == 2
    assert "neither a file or folder" in done.err


def test_impact_of_a_diff(shop, run, tmp_path):
    diff = tmp_path / "change.diff"
    diff.write_text("--- a/shop/cart.py\n+++ b/shop/cart.py\n@@ -17 +17 @@\n-old\n+new\n")
    answer = run("impact", "--diff", str(diff), "--json").json
    assert [symbol["id"] for symbol in answer["changed"]] == ["shop/cart.py::Cart.total"]
    assert run("impact", "--diff", str(diff), "shop/cart.py").code == 2
    diff.write_text("no diff at all")
    assert run("impact", "--diff", str(diff), "--json").json["error"]["code"] == "diff_unreadable"


def test_impact_of_what_git_says(shop, run, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    done = run("impact", "--json")
    assert (done.code, done.json["error"]["code"]) == (2, "git_failed")
    me = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    for command in (["init", "-q"], ["add", "."], [*me, "commit", "-qm", "first"]):
        subprocess.run(["git", *command], check=True, capture_output=True)
    assert run("impact").out == "nothing changed\n"
    cart = shop / "shop" / "cart.py"
    cart.write_text(
        cart.read_text().replace("self.prices.append(parse_price(text))", "self.prices += [parse_price(text)]")
    )
    run("index")
    answer = run("impact", "--json").json
    assert [symbol["id"] for symbol in answer["changed"]] == ["shop/cart.py::Cart.add"]
    assert answer["test_files"] == ["tests/test_cart.py"]
    assert run("impact", "HEAD", "--json").json == answer
    assert run("impact", "--output=x").code == 2
    assert run("impact", "--", "--output=x").code == 2


def test_unresolved_calls_are_told_with_every_answer(shop, run):
    (shop / "shop" / "more.py").write_text("def guess(thing):\n    return thing.unheard().total()\n")
    run("index")
    answer = run("callers", "Cart.total", "--json").json
    assert answer["unresolved"]["names"] == ["total"]
    sites = answer["unresolved"]["count"] + sum("guess" in hop["symbol"]["id"] for hop in answer["hops"])
    assert sites == 1


def test_overview_shows_folders_and_what_is_central(run, shop):
    done = run("overview")
    assert done.code == 0, done.err
    assert "Price.with_tax" in done.out
    found = run("overview", "--json").json
    assert found["project"] == "shop"
    assert [one["language"] for one in found["languages"]][0] == "python"
