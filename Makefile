# `make demo`, `make play` and `make test`. What they need, they install: Python packages into .venv, and for tests with
# windows Debian's xvfb, xdotool and x11-apps (where they cannot be installed, these tests are skipped and say so).

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo play test lint heavy bench goldens pictures desktop clean

demo: .venv/demo
	$(BIN)/rollstep match demo_game:game --view auto

play: .venv/demo
	$(BIN)/python -m demo_game

test: .venv/dev desktop
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not heavy"

heavy: .venv/dev desktop
	$(BIN)/python -m pytest -n auto --dist worksteal -m heavy

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports --no-cache

# Rollstep's numbers, core and sessions beside C, in the same run.
bench: .venv/dev
	$(BIN)/rollstep bench numbers
	$(BIN)/rollstep bench core

# The only way the golden replays change; say why in the commit.
goldens: .venv/dev
	$(BIN)/python -m tests.goldens

# The README's pictures, from the golden replays.
pictures: .venv/dev
	$(BIN)/python -m demo_game.app.pictures

desktop:
	@{ command -v Xvfb && command -v xdotool && command -v xwd; } >/dev/null || \
		{ echo "installing xvfb, xdotool and x11-apps, for the tests with windows"; \
		  { apt-get update -qq && apt-get install -y -qq xvfb xdotool x11-apps; } >/dev/null 2>&1; } || \
		echo "they cannot be installed here; on Debian: sudo apt install xvfb xdotool x11-apps"

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
