"""Those who read a file of variables, as they really do: python-dotenv, a POSIX shell through ``with-env.sh``, and the
very function of systemd that reads ``EnvironmentFile=`` (from its shared library, since no manager runs here)."""

from __future__ import annotations

import ctypes
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from loomgraph.deploy.plan import Deployment
from loomgraph.deploy.scripts import WITH_ENV, scripts

ROOT = Path(__file__).resolve().parents[2]
LIGHTRAG_PYTHON = ROOT / ".venv-lightrag" / "bin" / "python"
_LIBRARIES = ("/usr/lib/*/systemd", "/usr/lib/systemd", "/lib/systemd", "/usr/lib64/systemd")


def real_dotenv() -> ModuleType:
    """python-dotenv as LightRAG has it, read into this process."""
    found = sorted((ROOT / ".venv-lightrag").glob("lib/python3*/site-packages/dotenv/__init__.py"))
    if not found:
        pytest.skip("no .venv-lightrag: `make lightrag` installs LightRAG")
    if "dotenv" not in sys.modules:
        spec = importlib.util.spec_from_file_location("dotenv", found[0])
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules["dotenv"] = module
        spec.loader.exec_module(module)
    return sys.modules["dotenv"]


def by_shell(folder: Path, names: list[str], shell: str = "sh") -> dict[str, str]:
    """What a program sees that ``with-env.sh`` starts for the project ``it`` of the folder."""
    script = folder / WITH_ENV
    if not script.exists():
        script.write_text(scripts(Deployment(folder))[WITH_ENV])
    show = f"import json, os; print(json.dumps({{n: os.environ.get(n) for n in {names!r}}}))"
    done = subprocess.run(
        [shell, str(script), "it", sys.executable, "-S", "-E", "-c", show],
        capture_output=True,
        env={"LC_ALL": "C.UTF-8"},
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


class Systemd:
    """``load_env_file`` of libsystemd-shared, with which systemd reads such files, and its check of each line."""

    def __init__(self) -> None:
        places = [path for place in _LIBRARIES for path in Path("/").glob(f"{place[1:]}/libsystemd-shared-*.so")]
        if not places:
            pytest.skip("systemd is not installed: its parser cannot be asked")
        self._library, self._libc = ctypes.CDLL(str(places[0])), ctypes.CDLL(None)
        if not hasattr(self._library, "load_env_file"):
            pytest.skip(f"{places[0].name} does not give its parser to others")
        self._libc.fopen.restype = ctypes.c_void_p
        self._libc.fopen.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
        self._libc.fclose.argtypes = [ctypes.c_void_p]
        strings = ctypes.POINTER(ctypes.c_char_p)
        self._library.load_env_file.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(strings)]
        self._library.env_assignment_is_valid.argtypes = [ctypes.c_char_p]
        self._library.env_assignment_is_valid.restype = ctypes.c_bool
        self._empty = strings

    def read(self, path: Path) -> dict[str, str]:
        """The variables that a service gets."""
        stream = self._libc.fopen(str(path).encode(), b"r")
        assert stream
        found = self._empty()
        try:
            code = self._library.load_env_file(stream, str(path).encode(), ctypes.byref(found))
        finally:
            self._libc.fclose(stream)
        assert code == 0
        variables = {}
        index = 0
        while found and found[index] is not None:
            line = found[index]
            assert line is not None
            if self._library.env_assignment_is_valid(line):
                name, _, value = line.decode().partition("=")
                variables[name] = value
            index += 1
        return variables
