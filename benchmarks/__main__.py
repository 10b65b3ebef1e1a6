"""``python -m benchmarks``: those benchmarks of our own that this machine has the inputs for; ``--list`` names all.

Speed and push need the package index once; resolution and retrieval need a folder of ground truth with its scorers,
named by ``LOOMGRAPH_BENCH_EVAL`` or ``--eval``, and checked-out sources, or ``--fetch`` to get them.
"""

from __future__ import annotations

import argparse
import ast
import os
from pathlib import Path

from benchmarks import custom_kg, projects, push, resolution, retrieval, speed


def listed() -> list[tuple[str, str]]:
    """Every benchmark that is run by its name, and what it measures."""
    found = []
    for file in sorted(Path(__file__).parent.glob("*.py")):
        said = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
        if f"python -m benchmarks.{file.stem}" in said:
            found.append((f"benchmarks.{file.stem}", said.splitlines()[0]))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--eval", default=os.environ.get("LOOMGRAPH_BENCH_EVAL", ""), help="folder of ground truth")
    parser.add_argument("--inputs", default="benchmarks/inputs", help="folder of the sources, kept between runs")
    parser.add_argument("--fetch", action="store_true", help="get missing sources with git")
    parser.add_argument("--runs", default="3", help="runs of each speed measurement")
    parser.add_argument("--list", action="store_true", help="name every benchmark, those that run alone too, and end")
    chosen = parser.parse_args()
    if chosen.list:
        for name, about in listed():
            print(f"python -m {name:28} {about}")
        return
    print("# speed\n")
    speed.main(["--keep", chosen.inputs, "--runs", chosen.runs])
    print("\n# custom_kg\n")
    custom_kg.main(["--runs", chosen.runs])
    print("\n# projects\n")
    projects.main([])
    print("\n# push\n")
    push.main(["--keep", chosen.inputs, "--runs", chosen.runs])
    if not chosen.eval:
        print("\nresolution, retrieval: left out, no folder of ground truth (--eval FOLDER, or LOOMGRAPH_BENCH_EVAL)")
        return
    shared = ["--eval", chosen.eval, "--inputs", chosen.inputs, *(["--fetch"] if chosen.fetch else [])]
    for name, benchmark in (("resolution", resolution), ("retrieval", retrieval)):
        print(f"\n# {name}\n")
        benchmark.main(shared)


if __name__ == "__main__":
    main()
