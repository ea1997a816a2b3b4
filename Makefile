# make demo   the story of three reports, from submission to the Ombudsman's inbox
# make test   every test, on a real broker and a real database that are started here
# make chaos  nothing is lost or done twice while processes are killed: SEED=7 COMPLAINTS=3000 KILLS=15
# make simulate  a year of the nation through the real escalation -> build/simulate.json and .png: COMPLAINTS=300000 AGENCIES=700
# make check  lint, types, layers, lock file
# make bench  how fast it is, beside a bare loop on the same records -> build/bench.json
# make bench-router  how often the router is right on real texts, and how fast -> build/router.json:
#             TEXTS=<csv> and TRAIN=<csv> with the columns judul,text,instansi,wilayah_kode; texts are never printed
# make bench-timers  what a timer costs with 10 thousand, 1 million, 10 million open complaints -> build/timers.json:
#             OPEN=10000,1000000 for fewer; 10 million want 20 GB of disk
# make up     the whole system in the foreground; Ctrl-C stops it
SHELL := /bin/bash
# The system's own Python before one that a version manager compiled: distributions build theirs with profile-guided
# optimisation, and it runs our services a tenth faster (docs/performance.md).
PYTHON ?= $(shell system=; [ "$$(uname)$$VIRTUAL_ENV" = Linux ] && system=/usr/bin/python3; for python in $$system python3; do \
  $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; done; echo $$python)
UV := .tools/bin/uv
BIN := .venv/bin
PACKAGES := contracts chassis services/intake services/router services/escalation services/notifier deploy
PYTEST_ARGS ?=
BENCH_ARGS ?=
TEXTS ?=
TRAIN ?=
SEED ?= 7
# How many: each target that asks has a number of its own.
chaos: COMPLAINTS ?= 3000
simulate: COMPLAINTS ?= 300000
AGENCIES ?= 700
OPEN ?= 10000,1000000,10000000
# Of the wall, for a simulated year; 0: by the number of complaints.
YEAR_SECONDS ?= 0
KILLS ?= 15
export UV_NO_PROGRESS := 1
export UV_PROJECT_ENVIRONMENT := .venv

.PHONY: install demo test chaos simulate check bench bench-router bench-timers up down lock format schemas clean

install: .venv/.installed

# uv itself, in an environment of its own, pinned with its hash.
.tools/.installed: tools.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one: make PYTHON=/path/to/python3 ..." >&2; exit 1; }
	@echo "installing the installer (once) ..." >&2
	@$(PYTHON) -m venv .tools || { echo "this Python has no venv module: install it (Debian: python3-venv) or name another Python: make PYTHON=..." >&2; exit 1; }
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tools.lock
	@touch $@

# Locked dependencies with their hashes, then our own packages in place, then Kafka's jars with their sha256.
.venv/.installed: .tools/.installed requirements.lock pyproject.toml $(PACKAGES:%=%/pyproject.toml) deploy/kafka-jars.lock
	@echo "installing (once) ..." >&2
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	@$(UV) pip sync --quiet --python .venv --require-hashes requirements.lock
	@$(UV) pip install --quiet --python .venv --no-deps --no-build-isolation --offline $(PACKAGES:%=-e %)
	@$(BIN)/lapor install
	@touch $@

demo: install
	@$(BIN)/lapor demo

test: install
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

chaos: install
	@mkdir -p build
	@$(BIN)/python -m tests.chaos --seed $(SEED) --complaints $(COMPLAINTS) --kills $(KILLS) --out build/chaos.json

simulate: install
	@mkdir -p build
	@$(BIN)/python -m tests.simulate --seed $(SEED) --complaints $(COMPLAINTS) --agencies $(AGENCIES) --seconds $(YEAR_SECONDS) \
		--out build/simulate.json

check: install
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m lapor_contracts.export --check
	@deploy/lock.sh --check

bench: install
	@$(BIN)/python -m tests.bench --out build/bench.json $(BENCH_ARGS)

# A matter of one thread: a second one would be counted as speed.
bench-router: install
	@OMP_NUM_THREADS=1 $(BIN)/python -m tests.bench_router --out build/router.json --texts "$(TEXTS)" --train "$(TRAIN)"

bench-timers: install
	@$(BIN)/python -m tests.bench_timers --out build/timers.json --open $(OPEN)

up: install
	@$(BIN)/lapor up

down:
	@$(BIN)/lapor down

# New versions of everything: rewrites requirements.lock.
lock: .tools/.installed
	@deploy/lock.sh

format: install
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

# JSON Schemas, AsyncAPI and the README's table of topics, from contracts/.
schemas: install
	@$(BIN)/python -m lapor_contracts.export

clean:
	rm -rf .venv .tools .lapor build
