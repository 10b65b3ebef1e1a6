"""Write ``requirements.lock``: exact versions of everything ``make venv`` installs, from a clean install.

The file holds names and versions, no addresses: which index they come from is the user's choice.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAD = "# Exact versions of the core and of the development tools. Written by `make lock`; do not edit.\n"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / "bin" / "python"
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet"]
        subprocess.run([*pip, "install", f"{ROOT}[dev]"], check=True)
        frozen = subprocess.run([*pip, "freeze"], check=True, capture_output=True, text=True).stdout
    lines = sorted((line for line in frozen.splitlines() if not line.startswith("loomgraph-kg")), key=str.lower)
    wrong = [line for line in lines if "==" not in line or "://" in line or "@" in line]
    if wrong:
        print(f"not an exact version: {wrong}", file=sys.stderr)
        return 1
    (ROOT / "requirements.lock").write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
    print(f"requirements.lock: {len(lines)} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
