"""Install the servers the tests talk to (``make servers``); none of them is started, and all run offline afterwards.

What comes from Python's index must be had, or this fails. Debian's packages (as root on such a system), Neo4j from
Maven Central and PostgreSQL with Apache AGE from npm are brought where the means are there: it says what is missing,
and the tests that need it are skipped.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".servers"
INPUTS = ROOT / "tests" / "servers"
VENV = ROOT / ".venv-servers"
LOCK = ROOT / "requirements-servers.lock"
PATIENCE = 300  # seconds an installer may take

# Each of Debian's packages that is wanted, with a program it brings; PostgreSQL's are not on the path.
DEBIAN = {"redis-server": "redis-server", "nginx": "nginx", "pgbouncer": "pgbouncer", "postgresql": "initdb"}
COPY_JARS = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
NO_STARTING = Path("/usr/sbin/policy-rc.d")


class Missing(Exception):
    """A server that cannot be brought to this machine, with why."""


def main() -> int:
    failed = False
    steps: Sequence[tuple[str, bool, Callable[[], str]]] = (
        ("PostgreSQL with pgvector, Milvus Lite (Python)", True, python_packages),
        ("Redis, nginx, PgBouncer, PostgreSQL (Debian)", False, debian_packages),
        ("Neo4j community with APOC core (Maven Central)", False, neo4j),
        ("PostgreSQL with Apache AGE (npm)", False, age),
    )
    for name, needed, install in steps:
        try:
            print(f"{name}: {install()}", flush=True)
        except Missing as missing:
            failed |= needed
            print(f"{name}: {'FAILED' if needed else 'not here, its tests are skipped'}: {missing}", flush=True)
    return int(failed)


def python_packages() -> str:
    def install(_folder: Path) -> None:
        run([sys.executable, "-m", "venv", str(VENV)])
        run([str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "-r", str(LOCK)])

    return once(VENV, [LOCK], install)


def debian_packages() -> str:
    homes = map(str, Path("/usr/lib/postgresql").glob("*/bin"))
    places = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", *homes))
    wanted = [package for package, brings in DEBIAN.items() if not shutil.which(brings, path=places)]
    if not wanted:
        return "there"
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise Missing(f"{', '.join(wanted)}: install them by hand (no apt-get here, or not root)")
    with nothing_starts():
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run(["apt-get", "update", "-qq"], env=quiet)
        run(["apt-get", "install", "-qq", "--no-install-recommends", *wanted], env=quiet)
    return f"installed {', '.join(wanted)}"


@contextmanager
def nothing_starts() -> Iterator[None]:
    """Debian's packages start their services when installed; nobody asked for services on this machine."""
    if NO_STARTING.exists():
        yield
        return
    NO_STARTING.write_text("#!/bin/sh\nexit 101\n", "utf-8")
    NO_STARTING.chmod(0o755)
    try:
        yield
    finally:
        NO_STARTING.unlink()


def neo4j() -> str:
    pom = INPUTS / "neo4j" / "pom.xml"

    def install(folder: Path) -> None:
        maven = found("mvn")
        found("java")
        run(
            [
                maven,
                "-q",
                "-B",
                "-f",
                str(pom),
                COPY_JARS,
                f"-DoutputDirectory={folder / 'lib'}",
                "-DincludeScope=runtime",
            ]
        )

    return once(FOLDER / "neo4j", [pom], install)


def age() -> str:
    packages, script = INPUTS / "age" / "package.json", INPUTS / "age" / "server.mjs"

    def install(folder: Path) -> None:
        npm = found("npm")
        folder.mkdir(parents=True)
        shutil.copy(packages, folder)
        shutil.copy(script, folder)  # beside the packages it imports
        # Their peers are exact versions of every extension there is; only those named are wanted.
        options = ["--legacy-peer-deps", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund"]
        run([npm, "install", "--silent", *options], cwd=folder)

    return once(FOLDER / "age", [packages, script], install)


def once(folder: Path, inputs: Sequence[Path], install: Callable[[Path], None]) -> str:
    """Install anew into an empty folder, unless these inputs were installed there before."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in inputs)).hexdigest()
    stamp = folder / ".installed"
    if stamp.exists() and stamp.read_text("utf-8") == digest:
        return "there"
    shutil.rmtree(folder, ignore_errors=True)
    install(folder)
    stamp.write_text(digest, "utf-8")
    return "installed"


def found(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise Missing(f"needs {program}")
    return path


def run(command: Sequence[str], *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    try:
        done = subprocess.run(
            command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired as late:
        raise Missing(f"{command[0]} took more than {PATIENCE} seconds") from late
    if done.returncode:
        raise Missing(f"{' '.join(command[:3])}: {(done.stdout + done.stderr).strip()[-600:]}")


if __name__ == "__main__":
    sys.exit(main())
