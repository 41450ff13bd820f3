# Every command does its own set-up first; `make help` lists them.

PYTHON ?= $(firstword $(shell command -v python3.11 python3 2>/dev/null) python3)
VENV := .venv
BIN := $(VENV)/bin
# Versions are resolved by this one, so that two machines lock alike.
UV := uv==0.13.9
# For the oldest Python supported: 3.11.2 of Debian needs one package that 3.11.3 does not.
LOCK_OPTIONS := --upgrade --no-header --annotation-style line --python-version 3.11

# Compiled once, and not by every process anew: our own modules, and above all tests, whose assertions pytest writes out.
unexport PYTHONDONTWRITEBYTECODE

# Two sets of tests that run beside one another, one test a core: the quick ones, and all that share no queue and no clock.
SHARED := redis or postgres or rabbitmq
QUICK := not ($(SHARED) or docker or attack or slow or medium)
TOGETHER := not ($(SHARED) or alone)

.DEFAULT_GOAL := help
.PHONY: help setup demo test check attacks suites lock

help:  ## list the commands
	@sed -n 's/^\([a-z]*\):.*  ## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 18

setup: $(VENV)/packages.stamp  ## install all that is needed; as root, missing Debian packages too
	@$(BIN)/python -m compileall -q -x demo/submissions grader course_admin
	@$(BIN)/python -m course_admin.languages compile
	@$(BIN)/python -m grader.sandbox.rootfs >/dev/null

demo: setup  ## show the service: students push, grades come back (SERVE=0: do not serve afterwards)
	@$(BIN)/python manage.py demo $(if $(filter 0,$(SERVE)),--no-serve)

test: setup  ## run every test; what was skipped, and why, is printed at the end
	@# Both parts run, whatever the first one says.
	@status=0; \
	$(BIN)/python -m pytest -n auto --dist worksteal -m "$(TOGETHER)" || status=1; \
	$(BIN)/python -m pytest -m "not ($(TOGETHER))" || status=1; \
	exit $$status

check: setup  ## lint, types, and the quick tests, attacks aside: under two minutes
	@$(BIN)/ruff check --quiet .
	@# Code in documents is laid out for its reader.
	@$(BIN)/ruff format --check --quiet --extend-exclude '*.md' .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache >/dev/null || $(BIN)/lint-imports --no-cache
	@$(BIN)/python manage.py makemigrations --check --dry-run >/dev/null || { echo "Models and migrations differ: run manage.py makemigrations"; exit 1; }
	@$(BIN)/python -m pytest -q -n auto --dist worksteal --nomigrations \
		-m "$(QUICK)"

attacks: setup  ## run the hostile submissions alone and print a table by class
	@$(BIN)/python -m tests.attacks

suites: setup  ## check every suite of the course under 20 draws, for hours; SUITES, SWEEP (options) narrow it
	@mkdir -p var/suites
	@$(BIN)/python -m grader suite check $(or $(SUITES),all) --draws 20 --seeds 20 $(SWEEP) \
		--messages var/suites --json var/suites/report.json

lock: setup  ## resolve the pinned requirements again from pyproject.toml
	@$(BIN)/python -m pip install --quiet $(UV)
	@$(BIN)/uv pip compile --quiet $(LOCK_OPTIONS) \
		pyproject.toml --output-file requirements.txt
	@$(BIN)/uv pip compile --quiet $(LOCK_OPTIONS) --constraint requirements.txt \
		--extra dev --extra postgres --extra saml pyproject.toml --output-file tests/requirements.txt
	@$(BIN)/uv pip compile --quiet $(LOCK_OPTIONS) --constraint requirements.txt \
		docker/worker/requirements.in --output-file docker/worker/requirements.txt

$(VENV)/packages.stamp: tests/requirements.txt docker/system-packages
	@docker/system-packages $(PYTHON)
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { echo "Making $(VENV)"; $(PYTHON) -m venv --clear $(VENV); }
	@echo "Installing the pinned packages into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement tests/requirements.txt
	@touch $@
