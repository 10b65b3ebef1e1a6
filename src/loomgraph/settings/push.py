"""What can be set about pushing to another machine's server."""

from __future__ import annotations

from dataclasses import dataclass

from loomgraph.settings.declaring import setting
from loomgraph.settings.values import Secret, secret, url


@dataclass(frozen=True, slots=True)
class PushSettings:
    """Where ``loomgraph push`` sends files to."""

    server: str = setting(url, "The server that `push` sends files to; `--server` replaces it.", "", shown="none")
    key: Secret = setting(
        secret, "The key that `push` shows to that server, and to no other. It is shown nowhere.",
        Secret(), shown="none",
    )  # fmt: skip
