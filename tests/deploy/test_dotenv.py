"""Files of variables: what is written is read the same by all who read it; what any file says, we read as LightRAG."""

from __future__ import annotations

import io
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from loomgraph.deploy import dotenv
from loomgraph.errors import UnwritableValue
from tests.deploy.readers import Systemd, by_shell, real_dotenv

_few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_pieces = st.sampled_from(
    [*"'\"\\$`#{}()=!;&|<>*?~ \t%^,:-", "$(touch x)", "${", "}", "\\\\", "a", "Ω", "\u2028", "\ufeff"]
)
_words = st.lists(_pieces, max_size=12).map("".join)
_values = st.lists(st.one_of(st.text(max_size=30), _words), min_size=1, max_size=12)
SAID = [
    "", " ", "plain", "two words", ' {"chat_template_kwargs": {"enable_thinking": false}} ', "it's", 'say "no"',
    "both ' and \"", "$HOME", "$(id)", "`id`", "it's $5 and `x`", "#not a comment", "a # b",
    "C:\\temp\\new", "two \\\\",
    "ends with \\", "\\", "'", '"', "\\'", '\\"', "\\n", "\\$x", "a=b", "export x", "tab\there", "Ωμέγα", "%h %i", "!x",
]  # fmt: skip


@pytest.mark.parametrize("shell", ["sh", "dash", "bash"])
def test_every_usual_value_is_read_alike(tmp_path: Path, shell: str) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    written = {f"V{index}": value for index, value in enumerate(SAID)}
    path = write(tmp_path, written)
    assert real_dotenv().dotenv_values(path) == written
    assert Systemd().read(path) == written
    assert by_shell(tmp_path, list(written), shell) == written
    assert dotenv.read_file(path) == written


@_few
@given(_values)
@example(SAID)
def test_any_value_is_read_alike_or_refused(tmp_path: Path, values: list[str]) -> None:
    written = {f"V{index}": value for index, value in enumerate(values) if not dotenv.unwritable(value)}
    path = write(tmp_path, written)
    assert real_dotenv().dotenv_values(path) == written
    assert Systemd().read(path) == written
    assert by_shell(tmp_path, list(written)) == written
    assert dotenv.read_file(path) == written
    refused = [value for value in values if dotenv.unwritable(value)]
    for value in refused:
        with pytest.raises(UnwritableValue) as error:
            dotenv.line("SECRET", value)
        assert len(value) < 4 or value not in str(error.value)


@_few
@given(st.one_of(st.text(max_size=20), _words))
def test_only_what_somebody_reads_otherwise_is_refused(tmp_path: Path, value: str) -> None:
    """Each way of quoting a refused value is read otherwise by systemd or python-dotenv, or cannot be a variable."""
    if not dotenv.unwritable(value) or "\0" in value or any(0xD800 <= ord(one) <= 0xDFFF for one in value):
        return
    path = tmp_path / "one"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    for text in (f"'{value}'", f'"{escaped}"', value):
        path.write_bytes(f"V={text}\n".encode())
        read = (real_dotenv().dotenv_values(path).get("V"), Systemd().read(path).get("V"))
        assert read != (value, value) or any(ord(one) < 32 or one == "\x7f" for one in value)


def test_no_shell_runs_what_a_value_says(tmp_path: Path) -> None:
    write(tmp_path, {"A": f"$(touch {tmp_path}/made)", "B": f"it's `touch {tmp_path}/made`", "C": "; exit 3"})
    assert by_shell(tmp_path, ["A", "C"]) == {"A": f"$(touch {tmp_path}/made)", "C": "; exit 3"}
    assert not (tmp_path / "made").exists()


def test_what_cannot_be_said_is_refused_with_a_reason() -> None:
    cases = {
        "a\nb": "line end",
        "a\x00": "control",
        "x${HOME}y": "${",
        "${A:-b}": "${",
        "\ud800": "Unicode",
        "\ufdd0": "no",
    }
    for value, reason in cases.items():
        with pytest.raises(UnwritableValue, match="LLM_KEY") as error:
            dotenv.line("LLM_KEY", value)
        assert reason in str(error.value)
    with pytest.raises(UnwritableValue):
        dotenv.line("no name", "x")
    assert dotenv.line("A", "${") == "A='${'\n"


_lines = st.lists(
    st.one_of(
        st.text(max_size=25),
        st.builds(lambda name, value: f"{name}={value}", st.sampled_from(["A", "B", "export C", " D ", "'E'"]), _words),
        st.builds(lambda value: f"A='{value}' # c", _words),
        st.builds(lambda value: f'B="{value}"', _words),
        st.just("C=${A}-${B:-none}-${HOME_OF_NOBODY}"),
    ),
    max_size=8,
)


@settings(max_examples=400, deadline=None)
@given(_lines)
@example(["A=1 # x", "B='a\\'b'", 'C="x\\ty\\\\"', "D", "E=", "F=${A}${B}${NONE:-d}", "export G = h", "=x"])
@example(['A="open', 'B="closed"'])
def test_any_file_is_read_as_lightrag_reads_it(lines: list[str]) -> None:
    text = "\n".join(lines).replace("\0", "")
    theirs = real_dotenv().dotenv_values(stream=io.StringIO(text, newline=""))
    assert dotenv.read(text, dict(os.environ)) == {name: value for name, value in theirs.items() if value is not None}


def test_a_file_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    assert dotenv.read_file(tmp_path / "none") == {}


def write(folder: Path, variables: dict[str, str]) -> Path:
    path = folder / "it" / ".env"
    path.parent.mkdir(exist_ok=True)
    path.write_text(dotenv.render([("All of it", variables)]), encoding="utf-8")
    return path
