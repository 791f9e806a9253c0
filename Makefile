# The one definition of every command.
#
#   make setup               install .venv (every other command does it when needed)
#   make demo                run a whole order and stop; with CROWD=dir [TYPE=type] [FILES=1] [REPORT=file] a recorded crowd labels again
#   make run [PORT=8000]     serve until Ctrl-C
#   make test [PYTEST_ARGS=] everything that must hold; also: lint types migrations openapi-check pytest
#   make test-slow                    what takes minutes: ten thousand random steps of money
#   make bench-crowds CROWDS=dir      ways to agree on classes, ours and others', over the recorded crowds of a folder
#   make bench-shapes CROWDS=dir      the same for boxes, points and masks
#   make bench-adaptive CROWDS=dir    labels bought against accuracy, and whether stated confidence is true
#   make bench-signals CROWDS=dir     whom the signals of careless work suspect, beside gold, and which cheats they find
#   make bench-routing                what it is worth to give hard tasks to good workers (simulated)
#   make bench-consensus              time and memory of consensus
#   make bench-ingest [BENCH_ARGS=]   500 large JPEGs against decoding them, a manifest of a million lines against COPY
#   make bench-splitting [BENCH_ARGS=]  plans over a million assets: seconds and memory
#   make bench-effort CROWDS=dir      how well the seconds of answers are foretold, for workers who were not seen
#   make bench-effort-scale           a plan of a million measured images, a refit of 200,000 answers
#   make bench-export                 time and memory of a COCO release of a million boxes, beside the floor and datumaro
#   make test-oracles                 others' readers find in our exports what we wrote (installs some 900 MB)
#   make bench-cost-intervals         whether orders cost what their quotes say (simulated by another model; some minutes)
#   make bench-what-if                seconds of grids and quotes of 100,000 assets, for each way of splitting, and of the widest grid
#   make fix                 let the tools correct style
#   make docs                bring generated documents up to date (openapi, the table of formats)
#   make lock [UPGRADE=1]    compile requirements/*.in into the lock files
#   make clean               remove caches and this checkout's kept data

PYTHON ?= python3
PY := .venv/bin/python
ORACLES := .venv-oracles/bin/python
LAUNCHER := $(PY) -m marketplace.launcher
# Inside a launcher the servers are up already.
WITH_SERVERS = $(if $(PLENUM_INSTANCE),,$(LAUNCHER) exec --throwaway --)
LOCKS := requirements/uv.txt requirements/dev.txt
CHECKS := lint types migrations openapi-check pytest

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := test
.PHONY: setup demo run test checks lint types migrations openapi-check pytest pytest-all test-slow fix docs lock openapi clean help \
	bench-setup bench-crowds bench-shapes bench-adaptive bench-signals bench-routing bench-consensus bench-ingest \
	bench-splitting bench-effort bench-effort-scale bench-export bench-cost-intervals bench-what-if oracles-setup test-oracles

help:
	@sed -n 's/^#   //p' Makefile

setup:
	@key="$$(cat $(LOCKS) | cksum)" || exit 1; \
	if [ "$$(cat .venv/.ready 2>/dev/null)" = "$$key" ] && $(PY) -c '' 2>/dev/null; then exit 0; fi; \
	for python in "$(PYTHON)" python3.14 python3.13 python3.12 python3.11; do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
			exec "$$python" -m marketplace.launcher.environment "$$key"; \
		fi; \
	done; \
	found="$$("$(PYTHON)" --version 2>&1)" || found="not there"; \
	echo "plenum: Python 3.11 or newer is needed, and $(PYTHON) is $$found: install one, or name one with PYTHON=/path/to/python3." >&2; \
	exit 1

demo: setup
	@$(LAUNCHER) demo $(if $(CROWD),--crowd "$(CROWD)") $(if $(TYPE),--as "$(TYPE)") $(if $(FILES),--from-files) $(if $(REPORT),--report "$(REPORT)")

run: setup
	@$(LAUNCHER) run $(if $(PORT),--port "$(PORT)")

test: setup
	@$(WITH_SERVERS) $(MAKE) checks

# All of them, whatever fails on the way.
checks:
	@failed=; \
	for check in $(CHECKS); do \
		echo "== $$check"; \
		$(MAKE) $$check || failed="$$failed $$check"; \
	done; \
	if [ -n "$$failed" ]; then echo "FAILED:$$failed" >&2; exit 1; fi; \
	echo "All passed: $(CHECKS)"

lint: setup
	@code=0; \
	.venv/bin/ruff check . || code=1; \
	.venv/bin/ruff format --check . || code=1; \
	.venv/bin/lint-imports --no-logo || code=1; \
	exit $$code

types: setup
	@$(WITH_SERVERS) .venv/bin/mypy .

