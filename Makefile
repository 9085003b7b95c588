# make demo   sets everything up and tells the story of one case
# make test   sets everything up and runs the tests
# make faults kills and starves the desk again and again, and looks whether it kept its promises
# make month  lets a month of a desk go by, and looks at every timer
# make pictures takes the pictures of mails that stand in the docs
# make bench  measures the whole daemon; see docs/performance.md
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo test lint types check faults mutations month pictures bench bench-parse bench-quotes lock clean

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

demo: $(VENV)/.run
	$(BIN)/python -m maild demo $(ARGS)

# Tests that need Dovecot, Postfix or PostgreSQL are skipped where those are not installed.
# One more at work than there are processors, up to four: a third of the time they wait, for daemons and leases.
WORKERS := $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -lt 3 ] && echo $$((n + 1)) || echo 4)
test: $(VENV)/.dev
	$(BIN)/pytest -n $(WORKERS) --dist loadfile $(ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.dev
	$(BIN)/mypy

check: lint types test

# Needs root, Dovecot and Postfix; the long run: ARGS='--kills 2000 --mails 20000 --work DIR' (goes on where it stopped).
faults: $(VENV)/.dev
	$(BIN)/python -m tests.faults $(ARGS)

# That the tests and the run above can fail.
mutations: $(VENV)/.dev
	$(BIN)/python -m tests.faults.mutations $(ARGS)

month: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks.month $(ARGS)

# Needs Chromium.
pictures: $(VENV)/.dev
	$(BIN)/python -m tests.render.pictures $(ARGS)

# One: ONLY=intake; how large: SIZE=small or full; beside a bare loop, with mails of a generator: FLOOR=FILE GENERATOR=FILE
bench: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks $(if $(ONLY),--only $(ONLY)) $(if $(SIZE),--size $(SIZE)) $(if $(RUNS),--runs $(RUNS)) \
	  $(if $(FLOOR),--floor $(FLOOR)) $(if $(GENERATOR),--generator $(GENERATOR)) $(if $(JSON),--json $(JSON)) $(ARGS)

bench-parse: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks.parsing $(ARGS)

bench-quotes: $(VENV)/.bench
	$(BIN)/python -m tests.benchmarks.quotes

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "maild needs Python 3.11 or newer; say make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv is missing; on Debian: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.made requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.dev: $(VENV)/.made requirements-dev.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.run

# What we are compared with; nothing else needs it.
$(VENV)/.bench: $(VENV)/.dev requirements-bench.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@touch $@

# Needs uv; writes versions and hashes, no addresses.
LOCK := uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --extra postgres \
	--generate-hashes --no-emit-index-url --no-annotate --no-header
lock:
	$(LOCK) -o requirements.lock
	$(LOCK) --group dev -o requirements-dev.lock
	$(LOCK) --group bench -o requirements-bench.lock

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
