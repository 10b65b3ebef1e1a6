"""systemd's units: text from a ``Deployment``.

A template for each kind of instance, one unit for the one server, a target for all. The same ``.env`` files are read.
This module must not know whether systemd is there.
"""

from __future__ import annotations

from pathlib import Path

from loomgraph.deploy.plan import GENERATED, KINDS, SERVER, Deployment, Instance

# What a server on loopback needs none of. Checked with `systemd-analyze security --offline`.
_HARDENING = """\
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
PrivateTmp=yes
PrivateDevices=yes
DevicePolicy=closed
ProtectSystem=strict
ProtectHome=read-only
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
ProtectProc=invisible
RemoveIPC=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
LimitNOFILE=65536
"""


def units(deployment: Deployment) -> dict[str, str]:
    """The text of each unit by the name of its file."""
    kinds = {one.kind for one in deployment.processes if one.name != SERVER}
    found = {f"{deployment.name}.target": _target(deployment)}
    for kind in KINDS:
        if kind in kinds:
            one = Instance("%i", "lightrag" if kind == "lightrag" else "loomgraph", "native", 0, 0, Path("%i"))
            found[f"{_template(deployment, one)}@.service"] = _service(deployment, one)
    if deployment.server:
        found[f"{deployment.name}-server.service"] = _service(deployment, deployment.server)
    return dict(sorted(found.items()))


def unit_of(deployment: Deployment, process: Instance) -> str:
    """What systemd calls a process."""
    if process.name == SERVER:
        return f"{deployment.name}-server.service"
    return f"{_template(deployment, process)}@{process.name}.service"


def _template(deployment: Deployment, process: Instance) -> str:
    return f"{deployment.name}-lightrag" if process.kind == "lightrag" else deployment.name


def _target(deployment: Deployment) -> str:
    wants = "".join(f"Wants={unit_of(deployment, one)}\n" for one in deployment.processes)
    return f"""\
{GENERATED}[Unit]
Description=All of the deployment {deployment.name}
{wants}
[Install]
WantedBy=multi-user.target
"""


def _service(deployment: Deployment, process: Instance) -> str:
    run = deployment.run
    what = {SERVER: "all projects"}.get(process.name, f"project {process.name}")
    title = "LightRAG" if process.kind == "lightrag" else "LoomGraph"
    folder = _escaped(str(deployment.folder)) + "/" + (process.folder.name)
    command = " ".join(_word(word) for word in deployment.command(process))
    who = "".join(f"{key}={value}\n" for key, value in (("User", run.user), ("Group", run.group)) if value)
    # The kernel refuses memory that is both written and run; compilers inside LightRAG's libraries may want it.
    own = "" if process.kind == "lightrag" else "MemoryDenyWriteExecute=yes\n"
    return f"""\
{GENERATED}[Unit]
Description={title}, {what} of the deployment {deployment.name}
Wants=network-online.target
After=network-online.target
PartOf={deployment.name}.target
StartLimitIntervalSec=300
StartLimitBurst=5

[Service]
Type=exec
{who}WorkingDirectory={folder}
EnvironmentFile={folder}/.env
ExecStart={command}
Restart=on-failure
RestartSec=2
TimeoutStopSec={run.stop_seconds}
ReadWritePaths={_quoted(folder)}
{own}{_HARDENING}
[Install]
WantedBy={deployment.name}.target
"""


def _escaped(text: str) -> str:
    """Text in which nothing is a specifier."""
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    """Escaped text as one word of a list."""
    inner = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"' if inner != text or any(one in text for one in " '\t") else text


def _word(word: str) -> str:
    """A word of a command line; ``%i``, the name of a template's instance, stays."""
    return word if word == "%i" else _quoted(_escaped(word).replace("$", "$$"))
