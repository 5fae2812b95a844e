# Every target sets up what it needs in .venv and touches nothing else on the machine.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python
PINNED := $(INSTALL) --require-hashes --only-binary :all:
export UV_CACHE_DIR ?= $(CURDIR)/.venv/cache
export UV_PYTHON_DOWNLOADS := never
export PYTHONPATH := $(CURDIR)
export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
DBT := $(BIN)/dbt --quiet --no-use-colors
IN_PROJECT := --project-dir dbt_project --profiles-dir dbt_project
MANIFEST := dbt_project/target/manifest.json
SQL := dbt_project/models dbt_project/macros dbt_project/tests
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --only-binary :all: --no-header \
	--extra build pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help setup run test serve check bench faults docs lock manifest \
	check-fluff check-sql check-models check-python check-rest

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/run.stamp  ## install what a run needs

run: .venv/run.stamp  ## load, build, publish, export
	$(BIN)/tallyhouse run

test: .venv/test.stamp  ## run every test
	$(BIN)/pytest --numprocesses 2 --dist loadgroup

serve: .venv/run.stamp  ## Prefect's server and the deployments, until Ctrl-C
	$(BIN)/python -m flows.serve

bench: .venv/test.stamp  ## measure, and print the ratios
	$(BIN)/python -m benchmarks

faults: .venv/test.stamp  ## kill runs at POINTS random points (default 25)
	POINTS=$(or $(POINTS),25) $(BIN)/pytest tests/faults

docs: .venv/test.stamp manifest  ## write the data dictionary
	$(BIN)/python -m warehouse.dictionary $(MANIFEST) docs/data_dictionary.md

lock: .venv/uv.stamp  ## compile requirements/*.txt anew; what they pin stays unless UPGRADE=--upgrade
	$(COMPILE) $(UPGRADE) --output-file requirements/run.txt
	$(COMPILE) $(UPGRADE) --extra test --constraint requirements/run.txt --output-file requirements/test.txt

check: .venv/test.stamp  ## form, lint, types, layers, names, dictionary; no database
	@$(MAKE) --no-print-directory --jobs 2 --output-sync check-fluff check-sql check-models check-python check-rest

check-fluff:
	$(BIN)/sqlfluff lint --disable-progress-bar dbt_project/models dbt_project/tests

check-sql:
	$(BIN)/sqlfmt --check --quiet $(SQL)

check-models: manifest
	$(BIN)/dbt-bouncer run
	$(BIN)/python -m warehouse.dictionary $(MANIFEST) docs/data_dictionary.md --check

check-python:
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports

check-rest:
	$(BIN)/yamllint --strict .
	$(BIN)/codespell
	$(BIN)/deptry .
	$(BIN)/vulture

manifest: .venv/test.stamp
	$(DBT) parse $(IN_PROJECT)

.venv/uv.stamp: requirements/uv.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-cache-dir \
		--require-hashes --only-binary :all: -r $<
	touch $@

.venv/%.stamp: requirements/%.txt pyproject.toml .venv/uv.stamp
	$(PINNED) -r $<
	$(INSTALL) --no-deps --no-build-isolation --editable .
	touch $@
