"""Jobs: what a server may index, one at a time a project, cancelled, resumed, and seen by every process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loomgraph import settings
from loomgraph.errors import (
    BadInput,
    FolderNotFound,
    Forbidden,
    IndexRefused,
    InvalidProjectName,
    LoomGraphError,
    ProjectTaken,
    UnknownJob,
    UnknownProject,
)  # fmt: skip
from loomgraph.service.job_book import Job, JobBook
from loomgraph.service.serving import LongService, serving
from loomgraph.workspaces.rights import READ, WRITE, Rights

Serve = Callable[..., LongService]


def given_to(tmp_path: Path, **more: str) -> dict[str, str]:
    roots = f"{tmp_path / 'code'}{os.pathsep}{tmp_path / 'more'}"
    return {
        "HOME": str(tmp_path), "LOOMGRAPH_DATA_DIR": str(tmp_path / "data"), "LOOMGRAPH_INDEX_ROOTS": roots,
        "LOOMGRAPH_INDEX_URLS": f"file://{tmp_path}/repos/", "LOOMGRAPH_JOBS": "1", **more,
    }  # fmt: skip


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """The folder that may be indexed, with two projects."""
    for name in ("one", "two"):
        (tmp_path / "code" / name).mkdir(parents=True)
        (tmp_path / "code" / name / "a.py").write_text("def f():\n    return g()\n\n\ndef g():\n    return 1\n")
    return tmp_path / "code"


@pytest.fixture
def service(tmp_path: Path, code: Path) -> Iterator[LongService]:
    with serving(settings.load(given_to(tmp_path))) as found:
        yield found


def ended(service: LongService, job: Job) -> Job:
    """A job when it has ended."""
    *_, last = service.job_events(job.id)
    assert last.over
    return last


def test_a_job_indexes_a_folder_and_tells_how_far_it_is(service: LongService, code: Path) -> None:
    job = service.start_index("one", path=str(code / "one"))
    assert job.state in ("queued", "running")
    seen = list(service.job_events(job.id))
    assert [one.revision for one in seen] == sorted({one.revision for one in seen})
    last = seen[-1]
    assert last.state == "done", last.error
    assert last.result is not None
    assert last.result["counts"]["symbols"] == 3
    assert last.started <= last.ended
    assert service.project("one").symbols == 3
    assert [one.id for one in service.jobs("one")] == [job.id]
    (code / "one" / "b.py").write_text("def h():\n    return 1\n")
    again = ended(service, service.start_index("one"))  # what it holds
    assert again.result is not None
    assert again.result["added"] == 1
    assert [one.id for one in service.jobs()] == [again.id, job.id]


def test_a_server_without_jobs_writes_nothing(service: LongService, tmp_path: Path) -> None:
    service.run_jobs()
    time.sleep(0.1)
    assert service.jobs() == []
    assert not (tmp_path / "data").exists()


def test_relative_paths_need_one_root(service: LongService, tmp_path: Path, code: Path) -> None:
    with pytest.raises(BadInput, match="whole path"):
        service.allowed_folder("one")
    with serving(settings.load(given_to(tmp_path, LOOMGRAPH_INDEX_ROOTS=str(code)))) as other:
        assert other.allowed_folder("one") == str(code / "one")
        for path in ("../data", "one/../../data", "/etc", "../code2"):
            with pytest.raises(IndexRefused):
                other.allowed_folder(path)


def test_what_lies_outside_the_roots_is_refused(service: LongService, tmp_path: Path, code: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "code2").mkdir()
    (code / "way-out").symlink_to(tmp_path / "secret")
    (code / "data").symlink_to(tmp_path / "data")
    outside = ("/", "/etc", str(tmp_path), str(tmp_path / "secret"), str(tmp_path / "code2"), f"{code}/../secret",
               str(tmp_path / "not-there"), f"{code}/way-out", f"{code}/data", f"{code}/one/../../data")  # fmt: skip
    for path in outside:
        with pytest.raises(IndexRefused):
            service.start_index("p", path=path)
    for path in ("\0", "one\0two"):
        with pytest.raises(BadInput):
            service.start_index("p", path=path)
    with pytest.raises(FolderNotFound):
        service.start_index("p", path=str(code / "nothing"))
    with pytest.raises(InvalidProjectName):
        service.start_index("../p", path=str(code / "one"))
    assert service.jobs() == []
    assert service.projects() == []


def test_links_in_a_tree_that_lead_outside_are_not_followed(service: LongService, tmp_path: Path, code: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key.py").write_text("def hidden_secret():\n    pass\n")
    (code / "one" / "folder").symlink_to(tmp_path / "secret")
    (code / "one" / "file.py").symlink_to(tmp_path / "secret" / "key.py")
    assert ended(service, service.start_index("one", path=str(code / "one"))).state == "done"
    assert service.find("hidden_secret", project="one").symbols == ()
    assert service.project("one").files == 1


def test_another_folder_does_not_replace_what_a_project_holds(service: LongService, code: Path) -> None:
    ended(service, service.start_index("one", path=str(code / "one")))
    with pytest.raises(ProjectTaken):
        service.start_index("one", path=str(code / "two"))
    with pytest.raises(BadInput, match="which to index"):
        service.start_index("new")
    with pytest.raises(BadInput, match="not both"):
        service.start_index("one", path=str(code / "one"), url="file:///x")


def test_a_job_that_fails_says_why_and_leaves_nothing(service: LongService, code: Path) -> None:
    (code / "empty").mkdir()
    job = ended(service, service.start_index("empty", path=str(code / "empty")))
    assert job.state == "failed"
    assert job.error is not None
    assert job.error["code"] == "nothing_to_index"
    assert service.projects() == []
    (code / "empty" / "a.py").write_text("x = 1\n")
    assert ended(service, service.resume_job(job.id)).state == "done"


def test_rights(service: LongService, code: Path) -> None:
    ended(service, service.start_index("one", path=str(code / "one")))
    reader, writer = service.seen_by(Rights(grants={"one": READ})), service.seen_by(Rights(grants={"one": WRITE}))
    stranger = service.seen_by(Rights(grants={"two": WRITE}))
    (job,) = reader.jobs()
    assert stranger.jobs() == []
    with pytest.raises(UnknownJob):
        stranger.job(job.id)
    with pytest.raises(UnknownProject):
        stranger.start_index("one")
    for refused in (reader, writer):
        with pytest.raises(Forbidden):
            refused.start_index("one", path=str(code / "one"))
    with pytest.raises(Forbidden):
        reader.start_index("one")
    with pytest.raises(Forbidden):
        reader.cancel_job(job.id)
    assert ended(service, writer.start_index("one")).state == "done"
    for unknown in ("", "../x", "0" * 20):
        with pytest.raises(UnknownJob):
            service.job(unknown)


# -- repositories -------------------------------------------------------------------------------------------------


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *who, "-C", str(folder), *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repos" / "shop"
    folder.mkdir(parents=True)
    git(folder, "init", "-q")
    (folder / "a.py").write_text("def f():\n    return 1\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    return folder


def test_a_repository_is_fetched_and_indexed_and_again(service: LongService, tmp_path: Path, repository: Path) -> None:
    job = ended(service, service.start_index("shop", url=f"file://{repository}"))
    assert job.state == "done", job.error
    assert service.project("shop").symbols == 2
    (repository / "a.py").write_text("def f():\n    return 1\n\n\ndef g():\n    return f()\n")
    git(repository, "commit", "-qam", "two")
    git(repository, "branch", "old", "HEAD~1")
    again = ended(service, service.start_index("shop"))
    assert again.state == "done", again.error
    assert service.project("shop").symbols == 3
    assert ended(service, service.start_index("shop", url=f"file://{repository}", ref="old")).state == "done"
    assert service.project("shop").symbols == 2
    failed = ended(service, service.start_index("shop", ref="nowhere"))
    assert failed.error is not None
    assert failed.error["code"] == "checkout_failed"
    assert service.project("shop").symbols == 2
    assert len(os.listdir(tmp_path / "data" / ".checkouts")) == 1
    service.delete_project("shop")
    service.sweep_checkouts()
    assert os.listdir(tmp_path / "data" / ".checkouts") == []


def test_nothing_of_a_repository_is_run(service: LongService, tmp_path: Path, repository: Path) -> None:
    done = tmp_path / "done"
    hooks = repository / ".git" / "hooks"
    for name in ("post-checkout", "post-merge", "reference-transaction", "pre-auto-gc"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {done}\n")
        (hooks / name).chmod(0o755)
    (repository / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    (repository / "way-out").symlink_to(tmp_path)
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "links", "--no-verify")
    done.unlink(missing_ok=True)
    assert ended(service, service.start_index("shop", url=f"file://{repository}")).state == "done"
    assert not done.exists()
    assert service.project("shop").files == 1


@pytest.mark.parametrize("url", [
    "https://github.com/x/y", "file:///etc", "ext::sh -c id", "ext::sh", "--upload-pack=x", "/etc", "git@host:x",
    "file://{repos}/../secret", "file://{repos}/%2e%2e/secret", "file://{repos}x/y", "https://u:p@host/x", "ftp://a/b",
    "file://{repos}/x\n", "file://{repos}/ü", "", "http://", "https://token@host/x", "file://{repos}/shop?x#y",
])  # fmt: skip
def test_other_addresses_are_refused(service: LongService, tmp_path: Path, url: str) -> None:
    with pytest.raises(LoomGraphError) as refused:
        service.start_index("p", url=url.replace("{repos}", f"{tmp_path}/repos"))
    assert refused.value.code in ("index_refused", "bad_input")
    assert "p@" not in str(refused.value)
    assert service.jobs() == []


@pytest.mark.parametrize("ref", ["-x", "--upload-pack=x", "a b", "a..b", "a\0", "$(x)", "x.lock", "x/", "../x"])
def test_odd_references_are_refused(service: LongService, tmp_path: Path, ref: str) -> None:
    with pytest.raises(BadInput):
        service.start_index("p", url=f"file://{tmp_path}/repos/x", ref=ref)


# -- several jobs, several processes ------------------------------------------------------------------------------


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def blocked(service: LongService, name: str) -> Job:
    """A job that waits for the lock of its project, which the caller holds."""
    job = service.start_index(name)
    wait_for(lambda: service.job(job.id).phase or service.job(job.id).state == "running")
    return job


def test_one_at_a_time_cancelled_at_any_point(service: LongService, tmp_path: Path, code: Path) -> None:
    from loomgraph.indexing.lock import exclusive

    for name in ("one", "two"):
        ended(service, service.start_index(name, path=str(code / name)))
    before = service.project("one")
    (code / "one" / "b.py").write_text("def h():\n    return 1\n")
    with exclusive(tmp_path / "data" / "one" / "update.lock"):
        running = blocked(service, "one")
        same, other = service.start_index("one"), service.start_index("two")
        assert service.start_index("one").id == same.id  # one just like it waits already
        assert {service.job(one.id).state for one in (same, other)} == {"queued"}
        assert service.cancel_job(same.id).state == "cancelled"
        service.cancel_job(running.id)
        assert ended(service, running).state == "cancelled"
        assert ended(service, other).state == "done"
    assert service.cancel_job(running.id).state == "cancelled"  # nothing more happens to it
    assert service.project("one").symbols == before.symbols
    assert ended(service, service.resume_job(running.id)).state == "done"
    assert service.project("one").symbols == before.symbols + 2


def test_a_job_may_take_too_long(tmp_path: Path, code: Path) -> None:
    from loomgraph.indexing.lock import exclusive

    with serving(settings.load(given_to(tmp_path, LOOMGRAPH_INDEX_SECONDS="1"))) as service:
        (tmp_path / "data" / "one").mkdir(parents=True)
        with exclusive(tmp_path / "data" / ".projects.lock"):  # nobody can make a project
            job = ended(service, service.start_index("one", path=str(code / "one")))
    assert job.state == "failed"
    assert job.error is not None
    assert job.error["code"] == "job_too_long"


SERVER = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    from loomgraph import settings
    from loomgraph.service.serving import open_service
    service = open_service(settings.load(dict(pair.split("=", 1) for pair in sys.argv[2:])))
    service.run_jobs()
    if sys.argv[1]:
        print(service.start_index("one", path=sys.argv[1]).id, flush=True)
    sys.stdin.readline()
    service.close()
    """
)


