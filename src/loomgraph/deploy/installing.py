"""Putting the proxy's site and systemd's units where the machine reads them: steps to print, run only when asked.

nginx and systemd-analyze are asked whether they take what was generated, where they are there. This module must not
know what the files say.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from loomgraph.deploy import nginx, systemd
from loomgraph.deploy.plan import NGINX_FOLDER, SYSTEMD_FOLDER, Deployment
from loomgraph.errors import DeployError, ProxyRefused

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_WAIT = 60  # seconds that a check or a step may take


@dataclass(frozen=True, slots=True)
class Checked:
    """What a program said of the generated files; ``ok`` is None when the program is not there."""

    program: str
    ok: bool | None
    said: str


def nginx_command(deployment: Deployment, *more: str) -> tuple[str, ...]:
    """How nginx is run with the self-contained configuration: in its own folder, as whoever calls it."""
    folder = deployment.folder / NGINX_FOLDER
    program = _find(deployment.proxy.nginx) or deployment.proxy.nginx
    # Started by root it would become nobody, who may not read this folder.
    user = ("-g", "user root;") if os.geteuid() == 0 else ()
    return program, "-e", "logs/error.log", "-p", f"{folder}/", "-c", nginx.WHOLE, *user, *more


def check_nginx(deployment: Deployment) -> Checked:
    """Whether nginx takes the configuration; raises ``ProxyRefused`` when it does not."""
    if not _find(deployment.proxy.nginx):
        return Checked("nginx", None, "nginx is not installed: the configuration was not tried")
    code, said = _run(nginx_command(deployment, "-t"))
    if code:
        raise ProxyRefused(path=str(deployment.folder / NGINX_FOLDER / nginx.WHOLE), reason=said)
    return Checked("nginx", True, said)


def check_units(deployment: Deployment) -> Checked:
    """Whether systemd takes the units."""
    program = _find("systemd-analyze")
    if not program:
        return Checked("systemd-analyze", None, "systemd-analyze is not installed: the units were not tried")
    code, said = _run((program, "verify", "--man=no", *map(str, unit_files(deployment))))
    return Checked("systemd-analyze", not code and not said, said)


def unit_files(deployment: Deployment) -> list[Path]:
    """The units of a deployment; a template cannot be checked by itself, so an instance's name stands for it."""
    folder = deployment.folder / SYSTEMD_FOLDER
    return [folder / name for name in systemd.units(deployment)]


def nginx_steps(deployment: Deployment, etc: Path) -> list[tuple[str, ...]]:
    """What makes the machine's own nginx serve the site."""
    site, name = deployment.folder / NGINX_FOLDER / nginx.SITE, f"{deployment.name}.conf"
    program = _find(deployment.proxy.nginx) or deployment.proxy.nginx
    main = ("-c", str(etc / "nginx.conf"))
    if (etc / "sites-available").is_dir():
        available = etc / "sites-available" / name
        placed = [
            ("install", "-m", "644", str(site), str(available)),
            ("ln", "-sfn", str(available), str(etc / "sites-enabled" / name)),
        ]
    else:
        placed = [("install", "-m", "644", str(site), str(etc / "conf.d" / name))]
    return [*placed, (program, "-t", *main), (program, "-s", "reload", *main)]


def systemd_steps(deployment: Deployment, etc: Path) -> list[tuple[str, ...]]:
    """What makes the machine's systemd start the deployment, now and at boot."""
    copies = [("install", "-m", "644", str(path), str(etc / path.name)) for path in unit_files(deployment)]
    return [*copies, ("systemctl", "daemon-reload"), ("systemctl", "enable", "--now", f"{deployment.name}.target")]


def carry_out(steps: Sequence[tuple[str, ...]]) -> None:
    """Run the steps in order; the first that fails ends it, with what it said."""
    for step in steps:
        code, said = _run((_find(step[0]) or step[0], *step[1:]))
        if code:
            raise DeployError(reason=f"`{shlex.join(step)}` failed: {said or code}")


def _find(program: str) -> str | None:
    return shutil.which(program) or shutil.which(program, path=_PATH)


def _run(command: Sequence[str]) -> tuple[int, str]:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=_WAIT,
            text=True, errors="replace",
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return 127, str(error)
    return done.returncode, done.stdout.strip()
