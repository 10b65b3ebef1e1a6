"""Plans for tests: one of each layout, on a folder that nobody has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from loomgraph.deploy.plan import Deployment, Embedding, Engine, Instance, Kind, Llm, Proxy, Run, Storage

FOLDER = Path("/srv/graphs")
EXTRA = {"chat_template_kwargs": {"enable_thinking": False}, "note": "it's #1 {of} $2"}


def projects(folder: Path, *named: tuple[str, Kind, Engine], alone: bool = True) -> tuple[Instance, ...]:
    """Projects with ports in their order."""
    found = [Instance(name, kind, engine, 0, 0, folder / name) for name, kind, engine in named]
    return tuple(
        replace(one, port=9631 + place, outside=3011 + place) if alone or one.kind == "lightrag" else one
        for place, one in enumerate(found)
    )


def instances(folder: Path = FOLDER) -> Deployment:
    """A process for each of three projects, on files."""
    named = projects(
        folder, ("shop", "loomgraph", "native"), ("bank-2", "loomgraph", "lightrag"), ("legacy", "lightrag", "lightrag")
    )
    return Deployment(
        folder,
        llm=Llm(model="glm-4.7", max_tokens=4096, extra_body=EXTRA),
        embedding=Embedding("openai", "jina-code", dim=768, max_tokens=8192),
        run=Run("/opt/loomgraph/bin/loomgraph", "/opt/lightrag/bin/python", user="graphs"),
        environment={"COSINE_THRESHOLD": "0.3"},
        instances=(replace(named[0], environment={"TOP_K": "60"}), *named[1:]),
    )


def server(folder: Path = FOLDER) -> Deployment:
    """One server for two projects, LightRAG's own beside it, on PostgreSQL, open to a network over TLS."""
    named = projects(
        folder, ("shop", "loomgraph", "native"), ("bank", "loomgraph", "native"), ("legacy", "lightrag", "lightrag"),
        alone=False,
    )  # fmt: skip
    return replace(
        instances(folder),
        name="acme",
        profile="production",
        layout="server",
        storage=Storage("postgres", host="db.example.org", user="graphs", database="graphs"),
        proxy=Proxy(
            "0.0.0.0", "graphs.example.org", "/etc/ssl/my certs/graphs.pem", "/etc/ssl/graphs.key", ("10.0.0.0/8",)
        ),
        run=replace(instances(folder).run, workers=4),
        environment={},
        instances=named,
    )
