"""The configuration of nginx: text from a ``Deployment``.

``site`` is what stands inside ``http { … }``: a server for each process, or one that routes ``/p/NAME/…`` and the
header LIGHTRAG-WORKSPACE. ``whole`` wraps it into a configuration that runs from its own folder, on high ports,
without root. This module must not know whether nginx is there (``proxying``).
"""

from __future__ import annotations

import shlex
from urllib.parse import urlsplit

from loomgraph.deploy.plan import GENERATED, NGINX_FOLDER, SERVER, Deployment, Instance, at, port_of

SITE = "site.conf"
WHOLE = "nginx.conf"
LOGROTATE = "logrotate.conf"
FOLDERS = ("logs", "temp")  # below the folder of the self-contained configuration

# Answers that come piece by piece: LightRAG's dialect, Ollama's, our own API, MCP.
_STREAMS = r"(query/stream|api/chat|api/generate|mcp|api/v1/projects/[^/]+/query/stream)/?$"
_NAME = "[A-Za-z0-9][A-Za-z0-9_-]{0,63}"


def logrotate(deployment: Deployment) -> str:
    """How logrotate keeps the logs of the self-contained nginx short; cron or a timer runs it."""
    folder = str(deployment.folder / NGINX_FOLDER).replace("\\", "\\\\").replace('"', '\\"')
    pid = shlex.quote(str(deployment.folder / NGINX_FOLDER / "nginx.pid"))
    return f"""\
{GENERATED}"{folder}/logs/*.log" {{
    size {deployment.run.log_bytes}
    rotate {deployment.run.log_backups}
    missingok
    notifempty
    sharedscripts
    postrotate
        if [ -s {pid} ]; then kill -USR1 "$(cat {pid})"; fi
    endscript
}}
"""


def whole(deployment: Deployment) -> str:
    """A configuration of its own: all that nginx writes lies beside it."""
    return f"""\
{GENERATED}# Run it from its own folder: `loomgraph deploy nginx` prints how.
pid nginx.pid;
error_log logs/error.log warn;
worker_processes auto;

events {{
    worker_connections 1024;
}}

http {{
    default_type application/octet-stream;
    access_log logs/access.log;
    client_body_temp_path temp/body;
    proxy_temp_path temp/proxy;
    fastcgi_temp_path temp/fastcgi;
    uwsgi_temp_path temp/uwsgi;
    scgi_temp_path temp/scgi;
    server_tokens off;
    keepalive_timeout 75s;

    include {SITE};
}}
"""


def site(deployment: Deployment) -> str:
    """The servers of a deployment, for inclusion in ``http``."""
    name = _symbol(deployment.name)
    proxy = deployment.proxy
    parts = [GENERATED]
    if proxy.rate:
        parts.append(f"limit_req_zone $binary_remote_addr zone={name}_rate:10m rate={proxy.rate}r/s;\n")
    if proxy.connections:
        parts.append(f"limit_conn_zone $binary_remote_addr zone={name}_connections:10m;\n")
    parts.append(f"\nmap $http_upgrade ${name}_connection {{\n    default upgrade;\n    '' '';\n}}\n")
    parts += [_upstream(_upstream_name(deployment, one), _address(deployment, one)) for one in deployment.processes]
    if deployment.server:
        parts.append(_routes(deployment, name))
    for one in deployment.processes:
        title = "All projects" if one.name == SERVER else one.name
        parts.append(_server(deployment, one.outside, title, _locations(deployment, one), _told(deployment, one)))
    parts += _shared(deployment)
    return "".join(parts)


def _symbol(text: str) -> str:
    """A part of a name of a zone, a variable or an upstream."""
    return text.replace("-", "_")


def _upstream_name(deployment: Deployment, process: Instance) -> str:
    # Names of projects hold `-` and `_`: they stay as they are, so that no two become one.
    return f"{deployment.name}-{process.name}"


def _address(deployment: Deployment, process: Instance) -> str:
    return f"{at(deployment.ports.host)}:{process.port}"


def _upstream(name: str, address: str) -> str:
    return f"\nupstream {name} {{\n    server {address};\n    keepalive 16;\n}}\n"


def _routes(deployment: Deployment, name: str) -> str:
    """What a request to the one server is for: by its path as the client wrote it, or by its header."""
    rows = [
        f"    {one.name} {_upstream_name(deployment, one)};\n"
        for one in deployment.processes
        if one.name != SERVER
    ]  # fmt: skip
    table = f"    default {deployment.name}-{SERVER};\n{''.join(rows)}"
    # LightRAG's server fails on a name that is not its own: to it, no name is told.
    unnamed = "".join(f"    {one.name} '';\n" for one in deployment.processes if one.kind == "lightrag")
    return f"""
# /p/NAME/rest → the project NAME and /rest, escapes as the client wrote them.
map $request_uri ${name}_project {{
    default '';
    "~^/p/(?<{name}_named>{_NAME})(?:[/?]|$)" ${name}_named;
}}
map $request_uri ${name}_rest {{
    default /;
    "~^/p/[^/?]+(?<{name}_tail>/.*)$" ${name}_tail;
    "~^/p/[^/?]+(?<{name}_query>\\?.*)$" /${name}_query;
}}
map ${name}_project ${name}_by_path {{
{table}}}
map $http_lightrag_workspace ${name}_by_header {{
{table}}}
map ${name}_project ${name}_told_by_path {{
    default ${name}_project;
{unnamed}}}
map $http_lightrag_workspace ${name}_told_by_header {{
    default $http_lightrag_workspace;
{unnamed}}}
"""


