"""What goes wrong while a deployment is run: processes that do not start, archives that cannot be used.

This module must not know who raises or who shows an error.
"""

from __future__ import annotations

from loomgraph.errors.asked import BadInput, NotFound
from loomgraph.errors.deploying import DeployError


class NotGenerated(DeployError):
    """{path} is not there. `loomgraph deploy generate` writes what the plan says."""

    code = "not_generated"


class InstanceFailed(DeployError):
    """{name} did not start: {reason}. Its log: {log}"""

    code = "instance_failed"


class PortInUse(DeployError):
    """{name} was not started: another process listens at its port {port}, and was left alone. End that one, or give
    {name} another port in deployment.toml."""

    code = "port_in_use"


class ProgramMissing(DeployError):
    """{program} cannot be started: {reason}. Name the program in [run] of deployment.toml."""

    code = "program_missing"


class SomeFailed(DeployError):
    """{count} failed: {reasons}"""

    code = "some_failed"

    def show(self, key: str, value: object) -> str:
        return super().show(key, "; ".join(map(str, value)) if isinstance(value, (list, tuple)) else value)


class WatchRuns(DeployError):
    """The deployment in {folder} is watched already, by another process. One is enough."""

    code = "watch_runs"


class AlertFailed(DeployError):
    """The alert command ended with {status}: {reason}. It is run again with the next check."""

    code = "alert_failed"


class NoArchive(NotFound):
    """There is no archive {path}."""

    code = "no_archive"


class ArchiveDamaged(BadInput):
    """{path} was not restored: {reason}. Take another archive; nothing was changed."""

    code = "archive_damaged"


class BackupFailed(DeployError):
    """{name} could not be backed up: {reason}"""

    code = "backup_failed"


class InstanceHolds(BadInput):
    """{name} holds a graph already, and it was left as it is. --replace restores over it; --as restores under another
    name."""

    code = "instance_holds"


class NothingToMigrate(BadInput):
    """{path} holds no folders of LightRAG instances: none with a .env and a rag_storage."""

    code = "nothing_to_migrate"
