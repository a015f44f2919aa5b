# One word each: setup, run, test, lint, format, bench, soak, lock. They need Python 3.11 and make; no root.
.PHONY: help setup run test lint format bench soak lock clean
.DEFAULT_GOAL := help
BIN := .venv/bin
WORKERS ?= 1

help: ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

setup: .venv/.installed ## make .venv with .venv/bin/dialboard in it

.venv/.installed: requirements.lock pyproject.toml tools/setup dialboard/__init__.py
	@tools/setup requirements.lock
	@touch $@

.venv/.installed-dev: requirements-dev.lock .venv/.installed
	@tools/setup requirements-dev.lock
	@touch $@

run: .venv/.installed ## the whole product on 127.0.0.1:8000, everything in ./dialboard-data
	@$(BIN)/dialboard serve --sign-in-link

test: lint ## everything CI checks
	@tools/system-packages
	@tools/clickhouse >/dev/null || [ "$$CI" != true ]
	@$(BIN)/python -m pytest -q -m "not soak" $(if $(filter-out 1,$(WORKERS)),-n $(WORKERS))

lint: .venv/.installed-dev ## linter, formatter, types, arrows
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "Run: make format"; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@said=$$($(BIN)/lint-imports --config importlinter.ini 2>/dev/null) || { echo "$$said"; exit 1; }

format: .venv/.installed-dev ## put the code in its form
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

bench: .venv/.installed-dev ## the claims about speed, each as a ratio measured in the same run
	@for file in benchmarks/[a-z]*.py; do case $$file in *load.py) ;; *) echo "== $$file"; $(BIN)/python $$file || exit 1;; esac; done

soak: .venv/.installed-dev ## the same tests with more rows and more kills; takes long
	@tools/clickhouse >/dev/null
	@$(BIN)/python -m pytest -q -m soak --timeout=3600

lock: .venv/.installed-dev ## pin the dependencies anew
	@$(BIN)/python -m uv --version >/dev/null 2>&1 || { echo "Needs uv in .venv: $(BIN)/python $$(echo tools/bootstrap/pip-*.whl)/pip install uv"; exit 1; }
	@$(BIN)/python -m uv pip compile -q --upgrade --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 pyproject.toml -o requirements.lock
	@$(BIN)/python -m uv pip compile -q --upgrade --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

clean: ## remove what make made; the data folder stays
	@rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
