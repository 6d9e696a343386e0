# Two commands are enough: `make demo` trains on real data, `make test` passes all tests.
# Each makes its own virtual environment in .venv, with the versions that constraints.txt pins.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
RUN ?= runs/digits

.PHONY: help install demo test test-long test-gpu lint format bench clean

help:  ## Show what can be made.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

install: $(INSTALLED)  ## Make the virtual environment.

$(INSTALLED): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	touch $@

demo: $(INSTALLED)  ## Train on real digits; stop it at any moment, and type it again.
	$(BIN)/retorch train digits --threads 2 --run $(RUN)

test: lint  ## Check style, types and layers, and run every test that needs minutes at most.
	$(BIN)/python -m pytest -n 2

test-long: $(INSTALLED)  ## Run the long tests: hundreds of kills, recipes on three seeds.
	$(BIN)/python -m pytest -m long -n 2

test-gpu: $(INSTALLED)  ## Run the tests that need an accelerator.
	$(BIN)/python -m pytest -m gpu

lint: $(INSTALLED)  ## Check style, types and layers.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(INSTALLED)  ## Put every file into the project's style.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(INSTALLED)  ## Measure against the hand-written loop, other libraries, a plain copy and a raw write.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -c benchmarks/constraints.txt -e '.[bench]'
	$(BIN)/python benchmarks/step.py
	$(BIN)/python benchmarks/checkpoints.py
	$(BIN)/python benchmarks/resume.py
	$(BIN)/python benchmarks/loaders.py
	$(BIN)/python benchmarks/inspection.py
	$(BIN)/python benchmarks/tracing.py
	$(BIN)/python benchmarks/checking.py
	$(BIN)/python benchmarks/fingerprints.py
	$(BIN)/python benchmarks/recording.py

clean:  ## Remove the virtual environment and caches; runs stay.
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
