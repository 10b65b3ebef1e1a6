"""How right the edges are: scored against compilers' and language servers' labels, and against plain reason.

    python -m benchmarks.resolution --eval FOLDER [--inputs FOLDER] [--fetch] [--only NAME ...]

``--eval`` names a folder of ground truth with its scorers (``edges/``, ``callgraph/``, ``score/``). The sources lie in
``--inputs`` (benchmarks/inputs by default), one folder a name, at the commits of resolution.toml; ``--fetch`` gets
what is missing with git. Repositories are indexed and exported with the command line, suites of small cases in memory.
Figures go to ``benchmarks/results/resolution/COMMIT.json`` and, as a table, ``COMMIT.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from benchmarks.provable import judge
from benchmarks.small import calls, edge_of
from benchmarks.speed import commit, fetch, machine
from loomgraph.parse.registry import Languages

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "resolution"
RELATIONS = ("CALLS", "INHERITS", "REFERENCES", "IMPORTS")


class Evaluation:
    """A folder of ground truth, and a scratch folder."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        self.folder = folder
        self.scratch = scratch

    def score(self, scorer: str, *arguments: str) -> str:
        """What a scorer prints."""
        command = [sys.executable, str(self.folder / "score" / scorer), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{scorer} failed:\n{done.stderr}")
        return done.stdout

    def exported(self, name: str, source: Path) -> Path:
        """The edges of a repository, indexed and exported by the command line."""
        edges = self.scratch / f"{name}.edges.jsonl"
        environment = {**os.environ, "LOOMGRAPH_DATA_DIR": str(self.scratch / "data")}
        program = str(Path(sys.executable).with_name("loomgraph"))
        for arguments in (
            ("index", str(source), "--project", name, "--json"),
            ("export", "--format", "edges", "--project", name, "--output", str(edges)),
        ):
            done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(f"loomgraph {arguments[0]} {name} ended with {done.returncode}:\n{done.stderr}")
        return edges


def sources(entry: dict[str, Any], inputs: Path, may_fetch: bool) -> Path | None:
    """The checked-out source of an entry, or None when it is not there."""
    folder = inputs / str(entry["name"])
    if not folder.is_dir() and may_fetch:
        folder.mkdir(parents=True)
        for arguments in (
            ("init", "-q"),
            ("fetch", "-q", "--depth", "1", str(entry["url"]), str(entry["commit"])),
            ("checkout", "-q", "FETCH_HEAD"),
        ):
            subprocess.run(["git", *arguments], cwd=folder, check=True)
    if not folder.is_dir():
        print(f"{entry['name']}: not in {inputs} (see --fetch): left out", file=sys.stderr)
        return None
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=False)
    if head.stdout.strip() != entry["commit"]:
        print(f"{entry['name']}: not at {entry['commit'][:10]}: figures are not comparable", file=sys.stderr)
    return folder


def repository(entry: dict[str, Any], source: Path, evaluation: Evaluation) -> dict[str, Any]:
    """F1 and its parts for each relation that the repository has labels for."""
    edges = evaluation.exported(entry["name"], source)
    gold = str(evaluation.folder / "edges" / f"{entry['name']}.jsonl")
    found: dict[str, Any] = {}
    for relation in RELATIONS:
        arguments = (gold, str(edges), "--relation", relation, "--json", *entry.get("options", ()))
        figures = json.loads(evaluation.score("score_refs.py", *arguments))
        if figures["gold_edges"]:
            kept = ("f1_judged", "f1_strict", "precision_judged", "precision_strict", "recall", "gold_edges", "tp")
            found[relation] = {name: figures[name] for name in kept}
    return found