migrations: setup
	@$(WITH_SERVERS) $(PY) manage.py makemigrations --check --dry-run

openapi-check: setup
	@draft="$$(mktemp)" && trap 'rm -f "$$draft"' EXIT && \
	$(WITH_SERVERS) $(PY) manage.py spectacular --validate --fail-on-warn --file "$$draft" && \
	if ! diff -u docs/openapi.yaml "$$draft"; then \
		echo "docs/openapi.yaml is not what the code says: run \`make openapi\` and commit the result." >&2; \
		exit 1; \
	fi

# Programs that are started, killed and timed come one at a time, everything else in a process for each core.
ALONE := tests/choreography tests/e2e tests/launcher tests/live
pytest: setup
	@$(WITH_SERVERS) $(if $(PYTEST_ARGS),.venv/bin/pytest -m "not slow" $(PYTEST_ARGS),$(MAKE) pytest-all)

pytest-all:
	@code=0; \
	.venv/bin/pytest -m "not slow" --numprocesses auto --dist worksteal $(addprefix --ignore ,$(ALONE)) || code=1; \
	.venv/bin/pytest -m "not slow" $(ALONE) || code=1; \
	exit $$code

test-slow: setup
	@$(WITH_SERVERS) .venv/bin/pytest -m slow $(PYTEST_ARGS)

# What is run beside ours is installed only here; BENCH_ARGS is passed on.
bench-setup: setup
	@.venv/bin/uv pip install --quiet --python $(PY) --require-hashes -r requirements/dev.txt -r requirements/bench.txt

bench-crowds: bench-setup
	@$(PY) -m tests.benchmarks.crowds "$(CROWDS)" $(BENCH_ARGS)

bench-shapes: bench-setup
	@$(PY) -m tests.benchmarks.shapes "$(CROWDS)" $(BENCH_ARGS)

bench-adaptive: bench-setup
	@$(PY) -m tests.benchmarks.adaptive "$(CROWDS)" $(BENCH_ARGS)

bench-signals: setup
	@$(PY) -m tests.benchmarks.suspects "$(CROWDS)" $(BENCH_ARGS)

bench-routing: setup
	@$(PY) -m tests.benchmarks.routing $(BENCH_ARGS)

bench-consensus: bench-setup
	@$(PY) -m tests.benchmarks.consensus $(BENCH_ARGS)
	@$(PY) -m tests.benchmarks.box_consensus $(BENCH_ARGS)

bench-effort: setup
	@$(PY) -m tests.benchmarks.effort "$(CROWDS)"

bench-effort-scale: setup
	@$(WITH_SERVERS) $(PY) -m tests.benchmarks.effort_at_scale $(BENCH_ARGS)

bench-ingest: setup
	@$(WITH_SERVERS) $(PY) -m tests.benchmarks.ingest $(BENCH_ARGS)

bench-splitting: setup
	@$(WITH_SERVERS) $(PY) -m tests.benchmarks.splitting $(BENCH_ARGS)

bench-export: setup oracles-setup
	@$(WITH_SERVERS) $(PY) -m tests.benchmarks.export $(BENCH_ARGS)

bench-cost-intervals: setup
	@$(PY) -m tests.benchmarks.cost_intervals $(BENCH_ARGS)

bench-what-if: setup
	@$(WITH_SERVERS) $(PY) -m tests.benchmarks.what_if $(BENCH_ARGS)

# Others' readers, which do not fit beside what we need ourselves.
oracles-setup: setup
	@[ -x $(ORACLES) ] || .venv/bin/uv venv --quiet --python $(PY) .venv-oracles
	@.venv/bin/uv pip install --quiet --python $(ORACLES) --require-hashes -r requirements/oracles.txt

test-oracles: oracles-setup
	@folder="$$(mktemp -d)" && trap 'rm -rf "$$folder"' EXIT && \
	$(PY) -m tests.oracles.write "$$folder" && $(ORACLES) tests/oracles/read.py "$$folder"

fix: setup
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

docs: openapi
	@$(PY) -m tests.labeling.core.formats.matrix

openapi: setup
	@$(WITH_SERVERS) $(PY) manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

# One lock for every platform; without UPGRADE=1 what is pinned stays pinned.
lock: setup
	@for name in uv runtime dev bench oracles; do \
		.venv/bin/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header \
			--no-emit-index-url --no-emit-find-links \
			$(if $(UPGRADE),--upgrade) requirements/$$name.in --output-file requirements/$$name.txt || exit 1; \
	done

clean:
	@if [ -x $(PY) ]; then $(LAUNCHER) clean || exit 1; fi
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis staticfiles
	@find . -name .venv -prune -o -name .git -prune -o -name __pycache__ -type d -exec rm -rf {} +
