# Descant: `make run` starts everything, `make test` tests everything. See README.md and docs/operations.md.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help install run test test-fast check lint types imports locks migrations templates audit format smoke \
	lock clean

PY := .venv/bin/python
# The first Python 3.11 of this machine; `make PYTHON=/path/to/python3.11 …` names another.
FIND_PYTHON = for p in $(PYTHON) python3.11 python3 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done

help:
	@echo "make run      start Descant with its own database, queue and demo; Ctrl-C stops it"
	@echo "make test     run the whole test suite"
	@echo "make check    lint, format, types, import contracts, migrations, templates, dependency audit"
	@echo "make smoke    start a fresh system, do the main job over HTTP, stop"
	@echo "make install  the set-up that all of these share (they call it)"
	@echo "make format   format and fix what can be fixed"
	@echo "make lock     renew requirements/*.txt and package-lock.json after changing what is required"
	@echo "make clean    remove what was installed and built (your data in .devstack/ stays)"

install:
	@python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ]; then \
		echo "Descant needs Python 3.11, which is not on PATH. On Debian and Ubuntu:" >&2; \
		echo "    sudo apt install python3.11 python3.11-venv" >&2; \
		echo "or name it: make PYTHON=/path/to/python3.11 run" >&2; exit 1; fi; \
	exec "$$python" -P config/devstack/install.py

run: install
	@DESCANT_FOLLOW_PARENT=1 exec $(PY) -m config.devstack run

test: install
	@exec $(PY) -m pytest $(ARGS)

test-fast: install
	@exec $(PY) -m pytest -m "not slow and not e2e" $(ARGS)

# `make -k check` goes on after a complaint.
check: lint types imports locks migrations templates audit

lint: install
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: install
	$(PY) -m mypy .

imports: install
	$(PY) -c 'import sys; from importlinter.cli import lint_imports_command as run; sys.exit(run())'

locks: install
	$(PY) -m config.devstack check-locks

migrations: install
	$(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

templates: install
	$(PY) -m djlint templates apps --lint --quiet
	$(PY) -m config.devstack check-templates

audit: install
	$(PY) -m config.devstack audit

format: install
	$(PY) -m ruff check --fix --exit-zero .
	$(PY) -m ruff format .

smoke: install
	@DESCANT_FOLLOW_PARENT=1 exec $(PY) -m config.devstack smoke

COMPILE = $(PY) -m uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-header --no-annotate
lock:
	$(COMPILE) requirements/base.in -o requirements/base.txt
	$(COMPILE) -c requirements/base.txt requirements/base.in requirements/ml.in -o requirements/ml.txt
	$(COMPILE) -c requirements/ml.txt requirements/base.in requirements/ml.in requirements/dev.in -o requirements/dev.txt

clean:
	rm -rf .venv .build node_modules static/dist staticfiles .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find locale -name '*.mo' -delete 2>/dev/null || true
