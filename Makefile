# Python 3.11 or later is all this needs. The first run makes a virtual environment and installs from PyPI.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Tests wait for services now and then: one process more than there are cores keeps all of them busy.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
ARGS ?=
# Images of Python and CI often forbid bytecode; here each of hundreds of processes would compile everything again.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help run test suite check fix bench soak manifest lock clean

help: ## What there is to do
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; this is " + sys.version.split()[0])'
	@test -x $(BIN)/python || { echo "making a virtual environment in $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "installing (once; about a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

run: $(READY) ## Start everything on this machine: API on :8080, console on :4000 (ARGS="--port 9000 --reset")
	@exec $(BIN)/python -m localcloud up $(ARGS)

test: $(READY) ## All tests that take minutes, with the coverage gate, and beside them what `check` does; what CI runs
	@$(MAKE) --no-print-directory -j 2 check suite

suite: $(READY)
	@rm -rf build/seen
	@CONSENTMD_SEEN_DIR=build/seen $(BIN)/python -m pytest -p tests.lines -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not soak" $(ARGS)
	@$(BIN)/python -m tests.gate build/seen

check: $(READY) ## Lint, types, generated files
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m tools.manifest --check

fix: $(READY) ## Format, apply safe fixes, regenerate generated files
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .
	@$(BIN)/python -m tools.manifest

manifest: $(READY) ## Regenerate what is derived from the endpoints, and the kept plan where terraform is there
	@$(BIN)/python -m tools.manifest
	@command -v terraform > /dev/null && $(BIN)/python -m tests.infra.plan || true

bench: $(READY) ## Cold starts, round trips, CPU; prints tables and writes docs/performance.md
	@$(BIN)/python -m tools.bench $(ARGS)

soak: $(READY) ## The long tests: kill loops, every start (results in docs/soak.md)
	@$(BIN)/python -m tools.soak $(ARGS)

lock: $(READY) ## Pin the requirements anew
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url requirements.in -o requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url requirements-dev.in -o requirements-dev.txt

clean: ## Remove the local cloud's data and what builds left behind
	@rm -rf .localcloud build .mypy_cache .ruff_cache .hypothesis