def server(tmp_path: Path, path: str) -> subprocess.Popen[str]:
    """Another server process on the same data folder."""
    pairs = [f"{name}={value}" for name, value in given_to(tmp_path).items()]
    return subprocess.Popen(
        [sys.executable, "-c", SERVER, path, *pairs], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def children(pid: int) -> list[int]:
    """The processes that a process has started, where the system tells."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in lists for child in path.read_text().split()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_jobs_of_a_server_that_goes_down_go_on_and_those_of_a_killed_one_are_interrupted(
    tmp_path: Path, code: Path
) -> None:
    from loomgraph.indexing.lock import exclusive

    book = JobBook(tmp_path / "data")
    with server(tmp_path, "") as other:  # makes the project, so that its lock can be held
        job_id = ""
        with server(tmp_path, str(code / "one")) as first:
            assert first.stdout is not None
            job_id = first.stdout.readline().strip()
            wait_for(lambda: book.get(job_id).over)
            first.communicate("\n", timeout=60)
        other.communicate("\n", timeout=60)
    assert book.get(job_id).state == "done"
    with exclusive(tmp_path / "data" / "one" / "update.lock"):
        with server(tmp_path, str(code / "one")) as gentle:
            assert gentle.stdout is not None
            job_id = gentle.stdout.readline().strip()
            wait_for(lambda: book.get(job_id).state == "running")
            gentle.communicate("\n", timeout=60)
        assert book.get(job_id).state == "queued"
        with server(tmp_path, "") as killed:
            wait_for(lambda: book.get(job_id).state == "running")
            if Path("/proc/self/task").exists():
                wait_for(lambda: children(killed.pid))
            left = children(killed.pid)
            killed.send_signal(signal.SIGKILL)
            wait_for(lambda: not any(map(alive, left)))  # what it had started does not outlive it
        assert book.get(job_id).state == "interrupted"
    with serving(settings.load(given_to(tmp_path))) as service:
        assert ended(service, service.resume_job(job_id)).state == "done"
