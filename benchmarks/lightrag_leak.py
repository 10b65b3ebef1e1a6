"""What LightRAG keeps of a project that was closed: bytes of its process for each opening and closing.

    .venv/bin/python benchmarks/lightrag_leak.py [cycles]

Opens five projects of two hundred symbols in turn, each cycle with an insert and a comparison of all that LightRAG
holds, in one process that is never recycled, and reports how it grew between the tenth cycle and the last.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from loomgraph.engines.lightrag.engine import LightRagEngine
from loomgraph.engines.lightrag.hosts import Hosts
from loomgraph.engines.places import FilePlace
from loomgraph.engines.testing import body, chunk, entity, relation
from loomgraph.settings import LightRagSettings
from loomgraph.settings.lightrag import handed_on

_WARM = 10


def main() -> None:
    cycles = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    python = Path(__file__).parent.parent / ".venv-lightrag" / "bin" / "python"
    settings = LightRagSettings(
        python=str(python), processes=1, closings=10**6, process_bytes=2**50, variables=handed_on(os.environ)
    )
    with tempfile.TemporaryDirectory() as folder, Hosts(settings) as hosts:
        sizes = []
        for at in range(cycles):
            place = FilePlace(Path(folder) / f"{at % 5}" / "graph.db")
            place.path.parent.mkdir(exist_ok=True)
            engine = LightRagEngine(place, hosts, name=f"p{at}", create=True)
            engine.insert_custom_kg(body(
                chunks=[chunk(f"def f{n}(): ...", f"{n}.py") for n in range(200)],
                entities=[entity(f"f{n}", source_id=f"{n}.py") for n in range(200)],
                relationships=[relation(f"f{n}", f"f{n + 1}") for n in range(199)],
            ))  # fmt: skip
            engine.verify()
            process = engine._bring().process
            engine.close()
            sizes.append(process.bytes)
        grown = (sizes[-1] - sizes[_WARM]) / (cycles - 1 - _WARM)
        first, tenth, last = (sizes[at] >> 20 for at in (0, _WARM, -1))
        print(f"first {first} MB, tenth {tenth} MB, last {last} MB: {grown:,.0f} bytes each")


if __name__ == "__main__":
    main()