def suite(entry: dict[str, Any], source: Path, evaluation: Evaluation) -> dict[str, Any]:
    """The figure of a suite of small cases."""
    languages = Languages.load()
    gold = evaluation.folder / str(entry["gold"])
    folder = evaluation.scratch / str(entry["name"])
    folder.mkdir()
    for name in ("cases.jsonl", "gold.jsonl", "meta.json"):
        (folder / name).write_bytes((gold / name).read_bytes())
    by_name = entry["measure"] == "F1"
    if by_name:
        (folder / "src").symlink_to(source / str(entry["sources"]).partition("/{case}")[0], target_is_directory=True)
    lines = []
    for text in (folder / "cases.jsonl").read_text().splitlines():
        case = json.loads(text)
        root = source / str(entry["sources"]).format(**case)
        for caller, callee in calls(root, case["files"], languages):
            edge = edge_of(case["case"], caller, callee)
            if by_name:  # the scorer reads paths below all cases
                for end in ("caller_file", "callee_file"):
                    edge[end] = f"{case['case']}/{edge[end]}"
            lines.append(json.dumps(edge))
    edges = folder / "edges.jsonl"
    edges.write_text("\n".join(lines) + "\n")
    if by_name:
        row: dict[str, Any] = json.loads(evaluation.score("score_callgraph.py", str(folder), str(edges), "--json"))[
            "rows"
        ]["ALL"]
        return {"figure": row["f1"], **row}
    match = re.search(r"recall ([\d.]+)", evaluation.score("score_loc.py", str(folder), str(edges)))
    return {"figure": float(match[1]) if match else None}


def provably_wrong(inputs: Path, evaluation: Evaluation) -> dict[str, Any]:
    """The share of call sites of Django whose target cannot be."""
    inputs.mkdir(parents=True, exist_ok=True)
    source = fetch(inputs)
    edges = evaluation.exported("django", source)
    with edges.open() as rows:
        verdict = judge(source, map(json.loads, rows))
    share = len(verdict.wrong) / verdict.judged if verdict.judged else 0.0
    return {
        "judged": verdict.judged, "wrong": len(verdict.wrong), "share": round(share, 6), "examples": verdict.wrong[:50],
    }  # fmt: skip


def table(plan: dict[str, Any], figures: dict[str, Any]) -> str:
    """The figures beside what is asked, the naive floor and the best rival."""
    rows: list[tuple[str, ...]] = [("set", "measure", "figure", "asked", "floor", "best rival")]
    for entry in plan["repositories"]:
        for relation, scores in figures.get(entry["name"], {}).items():
            aims = entry.get(relation.lower(), {})
            detail = f"{relation} F1 (P {scores['precision_judged']} / R {scores['recall']})"
            rows.append(_row(f"{entry['name']} ({entry['language']})", detail, scores["f1_judged"], aims))
    for entry in plan["suites"]:
        if entry["name"] in figures:
            rows.append(_row(entry["name"], entry["measure"], figures[entry["name"]]["figure"], entry["figure"]))
    wrong = figures.get("provably wrong")
    if wrong:
        aims = plan["provably_wrong"]["share"]
        detail = f"provably wrong edges ({wrong['wrong']} of {wrong['judged']} sites)"
        rows.append(_row(plan["provably_wrong"]["input"], detail, wrong["share"], aims))
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]])


def _row(name: str, measure: str, figure: object, aims: dict[str, float]) -> tuple[str, ...]:
    return (name, measure, str(figure), *(str(aims.get(key, "")) for key in ("asked", "floor", "best")))


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--eval", type=Path, required=True, help="folder of ground truth with its scorers")
    parser.add_argument("--inputs", type=Path, default=HERE / "inputs", help="folder of the checked-out sources")
    parser.add_argument("--fetch", action="store_true", help="get missing sources with git")
    parser.add_argument("--only", nargs="+", default=[], help="names to measure (django: provably wrong edges)")
    chosen = parser.parse_args(arguments)
    plan = tomllib.loads((HERE / "resolution.toml").read_text(encoding="utf-8"))
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        evaluation = Evaluation(chosen.eval.resolve(), Path(scratch))
        for kind, measure in (("repositories", repository), ("suites", suite)):
            for entry in plan[kind]:
                if chosen.only and entry["name"] not in chosen.only:
                    continue
                source = sources(entry, chosen.inputs.resolve(), chosen.fetch)
                if source is not None:
                    figures[entry["name"]] = measure(entry, source, evaluation)
        if not chosen.only or "django" in chosen.only:
            figures["provably wrong"] = provably_wrong(chosen.inputs, evaluation)
    text = table(plan, figures)
    print(text)
    RESULTS.mkdir(parents=True, exist_ok=True)
    name = commit()
    (RESULTS / f"{name}.json").write_text(
        json.dumps({"commit": name, "machine": machine(), "figures": figures}, indent=1) + "\n"
    )
    (RESULTS / f"{name}.md").write_text(text + "\n")


if __name__ == "__main__":
    main()
