"""Repositories that a server fetches to index: which it may, and how git is kept from doing more than that.

git runs without hooks, templates, prompts, submodules and filters, follows no redirect, and speaks only the protocol
of an address that the settings allow. Addresses with passwords are refused: they would be kept. This module must not
know jobs.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from loomgraph.errors import BadInput, CheckoutFailed, IndexRefused

_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]{0,199}")
_SCP = re.compile(r"(?:[A-Za-z0-9._-]+@)?[A-Za-z0-9.-]+:[^:\s]+")
_PROTOCOLS = ("https", "http", "ssh", "git", "file")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")
_SAFE = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.askPass=", "submodule.recurse=false", "gc.auto=0",
    "http.followRedirects=false", "http.lowSpeedLimit=1000", "http.lowSpeedTime=30", "protocol.allow=never",
    "filter.lfs.smudge=", "filter.lfs.process=", "filter.lfs.required=false", "advice.detachedHead=false",
)  # fmt: skip


def check_url(url: str, allowed: Sequence[str]) -> str:
    """``url`` itself when the settings allow it; raises ``IndexRefused``, or ``BadInput`` when it is none."""
    if not url.isprintable() or not url.isascii() or " " in url or url.startswith("-") or len(url) > 2000:
        raise BadInput(reason="This is not the address of a git repository.")
    try:
        protocol_of(url)
        password = "://" in url and urlsplit(url).password is not None
    except ValueError:
        raise BadInput(reason="This is not the address of a git repository.") from None
    if password or (url.startswith("http") and "@" in url):
        raise BadInput(
            reason="An address with a password would be kept and shown. Give the server's user the credentials: a git"
            " credential helper, or an ssh key."
        )
    if ".." in re.split(r"[/\\:]", url) or "%2e" in url.lower() or "?" in url or "#" in url:
        raise IndexRefused(what=url, setting="index_urls")
    if not any(_begins(url, prefix) for prefix in allowed):
        raise IndexRefused(what=url, setting="index_urls")
    return url


def _begins(url: str, prefix: str) -> bool:
    """Whether ``url`` lies below ``prefix``: a name that only begins alike does not."""
    rest = url.removeprefix(prefix)
    return bool(prefix) and url.startswith(prefix) and (prefix[-1] in "/:" or rest[:1] in ("", "/") or rest == ".git")


def check_ref(ref: str) -> str:
    """A branch, a tag or a commit; "" is the repository's own default."""
    if ref and (not _REF.fullmatch(ref) or ".." in ref or ref.endswith((".lock", "/"))):
        raise BadInput(reason="This is not the name of a branch, a tag or a commit.")
    return ref


def protocol_of(url: str) -> str:
    """The protocol that git uses for an address; raises ``ValueError``."""
    if "://" in url:
        found = urlsplit(url).scheme
        if found not in _PROTOCOLS or (found != "file" and not urlsplit(url).hostname):
            raise ValueError(url)
        return found
    if _SCP.fullmatch(url):
        return "ssh"
    raise ValueError(url)


def fetch(folder: Path, url: str, ref: str) -> None:
    """Make ``folder`` hold what a repository holds now, and nothing else; raises ``CheckoutFailed``."""
    protocol = protocol_of(url)
    if not (folder / ".git").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        _git(folder, url, protocol, "init", "--quiet", "--template=")
    _git(
        folder, url, protocol, "fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--force",
        "--end-of-options", url, ref or "HEAD",
    )  # fmt: skip
    _git(folder, url, protocol, "reset", "--quiet", "--hard", "FETCH_HEAD")
    _git(folder, url, protocol, "clean", "--quiet", "-ffdx")


def _git(folder: Path, url: str, protocol: str, *arguments: str) -> None:
    options = [part for value in (*_SAFE, f"protocol.{protocol}.allow=always") for part in ("-c", value)]
    try:
        done = subprocess.run(
            ["git", *options, "-C", os.fspath(folder), *arguments],
            capture_output=True, stdin=subprocess.DEVNULL, env=_environment(), check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise CheckoutFailed(url=url, reason="git is not installed") from None
    if done.returncode:
        said = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
        reason = said[0] if said else f"git exited with {done.returncode}"
        raise CheckoutFailed(url=url, reason=_CREDENTIALS.sub("", reason.removeprefix("fatal: ")))


def _environment() -> dict[str, str]:
    """This process's environment, without what would point git elsewhere or make it ask somebody."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name == "GIT_SSH"}
    kept.pop("SSH_ASKPASS", None)
    return kept | {
        "GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1", "LC_ALL": "C",
        "GIT_SSH_COMMAND": os.environ.get("GIT_SSH_COMMAND", "ssh -oBatchMode=yes"),
    }  # fmt: skip
