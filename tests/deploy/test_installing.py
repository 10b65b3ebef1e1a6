"""What nginx and systemd say of the files that are generated for them, where they are installed."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import shutil
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loomgraph.deploy import files, installing, writing
from loomgraph.deploy.plan import Deployment, Ports, Proxy
from loomgraph.errors import DeployError, ProxyRefused
from tests.deploy import planned
from tests.ports import free_ports

needs_nginx = pytest.mark.skipif(not installing._find("nginx"), reason="nginx is not installed")
needs_systemd = pytest.mark.skipif(not installing._find("systemd-analyze"), reason="systemd-analyze is not installed")


def on_free_ports(deployment: Deployment) -> Deployment:
    """The same plan on ports that nobody has; its programs are there."""
    found = free_ports(2 * len(deployment.instances) + 3)
    instances = [replace(one, port=found.pop(), outside=found.pop()) for one in deployment.instances]
    ports = Ports(default_inside=found.pop(), default_outside=found.pop())
    run = replace(deployment.run, program="/bin/true", lightrag_python="/bin/true")
    embedding = replace(deployment.embedding, outside=found.pop())
    return replace(deployment, ports=ports, run=run, embedding=embedding, instances=tuple(instances))


def written(deployment: Deployment) -> Deployment:
    """The deployment, with all its files."""
    deployment.folder.mkdir(parents=True, exist_ok=True)
    for folder in files.folders(deployment):
        writing.make_folder(folder)
    writing.write(deployment.folder, files.texts(deployment))
    return deployment


def with_certificate(deployment: Deployment) -> Deployment:
    """The deployment, with a certificate of its own where it wants one."""
    if not deployment.proxy.tls_certificate or not shutil.which("openssl"):
        return replace(deployment, proxy=replace(deployment.proxy, tls_certificate="", tls_key=""))
    deployment.folder.mkdir(parents=True, exist_ok=True)
    certificate, key = deployment.folder.parent / 'my "own" x.pem', deployment.folder.parent / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=graphs"]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return replace(deployment, proxy=replace(deployment.proxy, tls_certificate=str(certificate), tls_key=str(key)))


@needs_nginx
@pytest.mark.parametrize("plan", [planned.instances, planned.server])
@pytest.mark.parametrize("folder", ["plain", "my $x %h 'projects'"])
def test_nginx_takes_the_configuration(tmp_path: Path, plan: Any, folder: str) -> None:
    deployment = written(on_free_ports(with_certificate(plan(tmp_path / folder))))
    assert installing.check_nginx(deployment).ok


@needs_nginx
def test_limits_may_be_left_out(tmp_path: Path) -> None:
    free = Proxy("::1", rate=0, connections=0, max_body="1g")
    deployment = written(on_free_ports(replace(planned.instances(tmp_path / "free"), proxy=free)))
    assert "limit_" not in (deployment.folder / "_nginx" / "site.conf").read_text()
    assert installing.check_nginx(deployment).ok


@needs_nginx
def test_what_nginx_refuses_is_said(tmp_path: Path) -> None:
    deployment = written(on_free_ports(planned.instances(tmp_path / "graphs")))
    (deployment.folder / "_nginx" / "site.conf").write_text("listn 1;\n")
    with pytest.raises(ProxyRefused, match="listn"):
        installing.check_nginx(deployment)


def test_without_nginx_nothing_is_claimed(tmp_path: Path) -> None:
    deployment = replace(Deployment(tmp_path), proxy=Proxy(nginx="no-such-program"))
    assert installing.check_nginx(deployment).ok is None


@needs_systemd
@pytest.mark.parametrize("plan", [planned.instances, planned.server])
@pytest.mark.parametrize("folder", ["plain", "my $x %h projects"])
def test_systemd_takes_the_units(tmp_path: Path, plan: Any, folder: str) -> None:
    deployment = written(on_free_ports(plan(tmp_path / folder)))
    checked = installing.check_units(deployment)
    assert (checked.ok, checked.said) == (True, "")


@needs_systemd
def test_what_systemd_refuses_is_said(tmp_path: Path) -> None:
    deployment = written(on_free_ports(planned.instances(tmp_path)))
    unit = deployment.folder / "_systemd" / "loomgraph@.service"
    unit.write_text(unit.read_text().replace("ProtectClock=yes", "ProtectClock=perhaps"))
    checked = installing.check_units(deployment)
    assert checked.ok is False
    assert "perhaps" in checked.said


@needs_systemd
def test_units_are_little_exposed(tmp_path: Path) -> None:
    deployment = written(on_free_ports(planned.instances(tmp_path)))
    program = installing._find("systemd-analyze")
    units = [path for path in installing.unit_files(deployment) if path.suffix == ".service"]
    done = subprocess.run([str(program), "security", "--offline=true", "--threshold=20", *units], capture_output=True)
    assert len(units) == 2
    assert done.returncode == 0, done.stdout.decode()[-300:]


@needs_nginx
def test_the_steps_install_the_site(tmp_path: Path) -> None:
    """Into a folder of nginx's own shape, with a program in nginx's place that notes what it is asked to do."""
    noted = tmp_path / "noted"
    program = tmp_path / "nginx"
    program.write_text(f'#!/bin/sh\necho "$@" >> "{noted}"\n')
    program.chmod(0o755)
    deployment = written(on_free_ports(planned.instances(tmp_path / "graphs")))
    deployment = replace(deployment, proxy=replace(deployment.proxy, nginx=str(program)))
    site = (deployment.folder / "_nginx" / "site.conf").read_text()
    for kind in ("sites-available", "conf.d"):
        etc = tmp_path / f"etc-{kind}"
        for name in (kind, "sites-enabled"):
            (etc / name).mkdir(parents=True, exist_ok=True)
        installing.carry_out(installing.nginx_steps(deployment, etc))
        installing.carry_out(installing.nginx_steps(deployment, etc))
        enabled = etc / ("conf.d" if kind == "conf.d" else "sites-enabled") / "loomgraph.conf"
        assert enabled.read_text() == site
        assert noted.read_text().splitlines()[-2:] == [f"-t -c {etc}/nginx.conf", f"-s reload -c {etc}/nginx.conf"]


def test_a_step_that_fails_ends_the_rest(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="no-such-file"):
        installing.carry_out([("ls", "/no-such-file"), ("touch", str(tmp_path / "made"))])
    assert not (tmp_path / "made").exists()


@needs_nginx
@pytest.mark.parametrize(
    ("proxy", "answers"),
    [
        (Proxy(allow=("10.0.0.0/8",)), [403]),
        (Proxy(allow=("10.0.0.0/8", "127.0.0.1/32")), [200]),
        (Proxy(rate=1, burst=1), [200, 200, 429]),
        (Proxy(max_body="1k"), [200]),
    ],
)
def test_the_proxy_lets_through_what_it_should(tmp_path: Path, proxy: Proxy, answers: list[int]) -> None:
    deployment = written(on_free_ports(replace(planned.instances(tmp_path / "graphs"), proxy=proxy)))
    shop = deployment.instances[0]
    with echo(shop.port), nginx_for(deployment):
        found = [status(f"http://127.0.0.1:{shop.outside}/health") for _ in answers]
        large = status(f"http://127.0.0.1:{shop.outside}/health", b"x" * 2000)
        assert found == answers
        assert (large == 413) is (proxy.max_body == "1k")
        other = status(f"http://127.0.0.1:{deployment.instances[1].outside}/health")
        assert other == (502 if answers[-1] == 200 else answers[-1])  # one that does not answer is missed alone


@needs_nginx
def test_the_proxy_speaks_tls(tmp_path: Path) -> None:
    base = planned.instances(tmp_path / "graphs")
    wished = replace(base, proxy=Proxy(tls_certificate="/x", tls_key="/x", server_name="graphs"))
    deployment = written(on_free_ports(with_certificate(wished)))
    if not deployment.proxy.tls_certificate:
        pytest.skip("openssl is not installed")
    shop = deployment.instances[0]
    with echo(shop.port), nginx_for(deployment):
        trust = ssl.create_default_context(cafile=deployment.proxy.tls_certificate)
        trust.check_hostname = False
        with urllib.request.urlopen(f"https://127.0.0.1:{shop.outside}/x", context=trust) as answer:
            assert json.load(answer)["x-forwarded-proto"] == "https"
    assert deployment.outside_address(shop) == f"https://graphs:{shop.outside}"


def status(url: str, body: bytes | None = None) -> int:
    try:
        with urllib.request.urlopen(url, data=body) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


# -- one server for all, behind a real nginx ----------------------------------------------------------------------


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    def do_GET(self) -> None:
        said = {
            "path": self.path,
            "port": self.server.server_address[1],
            **{k.lower(): v for k, v in self.headers.items()},
        }
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextlib.contextmanager
def echo(port: int) -> Iterator[None]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Echo)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def nginx_for(deployment: Deployment) -> Iterator[None]:
    """nginx as `loomgraph deploy nginx` says to run it."""
    subprocess.run(installing.nginx_command(deployment), check=True, capture_output=True)
    pid = int((deployment.folder / "_nginx" / "nginx.pid").read_text())
    try:
        yield
    finally:
        subprocess.run(installing.nginx_command(deployment, "-s", "stop"), check=True, capture_output=True)
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.02)


@needs_nginx
def test_the_one_server_is_reached_by_path_and_by_header(tmp_path: Path) -> None:
    base = planned.server(tmp_path / "graphs")
    deployment = written(on_free_ports(replace(base, proxy=Proxy(rate=1000, burst=1000))))
    server, legacy = deployment.server, deployment.process("legacy")
    assert server
    assert legacy
    with echo(server.port), echo(legacy.port), nginx_for(deployment):

        def ask(path: str, project: str = "", port: int = server.outside) -> dict[str, Any]:
            headers = {"LIGHTRAG-WORKSPACE": project} if project else {}
            request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
            with urllib.request.urlopen(request) as answer:
                found = json.load(answer)
                assert isinstance(found, dict)
                return found

        found = ask("/p/shop/api/v1/x?q=a%2Fb&r=%20")
        assert (found["path"], found["lightrag-workspace"]) == ("/api/v1/x?q=a%2Fb&r=%20", "shop")
        assert found["x-forwarded-prefix"] == "/p/shop"
        assert (found["host"], found["x-real-ip"], found["x-forwarded-proto"]) == (
            f"127.0.0.1:{server.outside}", "127.0.0.1", "http",
        )  # fmt: skip
        assert ask("/p/shop/symbols/a%2Fb.py%3A%3Af")["path"] == "/symbols/a%2Fb.py%3A%3Af"
        assert ask("/p/shop")["path"] == "/"
        assert ask("/p/shop?x=1")["path"] == "/?x=1"
        assert ask("/p/shop/health", project="bank")["lightrag-workspace"] == "shop"
        assert ask("/p/shop/query/stream")["lightrag-workspace"] == "shop"
        assert ask("/health", project="bank")["lightrag-workspace"] == "bank"
        assert "lightrag-workspace" not in ask("/health")
        assert ask("/health")["port"] == server.port
        assert ask("/p/legacy/health")["port"] == legacy.port
        assert ask("/health", project="legacy")["port"] == legacy.port
        assert ask("/health", port=legacy.outside)["port"] == legacy.port
        for answer in (ask("/p/legacy/x"), ask("/x", "legacy"), ask("/x", "unknown", legacy.outside)):
            assert "lightrag-workspace" not in answer
        for odd in ("/p/", "/p/_server/x", "/x/../p/shop/health", "/p/%73hop/health"):
            assert status(f"http://127.0.0.1:{server.outside}{odd}") == 404
    assert not os.path.exists(deployment.folder / "_nginx" / "nginx.pid")
