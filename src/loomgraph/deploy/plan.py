"""A deployment: its projects, what runs for them, what they share. Frozen data, made from ``deployment.toml``.

All that is generated, started or checked is a function of a ``Deployment``. This module must not know how the file is
written (``planfile``), what is made of it, or how processes are run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

Profile = Literal["development", "production"]
Layout = Literal["instances", "server"]
Kind = Literal["loomgraph", "lightrag"]
Engine = Literal["native", "lightrag"]
StoreName = Literal["files", "postgres"]

PROFILES: tuple[str, ...] = get_args(Profile)
LAYOUTS: tuple[str, ...] = get_args(Layout)
KINDS: tuple[str, ...] = get_args(Kind)
ENGINES: tuple[str, ...] = get_args(Engine)

PLAN_FILE = "deployment.toml"
SECRETS_FILE = "secrets.env"  # in the deployment's folder for all, in a project's folder for that one; never generated
DEFAULT_PROJECT = "default"  # the project of requests that name none: it has ports of its own
# LightRAG's own server as it is, run by the interpreter that has it, but fetching nothing.
LIGHTRAG_START = Path(__file__).with_name("lightrag_start.py")
# Folders of the deployment itself. No project's name begins with a `_`.
SERVER_FOLDER = "_server"
NGINX_FOLDER = "_nginx"
SYSTEMD_FOLDER = "_systemd"
DOCKER_FOLDER = "_docker"
SERVER = "_server"  # how the process of the layout `server` is called among those that run


@dataclass(frozen=True, slots=True)
class Ports:
    """Where instances listen (``inside``, on ``host``) and where the proxy does for each (``outside``): first and last
    of what is planned from, and the pair of the project ``default`` or of the one server."""

    host: str = "127.0.0.1"
    inside: tuple[int, int] = (9631, 9999)
    outside: tuple[int, int] = (3011, 3999)
    default_inside: int = 9621
    default_outside: int = 3001


@dataclass(frozen=True, slots=True)
class Llm:
    """The language model that all share; none when ``model`` is empty. ``outside`` is its port at the proxy, 0 when
    it is not proxied. Its key is a secret."""

    binding: str = "openai"
    model: str = ""
    url: str = "http://127.0.0.1:3000/v1"
    outside: int = 0
    max_tokens: int = 0
    extra_body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        """Whether there is one."""
        return bool(self.model) and self.binding != "none"

    @property
    def port(self) -> int:
        """Where it listens."""
        return port_of(self.url)


@dataclass(frozen=True, slots=True)
class Embedding:
    """What gives vectors: ``static`` is built into LoomGraph; else a server that all share."""

    binding: str = "static"
    model: str = ""
    url: str = "http://127.0.0.1:9624/v1"
    outside: int = 3002
    dim: int = 0
    max_tokens: int = 0

    @property
    def ready(self) -> bool:
        """Whether there is a server."""
        return self.binding not in ("static", "none")

    @property
    def port(self) -> int:
        """Where it listens."""
        return port_of(self.url)


@dataclass(frozen=True, slots=True)
class Storage:
    """Where graphs lie: in files of each project, or in one PostgreSQL, whose password is a secret.

    ``kv``, ``vector``, ``graph``, ``doc_status`` are LightRAG's names of storages; where one is empty it follows from
    ``store``.
    """

    store: StoreName = "files"
    host: str = "127.0.0.1"
    port: int = 5432
    user: str = "loomgraph"
    database: str = "loomgraph"
    kv: str = ""
    vector: str = ""
    graph: str = ""
    doc_status: str = ""


@dataclass(frozen=True, slots=True)
class Proxy:
    """How nginx stands before all: where it listens, what it lets through. ``rate`` is requests a second of one
    address, ``connections`` its connections at a time; 0 is no limit."""

    listen: str = "127.0.0.1"
    server_name: str = "_"
    tls_certificate: str = ""
    tls_key: str = ""
    allow: tuple[str, ...] = ()
    rate: int = 50
    burst: int = 200
    connections: int = 100
    max_body: str = "200M"
    read_timeout: int = 300
    nginx: str = "nginx"


@dataclass(frozen=True, slots=True)
class Run:
    """How processes are started: programs, as whom under systemd, when and how often again, where logs are cut."""

    program: str = "loomgraph"
    lightrag_python: str = "python3"
    user: str = ""
    group: str = ""
    workers: int = 1
    log_level: str = "info"
    log_bytes: int = 10_000_000
    log_backups: int = 5
    stop_seconds: int = 35  # the server lets requests under way end for 30


@dataclass(frozen=True, slots=True)
class Instance:
    """A project of a deployment. ``port`` is where its process listens, ``outside`` where the proxy does for it; both
    0 when it has no process of its own."""

    name: str
    kind: Kind
    engine: Engine
    port: int
    outside: int
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def env_file(self) -> Path:
        """The settings of its process."""
        return self.folder / ".env"

    @property
    def data(self) -> Path:
        """Where its graph lies, in files."""
        return self.folder / "rag_storage"

    @property
    def inputs(self) -> Path:
        """Where files to read are put."""
        return self.folder / "inputs"

    @property
    def log_file(self) -> Path:
        """What its process says."""
        return self.folder / f"{self.name.lstrip('_')}.log"

    @property
    def pid_file(self) -> Path:
        """Which process it is."""
        return self.folder / f"{self.name.lstrip('_')}.pid"


@dataclass(frozen=True, slots=True)
class Deployment:
    """A folder with projects, and what serves them.

    In the layout ``instances`` every project has a process; in ``server`` one server has all projects of the kind
    ``loomgraph``, and those of the kind ``lightrag`` keep a process each.
    """

    folder: Path
    name: str = "loomgraph"
    profile: Profile = "development"
    layout: Layout = "instances"
    ports: Ports = field(default_factory=Ports)
    llm: Llm = field(default_factory=Llm)
    embedding: Embedding = field(default_factory=Embedding)
    storage: Storage = field(default_factory=Storage)
    proxy: Proxy = field(default_factory=Proxy)
    run: Run = field(default_factory=Run)
    environment: Mapping[str, str] = field(default_factory=dict)
    instances: tuple[Instance, ...] = ()

    @property
    def plan_file(self) -> Path:
        """The file that is the only source."""
        return self.folder / PLAN_FILE

    @property
    def server(self) -> Instance | None:
        """The process that serves all projects of the kind ``loomgraph``, in the layout ``server``."""
        if self.layout != "server":
            return None
        ports = self.ports
        return Instance(
            SERVER, "loomgraph", "native", ports.default_inside, ports.default_outside, self.folder / SERVER_FOLDER
        )

    def runs_alone(self, instance: Instance) -> bool:
        """Whether the project has a process of its own."""
        return self.layout == "instances" or instance.kind == "lightrag"

    @property
    def processes(self) -> tuple[Instance, ...]:
        """All that is started: the one server first, then projects with a process of their own, in order of ports."""
        alone = sorted((one for one in self.instances if self.runs_alone(one)), key=lambda one: (one.port, one.name))
        return (*([self.server] if self.server else []), *alone)

    def instance(self, name: str) -> Instance | None:
        """The project of that name."""
        return next((one for one in self.instances if one.name == name), None)

    def process(self, name: str) -> Instance | None:
        """What is started under that name."""
        return next((one for one in self.processes if one.name == name), None)

    def command(self, process: Instance) -> tuple[str, ...]:
        """How a process of :attr:`processes` is started, in its folder, with the settings of its ``env_file``."""
        if process.kind == "lightrag":
            return self.run.lightrag_python, str(LIGHTRAG_START)
        alone = () if process.name == SERVER else ("--project", process.name)
        return self.run.program, "serve", *alone, "--log-level", self.run.log_level

    def address(self, process: Instance) -> str:
        """Where a process answers on this machine."""
        return f"http://{at(self.ports.host)}:{process.port}"

    def outside_address(self, instance: Instance) -> str:
        """Where the proxy answers for a project."""
        if self.runs_alone(instance) or instance.name == SERVER:
            return self.proxied(instance.outside)
        return f"{self.proxied(self.ports.default_outside)}/p/{instance.name}"

    def proxied(self, port: int) -> str:
        """The address of a port of the proxy."""
        proxy = self.proxy
        scheme = "https" if proxy.tls_certificate else "http"
        name = proxy.server_name if proxy.server_name != "_" else at(reachable(proxy.listen))
        return f"{scheme}://{name}:{port}"

    def taken(self) -> Iterator[tuple[int, str]]:
        """Every port of the plan, with whose it is; a port named twice is a clash."""
        for shared, what in ((self.llm, "the LLM"), (self.embedding, "the embedding server")):
            if urlsplit(shared.url).hostname in _HERE:
                yield shared.port, what
            if shared.outside:
                yield shared.outside, f"{what} at the proxy"
        if self.layout == "instances" and not self.instance(DEFAULT_PROJECT):
            yield self.ports.default_inside, f"the project {DEFAULT_PROJECT}"
            yield self.ports.default_outside, f"the project {DEFAULT_PROJECT} at the proxy"
        for one in self.processes:
            what = "the server" if one.name == SERVER else one.name
            yield one.port, what
            yield one.outside, f"{what} at the proxy"


_HERE = ("127.0.0.1", "localhost", "::1", "0.0.0.0")


def port_of(url: str) -> int:
    """The port of an address."""
    parts = urlsplit(url)
    return parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)


def at(host: str) -> str:
    """A host as it stands in an address."""
    return f"[{host}]" if ":" in host else host


def reachable(listen: str) -> str:
    """Where on this machine one reaches what listens there."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "*": "127.0.0.1"}.get(listen, listen)
