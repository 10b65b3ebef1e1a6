"""All settings: the one frozen object that is passed down, and the list of its fields.

To add a setting, add a ``setting(…)`` line to its group: to ``Settings`` itself, or to a class such as ``LlmSettings``
in a file of its own, which stands below as a field and in ``GROUPS``. Reading, checking, ``doctor`` and the generated
page follow from that line. A setting stands here only when something reads it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from loomgraph.settings.declaring import Field, declared, setting
from loomgraph.settings.embedding import EmbeddingSettings
from loomgraph.settings.keeping import KeepingSettings
from loomgraph.settings.lightrag import LightRagSettings
from loomgraph.settings.llm import LlmSettings
from loomgraph.settings.push import PushSettings
from loomgraph.settings.server import ServerSettings
from loomgraph.settings.storing import StoringSettings
from loomgraph.settings.values import choice, number, path, patterns, text, whole


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user has set, checked and typed."""

    data_dir: Path = setting(
        path,
        "Where graphs lie, one folder a project. An absolute path; `~` is your home.",
        shown="$XDG_DATA_HOME/loomgraph, else ~/.local/share/loomgraph",
    )
    project: str = setting(
        text,
        "The project that commands use when `--project` is not given.",
        "", shown="the project whose folder holds the current one",
    )  # fmt: skip
    jobs: int = setting(
        whole(0, 256), "How many processes read files. 0 means one for each processor this process may use.", 0
    )
    include: tuple[str, ...] = setting(
        patterns,
        "Only files that match one of these patterns (as in .gitignore) are indexed. `--include` replaces them.",
        (), shown="everything",
    )  # fmt: skip
    exclude: tuple[str, ...] = setting(
        patterns,
        "Files that match one of these patterns (as in .gitignore) are not indexed. `--exclude` replaces them.",
        (), shown="nothing",
    )  # fmt: skip
    max_file_bytes: int = setting(whole(1, 2**40), "Larger files are not read, only counted.", 10_000_000)
    lock_wait: float = setting(
        number(0, 86400),
        "How many seconds a command waits while another process writes the same project; a server waits 30 if not set.",
        10.0, shown="10",
    )  # fmt: skip
    watch_interval: float = setting(
        number(0.1, 3600),
        "How many seconds `watch` rests between two looks at the folder, at least.",
        1.0, shown="1",
    )  # fmt: skip
    color: str = setting(
        choice("auto", "always", "never"),
        "`auto` colours on terminals, `always` and `never` do what they say. `NO_COLOR` set to anything means never.",
        "auto",
    )
    storing: StoringSettings = field(default_factory=StoringSettings)
    embedding: EmbeddingSettings = field(default_factory=EmbeddingSettings)
    llm: LlmSettings = field(default_factory=LlmSettings)
    lightrag: LightRagSettings = field(default_factory=LightRagSettings)
    server: ServerSettings = field(default_factory=ServerSettings)
    keeping: KeepingSettings = field(default_factory=KeepingSettings)
    push: PushSettings = field(default_factory=PushSettings)
    config_file: Path | None = None
    sources: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    unknown: tuple[str, ...] = field(default=(), compare=False)

    def source(self, name: str) -> str:
        """Where the value of a setting came from."""
        return dict(self.sources).get(name, "default")

    def value(self, one: Field) -> object:
        """The value of a setting, wherever its group stands."""
        return getattr(getattr(self, one.group) if one.group else self, one.attribute)


# attribute of Settings → (class of the group, what the names of its settings begin with)
GROUPS: dict[str, tuple[type, str]] = {
    "": (Settings, ""),
    "storing": (StoringSettings, ""),
    "embedding": (EmbeddingSettings, "embedding_"),
    "llm": (LlmSettings, "llm_"),
    "lightrag": (LightRagSettings, "lightrag_"),
    "server": (ServerSettings, "serve_"),
    "keeping": (KeepingSettings, "keep_"),
    "push": (PushSettings, "push_"),
}
FIELDS: tuple[Field, ...] = tuple(
    one for group, (kind, prefix) in GROUPS.items() for one in declared(kind, prefix, group)
)
