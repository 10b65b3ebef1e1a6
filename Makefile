# Everything a checkout needs. `make demo` is the tour, `make check test` is what CI runs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help venv lightrag servers demo test check format docs bench lock size clean

help: ## what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

venv: $(VENV)/.installed ## .venv with .venv/bin/loomgraph, versions from requirements.lock

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "LoomGraph needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "installing into $(VENV), versions from requirements.lock ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

lightrag: .venv-lightrag/.installed ## .venv-lightrag: the server whose dialect is compared with ours by tests and benchmarks

.venv-lightrag/.installed: requirements-lightrag.lock
	@echo "installing LightRAG into .venv-lightrag ..."
	@$(PYTHON) -m venv .venv-lightrag
	@.venv-lightrag/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-lightrag.lock
	@touch $@

servers: ## servers the tests talk to: PostgreSQL, Redis, Milvus, Neo4j, PgBouncer, nginx; those that can be had here
	@$(PYTHON) tools/servers.py

demo: venv ## two projects indexed and asked, in under three minutes
	@$(BIN)/python tools/demo.py

test: venv ## the whole test suite
	$(BIN)/python -m pytest -n auto

check: venv ## format, lint, types, layers, docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python -m mypy --strict src
	$(BIN)/lint-imports --no-cache
	$(BIN)/python tools/generate_docs.py --check

format: venv ## rewrite the code as `make check` wants it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: venv ## write the generated pages of docs/
	$(BIN)/python tools/generate_docs.py

bench: venv ## benchmarks; writes benchmarks/results
	$(BIN)/python -m benchmarks

lock: ## requirements.lock anew, from a clean install of pyproject.toml; `tools/lock.py` makes the others
	$(PYTHON) tools/lock.py

size: ## how much a core install takes, from a clean venv; fails above 200 MB
	$(PYTHON) tools/install_size.py

clean: ## what the other targets made
	rm -rf $(VENV) .venv-lightrag .venv-servers .servers .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist
