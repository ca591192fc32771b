PYTHON ?= python3
VENV ?= .venv
WORKERS ?= 2
OUT ?= results/us-iran-2020

BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# The wheel carries pyright and its interpreter: it shall neither ask for newer ones nor use others.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export PYRIGHT_PYTHON_GLOBAL_NODE := 0
unexport PYRIGHT_PYTHON_FORCE_VERSION PYRIGHT_PYTHON_PYLANCE_VERSION
# Otherwise a package path or an option of the caller's decides what is tested.
unexport PYTHONPATH PYTHONHOME PYTEST_ADDOPTS

.DEFAULT_GOAL := help
.PHONY: help install run test check docs reference bench lock clean

help:  ## list the commands
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name does; do \
		printf '  make %-9s %s\n' "$$name" "$$does"; done

install: $(STAMP)  ## make .venv with the locked dependencies and brinkmanship itself

run: $(STAMP)  ## simulate the flagship crisis from 14 January 2020 on
	$(BIN)/brink run us-iran-2020 --from 2020-01-14 --runs 1000 --seed 0 --out $(OUT)
	@echo "The answer is in $(OUT)"

test: $(STAMP)  ## run the whole test suite
	$(BIN)/python -m pytest -n $(WORKERS)

check: $(STAMP)  ## format, lint, types, layers, repository and documented commands
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/python -m pytest tests/architecture

docs: $(STAMP)  ## build the documentation as a site: open site/index.html
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "The documentation is site/index.html"

reference: $(STAMP)  ## write the generated pages of docs/reference/ from the code
	$(BIN)/python -m docs.generate

bench: $(STAMP)  ## measure speed, start and memory (BENCH_FLAGS="--only c --out" for a part, or to keep the figures)
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r pyproject.toml --extra bench
	$(BIN)/python -m bench $(BENCH_FLAGS)

lock: $(STAMP)  ## bring requirements.lock up to pyproject.toml (LOCK_FLAGS=--upgrade for newer versions)
	$(BIN)/uv pip compile pyproject.toml --extra dev --output-file requirements.lock \
		--universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet $(LOCK_FLAGS)

clean:  ## remove all that make and the tools made, but no results
	rm -rf $(VENV) build dist site .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

# Debian ships Python without ensurepip; pip 22.3 or later can then serve a virtual environment from outside it.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Brinkmanship needs Python 3.11 or later. Name it: make PYTHON=python3.11 ..." >&2; exit 1; }
	@if $(PYTHON) -c 'import ensurepip.__main__' 2>/dev/null; then $(PYTHON) -m venv $(VENV); \
	elif $(PYTHON) -m pip --help 2>/dev/null | grep -q -e '--python '; then $(PYTHON) -m venv --without-pip $(VENV); \
	else echo "Python lacks venv or pip. On Debian: apt-get install python3-venv" >&2; exit 1; fi

$(STAMP): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing the locked dependencies into $(VENV); the first time takes a minute or two"
	@pip="$(BIN)/python -m pip"; $$pip --version >/dev/null 2>&1 || pip="$(PYTHON) -m pip --python $(BIN)/python"; \
	$$pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock && \
	$$pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
