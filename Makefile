# make setup | demo | test | test-all | published | replay | soak | impact-check | bigquery-check | bench | emulators | bigquery-parity | lint | format | lock | clean
# Everything runs from .venv, which is made from requirements.lock; a second call finds the stamps and does nothing.

PYTHON ?= python3.11
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PACKAGE := $(VENV)/.package
PROFILES := .ci/profiles
EMULATORS := .emulators

export DBT_SEND_ANONYMOUS_USAGE_STATS := false
# An environment of the caller must not leak in: neither another virtualenv nor another dbt profile.
unexport VIRTUAL_ENV DBT_PROFILES_DIR DBT_PROJECT_DIR DBT_TARGET SIGNALHOUSE_TARGET

.PHONY: setup demo test test-all published replay soak impact-check bigquery-check bench emulators bigquery-parity lint lint-python lint-dbt lint-sql format lock clean help

help:
	@sed -n 1,2p $(firstword $(MAKEFILE_LIST))

setup: $(PACKAGE) profiles.yml

$(BIN)/uv:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) was not found: install Python 3.11 to 3.13, or name it: make setup PYTHON=python3.12" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(INSTALLED): requirements.lock | $(BIN)/uv
	@echo "installing the pinned environment into $(VENV) (about a minute, once)"
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes --compile-bytecode -r requirements.lock
	@touch $@

$(PACKAGE): pyproject.toml $(INSTALLED)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

# For dbt by hand, yours to edit. The command line keeps a fresh copy of the example in its work folder.
profiles.yml: | profiles.example.yml
	cp profiles.example.yml profiles.yml

demo: setup
	$(BIN)/signalhouse demo

test: lint
	$(BIN)/pytest -n 2 --dist loadfile -m "not slow"

test-all: lint
	$(BIN)/pytest -n 2 --dist loadfile

# What others published of their data, through our models; ends with one JSON object. Needs ../shared/datasets.
published: setup
	@PYTHONPATH=tests/python $(BIN)/python -m published

# Any way by which files may come ends where a full build ends; SEED repeats a scenario. Ends with one JSON object.
SCENARIOS ?= 25
SEED ?= 1
replay: setup
	@PYTHONPATH=tests/python $(BIN)/python -m replay --scenarios $(SCENARIOS) --seed $(SEED)

# Killed, read from, started twice, starved of disk: hours at full length; KILLS, REFRESHES, POINTS="mid-land,in-core" and QUICK=1
# (without data tests and audit) shorten it. Ends with one JSON object.
KILLS ?= 100
REFRESHES ?= 50
soak: setup
	@PYTHONPATH=tests/python $(BIN)/python -m soak --kills $(KILLS) --refreshes $(REFRESHES) --seed $(SEED) \
		$(if $(POINTS),--points $(POINTS)) $(if $(QUICK),--quick)

# Small companies whose true effect is known, through the impact models alone: does the interval hold it, how often is nothing called
# something, is a loss of 30 % found? Ends with one JSON object.
PANELS ?= 2000
impact-check: setup
	@PYTHONPATH=tests/python $(BIN)/python -m impact_check --panels $(PANELS) --seed $(SEED)

# BigQuery without an account: every statement by GoogleSQL's analyser, with all sources and with so few that each kind of record is
# missing (EACH=1: each source alone); what a refresh reads of partitioned tables; its bytes at three lengths of history against
# tests/python/bigquery_cost/budget.yml (per node: target/bigquery_bytes.csv); values against DuckDB's on an emulator. One JSON object.
bigquery-check: setup emulators
	@PYTHONPATH=tests/python $(BIN)/python -m bigquery_check $(if $(EACH),--each-source)

# The emulators of BigQuery, each in an environment of its own: they pin other versions of duckdb and sqlglot than ours.
emulators: $(EMULATORS)/crucible/.installed

$(EMULATORS)/%/.installed: tests/python/bigquery_parity/emulators/%.lock | $(INSTALLED)
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(@D)
	$(BIN)/uv pip install --quiet --python $(@D)/bin/python --no-deps --require-hashes --compile-bytecode -r $<
	@touch $@

# What the warehouse costs, beside a hand-written script from the same files to the same marts (docs/performance.md). Hours at full length:
# SCALE=1m and PARTS="full,refresh" shorten it. Ends with one JSON object.
SCALE ?= 1m,10m
RUNS ?= 3
bench: setup
	@$(BIN)/python -m bench --scale $(SCALE) --runs $(RUNS) $(if $(PARTS),--parts $(PARTS))

# The demo company on an emulator of BigQuery, refreshed three times, and every table compared with DuckDB's, cell by cell. Ends with one JSON object.
bigquery-parity: setup emulators
	@PYTHONPATH=tests/python $(BIN)/python -m bigquery_parity

lint: lint-python lint-dbt lint-sql

lint-python: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lint-dbt: setup
	$(BIN)/dbt --quiet --warn-error parse --no-partial-parse --profiles-dir $(PROFILES) --target-path target/lint
	$(BIN)/dbt-bouncer run --config-file dbt-bouncer.yml

# Reading 100 models through dbt's templater takes a minute, so what has passed is not read again until something changes.
lint-sql: target/.sql-linted

SQL_ROOMS := $(wildcard models tests/dbt analyses)
target/.sql-linted: $(shell find models macros tests/dbt analyses seeds -type f 2>/dev/null) .sqlfluff dbt_project.yml vars.yml | setup
	$(BIN)/sqlfluff lint --disable-progress-bar --processes 2 $(SQL_ROOMS)
	@mkdir -p $(@D) && touch $@

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix --processes 2 $(SQL_ROOMS)

# The parser package is left out: its source downloads a binary while building, and dbt runs without it.
lock: $(BIN)/uv
	$(BIN)/uv pip compile requirements.in --override overrides.txt --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --output-file requirements.lock

clean:
	rm -rf target logs .mypy_cache .ruff_cache .pytest_cache .hypothesis demo
