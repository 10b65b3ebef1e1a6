"""Measure what a core install of the built wheel takes on disk; fails above the limit we promise."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT_MB = 200


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        site = next(Path(folder).glob("lib/python*/site-packages"))
        before = size_of(site)
        pip = [f"{folder}/bin/python", "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
        subprocess.run([*pip, "--constraint", str(ROOT / "requirements.lock"), str(ROOT)], check=True)
        subprocess.run([f"{folder}/bin/loomgraph", "--version"], check=True)
        taken = (size_of(site) - before) / 1e6
        largest = sorted(((size_of(path) / 1e6, path.name) for path in site.iterdir()), reverse=True)[:12]
    print(f"core install: {taken:.1f} MB (at most {LIMIT_MB})")
    for size, name in largest:
        print(f"  {size:6.1f} MB  {name}")
    return 0 if taken <= LIMIT_MB else 1


def size_of(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file() and not file.is_symlink())


if __name__ == "__main__":
    sys.exit(main())
