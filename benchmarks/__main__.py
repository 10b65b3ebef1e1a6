"""``python -m benchmarks``: every benchmark that this machine has the inputs for.

Speed needs the package index once; resolution needs a folder of ground truth with its scorers, named by
``LOOMGRAPH_BENCH_EVAL`` or ``--eval``, and checked-out sources, or ``--fetch`` to get them.
"""

from __future__ import annotations

import argparse
import os

from benchmarks import resolution, speed


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--eval", default=os.environ.get("LOOMGRAPH_BENCH_EVAL", ""), help="folder of ground truth")
    parser.add_argument("--inputs", default="benchmarks/inputs", help="folder of the sources, kept between runs")
    parser.add_argument("--fetch", action="store_true", help="get missing sources with git")
    parser.add_argument("--runs", default="3", help="runs of each speed measurement")
    chosen = parser.parse_args()
    print("# speed\n")
    speed.main(["--keep", chosen.inputs, "--runs", chosen.runs])
    print("\n# resolution\n")
    if chosen.eval:
        fetch = ["--fetch"] if chosen.fetch else []
        resolution.main(["--eval", chosen.eval, "--inputs", chosen.inputs, *fetch])
    else:
        print("left out: no folder of ground truth (--eval FOLDER, or LOOMGRAPH_BENCH_EVAL)")


if __name__ == "__main__":
    main()
