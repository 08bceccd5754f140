# Two commands need nothing but Python and make: `make demo` and `make test`. Each makes its own environment in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test check lint format docs wheel clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo "Python 3.11, 3.12 or 3.13 is needed, found: $$($(PYTHON) --version 2>&1); name one with: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Making the environment in $(VENV) (TensorFlow is a download of some 600 MB, once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --upgrade pip
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
		--editable '.[train]' --group dev
	@touch $@

demo: $(READY) ## Train on data/sample, score the model, tag with it (about two minutes)
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh data/demo.sh

test: $(READY) ## Run the whole test suite
	$(BIN)/python -m pytest -q

check: lint ## Lint, types and the fast tests
	$(BIN)/python -m pytest -q -m 'not slow'

lint: $(READY) ## Lint, format and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(READY) ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(READY) ## Write docs/cli.md and docs/presets.md anew from the program's own help
	$(BIN)/python docs/make_cli.py
	$(BIN)/python docs/make_presets.py

wheel: $(READY) ## Build the wheel into dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

clean: ## Remove the environment and everything built
	rm -rf $(VENV) dist build demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
