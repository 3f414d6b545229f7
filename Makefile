# Taojin. `make help` lists what there is.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check

export KEDRO_DISABLE_TELEMETRY := 1
export DO_NOT_TRACK := 1

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run smoke test lint types unit long viz mlflow bench clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else f"Taojin needs Python 3.11 to 3.13, this is {v[0]}.{v[1]}: make run PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) install --quiet --constraint constraints.txt --editable '.[dev,oracle,ray,dask,transformers,constraints,image,audio,scripts]'
	touch $@

setup: $(VENV)/.installed  ## make .venv and install the project
setup-dev: $(VENV)/.installed-dev

run: setup  ## the main job: raw text in, report out (minutes)
	$(BIN)/kedro run

smoke: setup  ## the main job on a spoonful of data (about a minute)
	$(BIN)/kedro run --env smoke

test: lint types unit  ## all checks: lint, contracts, types, tests

lint: setup-dev  ## style, import contracts, declared dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/deptry src

types: setup-dev  ## static types
	$(BIN)/pyright

unit: setup-dev  ## the tests but those that take minutes
	OMP_NUM_THREADS=1 $(BIN)/pytest -m 'not gpu and not long'

long: setup-dev  ## the tests that take minutes: Ray, torchrun, several ranks, whole searches
	OMP_NUM_THREADS=1 $(BIN)/pytest -m 'long and not gpu'

viz: setup  ## the lineage in a browser
	$(BIN)/kedro viz run

mlflow: setup  ## the runs in a browser
	$(BIN)/mlflow ui --backend-store-uri sqlite:///data/mlflow.db

bench: setup  ## speed against limits measured in the same run
	$(BIN)/python benchmarks/main_job.py
	$(BIN)/python benchmarks/curation.py --documents data/02_intermediate/raw_documents/*.parquet

clean:  ## remove what runs have made; sources in data/01_raw stay
	rm -rf data/.work data/.lineage data/.smoke data/mlflow.db
	find data -mindepth 2 -not -path 'data/01_raw/*' -not -name .gitkeep -delete
