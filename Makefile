# The two commands: `make demo` and `make test`. What they need, they install into .venv.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint heavy goldens clean

demo: .venv/demo
	$(BIN)/rollstep match demo_game:game

test: .venv/dev
	$(BIN)/python -m pytest -m "not heavy"

heavy: .venv/dev
	$(BIN)/python -m pytest -m heavy

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports --no-cache

# The only way the golden replays change; say why in the commit.
goldens: .venv/dev
	$(BIN)/python -m tests.goldens

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || \
		{ echo "rollstep needs Python 3.11 to 3.13; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv .venv 2>/dev/null || \
		{ echo "installing python3-venv"; apt-get install -y -qq python3-venv >/dev/null && $(PYTHON) -m venv .venv; } || \
		{ echo "no virtual environment can be made; on Debian: sudo apt install python3-venv"; exit 1; }
	@touch $@

.venv/demo: .venv/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[demo]'
	@touch $@

.venv/dev: .venv/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[demo,dev]'
	@touch $@
