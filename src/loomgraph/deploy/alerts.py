"""Telling people once when something goes bad, and once when it is good again, by a command of theirs.

What was told is kept beside the plan. A command that fails has told nobody, and is run again with the next check.
This module must not know what is checked.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from loomgraph.deploy.health import Check
from loomgraph.errors import AlertFailed

KNOWN_FILE = ".health.json"
_SECONDS = 60.0


class Change(NamedTuple):
    """A check that is other than it was, and since when it had been so."""

    check: Check
    before: str


def tell(folder: Path, checks: Sequence[Check], command: str) -> list[Change]:
    """Run ``command`` for each check that has changed since the last time, and remember those that were told."""
    with open(folder / ".health.lock", "a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = _known(folder / KNOWN_FILE)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        told: list[Change] = []
        failed: list[AlertFailed] = []
        for check in checks:
            last = known.get(check.name, {"good": True, "since": ""})
            if last["good"] != check.good:
                change = Change(check, str(last["since"]))
                try:
                    _run(folder, command, change, now)
                except AlertFailed as error:
                    failed.append(error)
                    continue
                told.append(change)
            if check.name not in known or last["good"] != check.good:
                known[check.name] = {"good": check.good, "since": now}
        _keep(folder / KNOWN_FILE, known)
    if failed:
        raise failed[0]
    return told


def _run(folder: Path, command: str, change: Change, now: str) -> None:
    check = change.check
    facts = {
        "deployment": str(folder), "name": check.name, "state": "good" if check.good else "bad",
        "address": check.address, "detail": check.detail, "time": now, "before": change.before,
    }  # fmt: skip
    environment = {**os.environ, **{f"LOOMGRAPH_ALERT_{name.upper()}": value for name, value in facts.items()}}
    try:
        run = subprocess.run(
            command, shell=True, env=environment, input=json.dumps(facts), text=True, timeout=_SECONDS,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise AlertFailed(status="no end", reason=f"it took more than {_SECONDS:g} seconds") from None
    if run.returncode:
        raise AlertFailed(status=run.returncode, reason=run.stderr.strip()[-200:] or "it said nothing")


def _known(path: Path) -> dict[str, Mapping[str, Any]]:
    try:
        found = json.loads(path.read_text("utf-8"))
        return {str(name): {"good": bool(one["good"]), "since": str(one["since"])} for name, one in found.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _keep(path: Path, known: Mapping[str, Mapping[str, Any]]) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(json.dumps(known, indent=1, sort_keys=True), "utf-8")
    os.replace(fresh, path)
