# Assay. `make help` lists what there is; everything works from a clean clone.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet install --require-hashes
COMPILE := $(VENV)/bin/uv pip compile pyproject.toml --quiet --universal --generate-hashes \
	--no-header --no-emit-index-url
PYTEST := $(PY) -m pytest
WORKERS ?= 2
ADDRESS ?= 127.0.0.1:8000

FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))

# the first of these that is new enough makes the environment
PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,\
	$(shell $(name) -c '$(FITS)' 2>/dev/null && echo $(name))))

.PHONY: help setup demo serve test test-sqlite test-postgresql check bench bench-full lock clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed  ## make the virtual environment and install the locked dependencies

demo: $(VENV)/.installed-demo  ## run the whole story on real data, from upload to verified trail
	@$(PY) client/examples/with_service.py client/examples/mortgages.py

serve: $(VENV)/.installed  ## start web, worker, clock and broker with demo logins; Ctrl-C stops all
	@$(PY) manage.py migrate --verbosity 0
	@$(PY) manage.py seed_demo >/dev/null
	@$(PY) manage.py serve --address $(ADDRESS)

test: $(VENV)/.installed-dev $(VENV)/.browser $(VENV)/.java  ## the suite: on PostgreSQL what touches the database, on SQLite everything
	@failed=0; \
	$(MAKE) test-postgresql || failed=1; \
	$(MAKE) test-sqlite || failed=1; \
	exit $$failed

test-sqlite: $(VENV)/.installed-dev $(VENV)/.browser $(VENV)/.java  ## the whole suite on SQLite
	@$(PYTEST) -q -n $(WORKERS) --dist worksteal --database sqlite

test-postgresql: $(VENV)/.installed-dev  ## what touches the database, on a real PostgreSQL
	@$(PYTEST) -q -n $(WORKERS) --dist worksteal --database postgresql --only-database

check: $(VENV)/.installed-dev  ## lint, format, types, arrows, migrations, deployment settings, lock files
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) -m tests.architecture.production_check
	$(PYTEST) -q -p no:randomly tests/architecture/test_requirements.py tests/architecture/test_reference.py

bench: $(VENV)/.installed-dev  ## measure ours beside its peers: a table, bench/results.json, the page
	@$(PY) -m bench

bench-full: $(VENV)/.installed-dev  ## the same and what takes longer
	@$(PY) -m bench --full

lock: $(VENV)/.installed-dev  ## write the lock files anew from pyproject.toml, keeping what still fits
	$(COMPILE) --output-file requirements.txt
	$(COMPILE) --extra demo --output-file requirements-demo.txt
	$(COMPILE) --extra dev --output-file requirements-dev.txt

clean:  ## remove the virtual environment, caches and the demo's data; not your own data
	rm -rf $(VENV) .assay/demo .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- what the targets stand on -------------------------------------------------------------

$(VENV)/bin/python:
	@$(or $(PYTHON),false) -c '$(FITS)' 2>/dev/null || { \
	  echo "Assay needs Python 3.11, 3.12 or 3.13; found $$($(or $(PYTHON),python3) --version 2>&1 || true)." >&2; \
	  echo "Debian, Ubuntu: apt install python3 python3-venv. Or name one: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || .ci/system-package python3-venv
	@echo "Making the virtual environment with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.installed: requirements.txt | $(VENV)/bin/python
	@echo "Installing the locked dependencies"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.installed-demo: requirements-demo.txt | $(VENV)/bin/python
	@echo "Installing the locked dependencies and the demo's data"
	@$(PIP) -r requirements-demo.txt
	@touch $(VENV)/.installed $@

$(VENV)/.installed-dev: requirements-dev.txt | $(VENV)/bin/python
	@echo "Installing the locked dependencies and the tools of development"
	@$(PIP) -r requirements-dev.txt
	@touch $(VENV)/.installed $(VENV)/.installed-demo $@

# without a browser the tests that need one fail, and say what to install
$(VENV)/.browser: | $(VENV)/bin/python
	@command -v chromium chromium-browser google-chrome >/dev/null || .ci/system-package chromium || true
	@touch $@

# the same for the Java that Spark runs on
$(VENV)/.java: | $(VENV)/bin/python
	@java -version >/dev/null 2>&1 || .ci/system-package default-jre-headless || true
	@touch $@
