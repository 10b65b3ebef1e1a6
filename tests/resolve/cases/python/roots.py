# path: src/pkg/__init__.py
# path: src/pkg/core.py
import json
import signals


def run():
    json.dumps({})  # calls: external:json.dumps
    signals.connect()  # calls: external:signals.connect
# path: src/pkg/json/__init__.py
def dumps(x):
    return x
# path: src/pkg/signals.py
def connect():
    return None
# path: tests/test_core.py
from pkg import core
from pkg.core import run
from helpers import check
import namespaced.inner.deep


def test_run():
    core.run()  # calls: src/pkg/core.py::run
    run()  # calls: src/pkg/core.py::run
    check()  # calls: tests/helpers.py::check
    namespaced.inner.deep.dig()  # calls: tests/namespaced/inner/deep.py::dig
# path: tests/helpers.py
def check():
    return True
# path: tests/namespaced/inner/deep.py
def dig():
    return 1
# path: examples/one/main.py
from helpers import check

check()  # calls: examples/one/helpers.py::check
# path: examples/one/helpers.py
def check():
    return False
