"""Whether all of a deployment is well: its processes, what they share, the proxy before them.

What is not well is a finding here, never an error. This module must not know who reads the findings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit, urlunsplit

from loomgraph.deploy import dotenv, running
from loomgraph.deploy.asking import Answer, ask
from loomgraph.deploy.plan import Deployment, Instance

_SECONDS = 5.0
_MODELS = (
    ("embedding", "the embedding server", "EMBEDDING_BINDING_API_KEY"),
    ("llm", "the LLM", "LLM_BINDING_API_KEY"),
)


@dataclass(frozen=True, slots=True)
class Check:
    """One finding: what was looked at, where, whether it is well, what else to know, and how long it took."""

    name: str
    address: str
    good: bool
    detail: str
    ms: float = 0.0


def checks(deployment: Deployment, names: Sequence[str] = (), *, through_proxy: bool = False) -> list[Check]:
    """A finding for each process (of these names), each server that they share, and the proxy."""
    wanted = [one for one in deployment.processes if not names or one.name in names]
    looks: list[Callable[[], Check]] = [partial(_process, deployment, one) for one in wanted]
    looks += [partial(_model, deployment, *one) for one in _MODELS if getattr(deployment, one[0]).ready]
    if through_proxy or deployment.profile == "production":
        looks.append(partial(_proxy, deployment))
    if through_proxy:
        behind = [one for one in deployment.instances if not names or one.name in names]
        looks += [partial(_through, deployment, one) for one in behind]
    with ThreadPoolExecutor(max(1, len(looks))) as pool:
        return list(pool.map(lambda look: look(), looks))


def _process(deployment: Deployment, instance: Instance) -> Check:
    now = running.state(deployment, instance)
    address = deployment.address(instance)
    if now.condition == "healthy":
        return Check(instance.name, address, True, f"pid {now.pid}")
    words = [now.condition, now.note, f"last error: {now.error}" if now.error else ""]
    return Check(instance.name, address, False, "; ".join(filter(None, words)))


def _model(deployment: Deployment, group: str, name: str, key: str) -> Check:
    url = getattr(deployment, group).url.rstrip("/")
    first = deployment.processes[:1]
    token = dotenv.read_file(first[0].env_file).get(key, "") if first else ""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = ask(f"{url}/models", _SECONDS, headers)
    if answer.status in (404, 405):  # servers of embeddings alone have no list of models
        answer = ask(_root(url) + "/health", _SECONDS, headers)
    return _checked(name, url, answer)


def _root(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, "", "", ""))


def _proxy(deployment: Deployment) -> Check:
    first = next(iter(deployment.processes), None)
    if first is None:
        return Check("the proxy", "", True, "nothing stands behind it")
    address = deployment.outside_address(first)
    answer = ask(f"{address}/health", _SECONDS)
    if answer.status:
        return Check("the proxy", address, True, f"answers with {answer.status}", _ms(answer))
    return _checked("the proxy", address, answer)


def _through(deployment: Deployment, instance: Instance) -> Check:
    address = deployment.outside_address(instance)
    alone = deployment.runs_alone(instance)
    base = address if alone else address.removesuffix(f"/p/{instance.name}")
    return _checked(f"{instance.name} through the proxy", address, ask(f"{base}/health", _SECONDS))


def _checked(name: str, address: str, answer: Answer) -> Check:
    return Check(name, address, answer.good, answer.problem or "answers", _ms(answer))


def _ms(answer: Answer) -> float:
    return round(answer.seconds * 1000, 1)
