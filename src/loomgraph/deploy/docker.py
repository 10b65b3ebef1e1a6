"""An image and a compose file of the same settings: text from a ``Deployment``.

Containers share the machine's network and see the deployment's folder under its own path, so that the ``.env`` files,
the ports and the proxy are those of processes without containers. This module must not know whether Docker is there.
"""

from __future__ import annotations

import json
from pathlib import Path

from loomgraph.deploy.plan import GENERATED, NGINX_FOLDER, SERVER, Deployment, Instance
from loomgraph.deploy.scripts import WITH_ENV

_LIGHTRAG = ["python", "-m", "lightrag.api.lightrag_server"]
_IMAGES = {"loomgraph": "loomgraph-kg[server,mcp]", "lightrag": "lightrag-hku[api]"}


def files(deployment: Deployment) -> dict[str, str]:
    """The text of each file by its name."""
    kinds = sorted({one.kind for one in deployment.processes})
    found = {"compose.yaml": compose(deployment)}
    for kind in kinds or ["loomgraph"]:
        found[f"Dockerfile.{kind}"] = dockerfile(kind)
    return found


def dockerfile(kind: str) -> str:
    """An image with one program, run by nobody in particular."""
    return f"""\
{GENERATED}FROM python:3.12-slim AS build
ARG PACKAGE={json.dumps(_IMAGES[kind])}
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir "$PACKAGE"

FROM python:3.12-slim
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin loomgraph
USER 10001
STOPSIGNAL SIGTERM
"""


def compose(deployment: Deployment) -> str:
    """A service for each process, and the proxy. It is JSON below its comment, which is YAML too."""
    services: dict[str, object] = {_service_name(one): _service(deployment, one) for one in deployment.processes}
    services["proxy"] = _proxy(deployment)
    document = {"name": deployment.name, "services": services}
    return GENERATED + json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _service_name(process: Instance) -> str:
    # "_proxy" cannot be a project, and "proxy" is the proxy's.
    return {SERVER: "server"}.get(process.name, f"project-{process.name}")


def _service(deployment: Deployment, process: Instance) -> dict[str, object]:
    folder, script = str(process.folder), str(deployment.folder / WITH_ENV)
    command = ["loomgraph", *deployment.command(process)[1:]] if process.kind == "loomgraph" else _LIGHTRAG
    arguments = ["sh", script, process.folder.name, *command]
    check = f"import urllib.request as u; u.urlopen({deployment.address(process) + '/health'!r}, timeout=5)"
    return {
        "build": {"context": ".", "dockerfile": f"Dockerfile.{process.kind}"},
        "entrypoint": _literal(arguments),
        "working_dir": _dollars(folder),
        "network_mode": "host",
        "user": "${LOOMGRAPH_UID:-10001}:${LOOMGRAPH_GID:-10001}",
        "volumes": [_bind(folder), _bind(script, read_only=True)],
        "read_only": True,
        "tmpfs": ["/tmp"],
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "restart": "on-failure",
        "stop_grace_period": f"{deployment.run.stop_seconds}s",
        "healthcheck": {
            "test": ["CMD", "python", "-c", _dollars(check)],
            "interval": "30s",
            "timeout": "10s",
            "start_period": "60s",
        },
    }


def _proxy(deployment: Deployment) -> dict[str, object]:
    folder = str(deployment.folder / NGINX_FOLDER)
    return {
        "image": "nginx:stable",
        "entrypoint": _literal(["nginx", "-p", folder, "-c", str(Path(folder) / "nginx.conf"), "-g", "daemon off;"]),
        "network_mode": "host",
        "user": "${LOOMGRAPH_UID:-10001}:${LOOMGRAPH_GID:-10001}",
        "volumes": [_bind(folder)],
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "restart": "on-failure",
    }


def _bind(path: str, *, read_only: bool = False) -> dict[str, object]:
    found: dict[str, object] = {"type": "bind", "source": _dollars(path), "target": _dollars(path)}
    return {**found, "read_only": True} if read_only else found


def _literal(words: list[str]) -> list[str]:
    return [_dollars(word) for word in words]


def _dollars(text: str) -> str:
    """Text in which compose replaces nothing."""
    return text.replace("$", "$$")
