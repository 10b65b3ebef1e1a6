"""What can be set about where graphs are kept and what answers from them, by LightRAG's names where it has them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from loomgraph.settings.declaring import setting
from loomgraph.settings.values import Address, Secret, choice, database, secret, text, whole

SQLITE, POSTGRES = "sqlite", "postgres"
NATIVE, LIGHTRAG = "native", "lightrag"


@dataclass(frozen=True, slots=True)
class StoringSettings:
    """Where graphs lie, and which engine new projects get."""

    store: Address = setting(
        database(SQLITE, POSTGRES),
        "Where graphs lie: `sqlite`, a file each in the data folder; a PostgreSQL database, as"
        " `postgresql://user:password@host:5432/database` (the password is shown nowhere); or `postgres`, the database"
        " that the settings below name.",
        Address(SQLITE), shown=SQLITE,
    )  # fmt: skip
    engine: str = setting(
        choice(NATIVE, LIGHTRAG),
        "What answers from the graph of a project that is made from now on: `native`, or `lightrag`. A project keeps"
        " the one it was made with.",
        NATIVE,
    )  # fmt: skip
    postgres_host: str = setting(
        text, "Where the database is, with `store` set to `postgres`.", "localhost", aliases=("POSTGRES_HOST",)
    )
    postgres_port: int = setting(whole(1, 65535), "Its port.", 5432, aliases=("POSTGRES_PORT",))
    postgres_user: str = setting(text, "Who uses it.", "", shown="that of the system", aliases=("POSTGRES_USER",))
    postgres_password: Secret = setting(
        secret, "The password. It is shown nowhere.", Secret(), shown="none", aliases=("POSTGRES_PASSWORD",)
    )
    postgres_database: str = setting(
        text, "The name of the database.", "", shown="that of the user", aliases=("POSTGRES_DATABASE",)
    )

    @property
    def database(self) -> Secret:
        """The address of the database that graphs lie in; nothing when they lie in files."""
        given = self.store.reveal()
        if given == SQLITE:
            return Secret()
        if given != POSTGRES:
            return self.store
        password = f":{quote(self.postgres_password.reveal(), safe='')}" if self.postgres_password else ""
        who = f"{quote(self.postgres_user, safe='')}{password}@" if self.postgres_user else ""
        host = quote(self.postgres_host, safe="[]:.")
        return Address(f"postgresql://{who}{host}:{self.postgres_port}/{quote(self.postgres_database, safe='')}")
