"""What an instance costs that nobody asks: its memory, and how long until it is healthy; LightRAG's own beside it.

    python -m benchmarks.deploy [--runs 5]

Both are started as ``loomgraph deploy start`` starts them, one after the other, in turn, each with an empty project of
its own. LightRAG 1.5.7 needs ``make lightrag`` and is left out without it. Memory is the proportional set size after a
second at rest, on Linux. Figures go to ``benchmarks/results/deploy/COMMIT.json``.
"""

from __future__ import annotations

import argparse
import json
import socket
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.speed import commit, machine
from loomgraph.deploy import planfile, planning, processes, running
from loomgraph.deploy.plan import Deployment, Instance, Kind

TARGETS = {"memory_mb": 70.0, "healthy_s": 1.5}
RESULTS = Path(__file__).parent / "results" / "deploy"
THEIR_PYTHON = Path(__file__).resolve().parent.parent / ".venv-lightrag" / "bin" / "python"
_KINDS: tuple[Kind, ...] = ("loomgraph", "lightrag")
_REST = 1.0
_NOBODY = "http://127.0.0.1:{}/v1"  # neither asks its models anything before it is asked itself


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args(arguments)
    before = machine()
    with tempfile.TemporaryDirectory() as folder:
        deployment = _planned(Path(folder) / "deployment")
        found: dict[str, list[dict[str, float]]] = {one.kind: [] for one in deployment.processes}
        for _ in range(chosen.runs):
            for one in deployment.processes:
                found[one.kind].append(_measured(deployment, one))
    figures = {kind: _medians(runs) for kind, runs in found.items()}
    RESULTS.mkdir(parents=True, exist_ok=True)
    result = {"commit": commit(), "machine": before, "runs": chosen.runs, "asked": TARGETS, "figures": figures}
    (RESULTS / f"{commit()}.json").write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print(report(figures))


def _planned(folder: Path) -> Deployment:
    fresh = planning.fresh(folder, "development")
    plan = replace(
        fresh, run=replace(fresh.run, lightrag_python=str(THEIR_PYTHON)),
        llm=replace(fresh.llm, model="none", url=_NOBODY.format(9)),
        embedding=replace(fresh.embedding, binding="openai", model="none", url=_NOBODY.format(7), dim=8),
    )  # fmt: skip
    planning.init(plan)
    for kind in _KINDS if THEIR_PYTHON.exists() else _KINDS[:1]:
        planning.add(folder, kind, kind, port=_free(), outside=_free())
    return planfile.load(folder)


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port: int = held.getsockname()[1]
        return port


def _measured(deployment: Deployment, one: Instance) -> dict[str, float]:
    """Start it, let it rest, look at it, end it."""
    began = time.monotonic()
    running.start(deployment, one)
    healthy = time.monotonic() - began
    try:
        time.sleep(_REST)
        known = running.noted(one)
        assert known is not None
        return {"memory_mb": processes.memory(known.process) / 1e6, "healthy_s": healthy}
    finally:
        running.stop(deployment, one)


def _medians(runs: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(statistics.median(one[name] for one in runs), 2) for name in TARGETS}


def report(figures: dict[str, dict[str, float]]) -> str:
    """The figures as text, each beside what was asked and what LightRAG's own take."""
    lines = [f"{'measure':12} {'figure':>8} {'asked':>8} {'LightRAG':>9}"]
    for name, asked in TARGETS.items():
        theirs = figures.get("lightrag", {}).get(name)
        lines.append(f"{name:12} {figures['loomgraph'][name]:>8.2f} {asked:>8g} {theirs if theirs else '-':>9}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