def _told(deployment: Deployment, process: Instance) -> str | None:
    """What the server behind is told of the project that is meant; None for what the client says."""
    if process.name == SERVER:
        return f"${_symbol(deployment.name)}_told_by_header"
    return "''" if process.kind == "lightrag" else None


def _server(deployment: Deployment, port: int, title: str, locations: str, told: str | None = None) -> str:
    proxy = deployment.proxy
    tls = ""
    if proxy.tls_certificate:
        tls = (
            f"    ssl_certificate {_text(proxy.tls_certificate)};\n    ssl_certificate_key {_text(proxy.tls_key)};\n"
            f"    ssl_protocols TLSv1.2 TLSv1.3;\n    ssl_session_cache shared:{_symbol(deployment.name)}_tls:10m;\n"
            "    ssl_session_timeout 1d;\n"
        )
    allow = "".join(f"    allow {one};\n" for one in proxy.allow) + ("    deny all;\n" if proxy.allow else "")
    connections = ""
    if proxy.connections:
        connections = (
            f"    limit_conn {_symbol(deployment.name)}_connections {proxy.connections};\n    limit_conn_status 429;\n"
        )
    return f"""
# {title}
server {{
    listen {at(proxy.listen)}:{port}{" ssl" if tls else ""};
    server_name {proxy.server_name};
{tls}{allow}{connections}\
    client_max_body_size {proxy.max_body};
    # A body is taken whole before it is passed on, so that slow clients hold no worker of the server behind.
    client_body_buffer_size 256k;
    client_body_timeout 60s;
    proxy_request_buffering on;
    proxy_max_temp_file_size 0;
    proxy_http_version 1.1;
    proxy_connect_timeout 5s;
    proxy_send_timeout {proxy.read_timeout}s;
    proxy_read_timeout {proxy.read_timeout}s;
{_headers(deployment, "    ", told)}
{locations}}}
"""


def _headers(deployment: Deployment, indent: str, told: str | None) -> str:
    """What is said of the client and of the project. A location that sets one of its own must say all again."""
    rows = [
        "Host $http_host",
        "X-Real-IP $remote_addr",
        "X-Forwarded-For $proxy_add_x_forwarded_for",
        "X-Forwarded-Host $http_host",
        "X-Forwarded-Port $server_port",
        "X-Forwarded-Proto $scheme",
        "Upgrade $http_upgrade",
        f"Connection ${_symbol(deployment.name)}_connection",
        *([f"LIGHTRAG-WORKSPACE {told}"] if told else []),
    ]
    return "".join(f"{indent}proxy_set_header {row};\n" for row in rows)


def _locations(deployment: Deployment, process: Instance) -> str:
    """The locations of a process's server; that of the one server routes projects by path and by header."""
    if process.name != SERVER:
        target = f"http://{_upstream_name(deployment, process)}"
        return _pair(deployment, "/", "", target)
    name = _symbol(deployment.name)
    prefix = f"/p/${name}_project"
    extra = (
        f"        if (${name}_project = '') {{\n            return 404;\n        }}\n"
        + _headers(deployment, "        ", f"${name}_told_by_path")
        + f"        proxy_set_header X-Forwarded-Prefix {prefix};\n"
    )
    by_path = _pair(deployment, "/p/", "p/[^/]+/", f"http://${name}_by_path${name}_rest", extra)
    return by_path + "\n" + _pair(deployment, "/", "", f"http://${name}_by_header$request_uri")


def _pair(deployment: Deployment, prefix: str, before: str, target: str, extra: str = "") -> str:
    """A location for what is below ``prefix``, and one for the answers there that come piece by piece."""
    inner = f"{_rate(deployment)}{extra}        proxy_pass {target};\n"
    return f"""\
    location {prefix} {{
{inner}    }}

    location ~ ^/{before}{_STREAMS} {{
        proxy_buffering off;
        gzip off;
{inner}    }}
"""


def _rate(deployment: Deployment) -> str:
    proxy = deployment.proxy
    if not proxy.rate:
        return ""
    zone = f"{_symbol(deployment.name)}_rate"
    return f"        limit_req zone={zone} burst={proxy.burst} nodelay;\n        limit_req_status 429;\n"


def _shared(deployment: Deployment) -> list[str]:
    """Servers for the language model and the embedding server, where the plan gives them a port at the proxy."""
    parts = []
    for title, shared in (("The language model", deployment.llm), ("The embedding server", deployment.embedding)):
        if not (shared.ready and shared.outside):
            continue
        host = urlsplit(shared.url)
        target = f"{host.scheme}://{at(host.hostname or '')}:{port_of(shared.url)}"
        locations = (
            f"    location / {{\n        proxy_buffering off;\n{_rate(deployment)}        proxy_pass {target};\n"
        )
        parts.append(_server(deployment, shared.outside, title, locations + "    }\n"))
    return parts


def _text(value: str) -> str:
    """A value as nginx reads it, whatever it holds."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
