"""nginx on a free port, from a configuration a test writes: a server of its own, without root and without /etc."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from .launching import Server, folder_of_a_server, free_port, program

_MAIN = """\
daemon off;
pid nginx.pid;
error_log stderr warn;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy;
  fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
{http}
}}
"""


@contextlib.contextmanager
def nginx(http: str, *, port: int | None = None) -> Iterator[Server]:
    """A server whose `http` block holds this text, in which `@PORT@` stands for its port."""
    command = program("nginx")
    with folder_of_a_server() as folder:
        port = port or free_port()
        (folder / "nginx.conf").write_text(_MAIN.format(http=http.replace("@PORT@", str(port))), "utf-8")
        options = ("-p", str(folder), "-c", "nginx.conf", "-e", "stderr")
        server = Server(folder, port, [command, *options], refuses_root=True)
        server.start()
        try:
            yield server
        finally:
            server.stop()
