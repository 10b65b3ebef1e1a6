"""``python -m benchmarks``: every benchmark that this machine has the inputs for.

Speed and push need the package index once; resolution and retrieval need a folder of ground truth with its scorers,
named by ``LOOMGRAPH_BENCH_EVAL`` or ``--eval``, and checked-out sources, or ``--fetch`` to get them.
"""

from __future__ import annotations

import argparse
import os

from benchmarks import custom_kg, projects, push, resolution, retrieval, speed


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--eval", default=os.environ.get("LOOMGRAPH_BENCH_EVAL", ""), help="folder of ground truth")
    parser.add_argument("--inputs", default="benchmarks/inputs", help="folder of the sources, kept between runs")
    parser.add_argument("--fetch", action="store_true", help="get missing sources with git")
    parser.add_argument("--runs", default="3", help="runs of each speed measurement")
    chosen = parser.parse_args()
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
