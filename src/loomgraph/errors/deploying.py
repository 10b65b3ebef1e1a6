"""What goes wrong with deployments: their plan, their ports, the files made from it.

This module must not know who raises or who shows an error.
"""

from __future__ import annotations

from loomgraph.errors.asked import BadInput, NotFound
from loomgraph.errors.base import LoomGraphError


class DeployError(LoomGraphError):
    """The deployment cannot be used: {reason}"""

    code = "deploy"


class NoDeployment(NotFound):
    """There is no deployment in {folder}: it has no deployment.toml. `loomgraph deploy init` makes one; --dir names
    another folder."""

    code = "no_deployment"


class DeploymentExists(BadInput):
    """There is a deployment in {folder} already. `loomgraph deploy list` shows it; change deployment.toml, and
    `loomgraph deploy generate` writes the rest."""

    code = "deployment_exists"


class PlanInvalid(BadInput):
    """{path} cannot be used: {problems}. Nothing was written."""

    code = "plan_invalid"

    def show(self, key: str, value: object) -> str:
        return super().show(key, "; ".join(map(str, value)) if isinstance(value, (list, tuple)) else value)


class PortTaken(DeployError):
    """Port {port} cannot be given to {name}: {reason}. Name another, with --port or --outside
    or in deployment.toml."""

    code = "port_taken"


class NoPortLeft(DeployError):
    """No port from {first} to {last} is free for {name}. Widen the range in [ports] of deployment.toml."""

    code = "no_port_left"


class UnknownInstance(NotFound):
    """The deployment has no project {name}. `loomgraph deploy list` names those there are."""

    code = "unknown_instance"


class InstanceExists(BadInput):
    """The deployment has a project {name} already (names that differ in case alone are one)."""

    code = "instance_exists"


class InstanceRuns(DeployError):
    """{name} is running. `loomgraph deploy stop {name}` comes first."""

    code = "instance_runs"


class UnwritableValue(BadInput):
    """{name} cannot stand in a file of variables so that LightRAG, a shell and systemd read the same: {reason}. Give it
    another value."""

    code = "unwritable_value"


class FilesChanged(DeployError):
    """Changed since they were generated, and left as they are: {paths}. Take what you changed into deployment.toml, or
    --force writes them anew and keeps yours beside them as .orig."""

    code = "files_changed"


class FilesStale(DeployError):
    """Not as the plan says: {paths}. `loomgraph deploy generate` writes them."""

    code = "files_stale"


class ProxyRefused(DeployError):
    """nginx does not take the configuration {path}: {reason}"""

    code = "proxy_refused"
