"""The tour of ``make demo``: two real projects, a question to each, and neither sees the other.

Everything is done by the command ``loomgraph``, shown as a user would type it. The graphs lie below ``build/demo``,
so that one can go on asking.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "build" / "demo"
LOOMGRAPH = Path(sys.executable).parent / "loomgraph"


def main() -> int:
    start = time.monotonic()
    shutil.rmtree(DATA, ignore_errors=True)
    found = find_spec("starlette")
    if found is None or found.origin is None:
        print("starlette is not installed: run `make venv` first", file=sys.stderr)
        return 1
    packages = str(Path(found.origin).parent.parent)

    say("1. Two projects: this repository, and the installed source of starlette. Nothing is downloaded.")
    show("index", str(ROOT), "--project", "loomgraph")
    show("index", packages, "--include", "starlette/", "--project", "starlette")

    say("2. A question to each. First: in LoomGraph, who brings a graph up to date, two calls out?")
    show("callers", "NativeEngine.update", "--depth", "2", "--project", "loomgraph")
    say("   And in starlette: what does routing a request call?")
    show("callees", "Router.app", "--project", "starlette")

    say("3. The same in plain words: no language model, nothing leaves this machine.")
    show("ask", "where is the session cookie signed", "--top", "2", "--project", "starlette")

    say("4. Neither sees the other.")
    refused = show("callers", "Router.app", "--project", "loomgraph", expect=3)
    refused &= show("callers", "NativeEngine.update", "--project", "starlette", expect=3)
    apart = refused and not shared_symbols()
    print("No symbol of one is in the graph of the other." if apart else "The projects are NOT apart.")

    say(f"Done in {time.monotonic() - start:.0f} seconds. Try next:")
    print(f"""\
  export LOOMGRAPH_DATA_DIR={DATA}     # the graphs of this demo
  export PATH={LOOMGRAPH.parent}:$PATH
  loomgraph hierarchy LoomGraphError --project loomgraph
  loomgraph path Starlette.__call__ Route.handle --project starlette
  loomgraph impact src/loomgraph/model.py --project loomgraph
  loomgraph unused --project starlette
  loomgraph ask "how are damaged graphs found" --project loomgraph
  loomgraph --help

  unset LOOMGRAPH_DATA_DIR
  cd ~/your/code && loomgraph index            # your own project""")
    return 0 if apart else 1


def say(text: str) -> None:
    print(f"\n\033[1m{text}\033[0m\n" if sys.stdout.isatty() else f"\n{text}\n", flush=True)


def show(*arguments: str, expect: int = 0) -> bool:
    """Run ``loomgraph`` as a user would; end the tour when it does what nobody expects."""
    print("$ loomgraph " + shlex.join(arguments), flush=True)
    done = subprocess.run([LOOMGRAPH, *arguments], env=environment(), check=False)
    print(flush=True)
    if done.returncode != expect:
        sys.exit(f"loomgraph {arguments[0]} ended with {done.returncode}, not {expect}")
    return True


def shared_symbols() -> set[str]:
    """Symbols that both graphs hold; there are none."""
    held = []
    for name in ("loomgraph", "starlette"):
        command = [LOOMGRAPH, "export", "--format", "jsonl", "--project", name]
        text = subprocess.run(command, env=environment(), check=True, capture_output=True, text=True).stdout
        rows = map(json.loads, text.split("\n")[:-1])
        held.append({(row["id"], row["signature"]) for row in rows if row["type"] == "symbol"})
    return held[0] & held[1] if all(held) else {"a graph is empty"}


def environment() -> dict[str, str]:
    mine = {key: value for key, value in os.environ.items() if not key.startswith("LOOMGRAPH_")}
    return {**mine, "LOOMGRAPH_DATA_DIR": str(DATA)}


if __name__ == "__main__":
    sys.exit(main())
