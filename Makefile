# Every target sets up what it needs by itself; nothing is installed outside this folder.

PORT ?= 8000
VENV ?= .venv
BIN := $(VENV)/bin
# The first Python that is new enough and really runs.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PYTEST_ARGS ?=
# Branch coverage, where CI asks for it: `make test CI=true`.
COVERAGE = $(if $(CI),--cov --cov-report=term:skip-covered)
FRONTEND := example_project/frontend
FRONTEND_TOOLS := $(FRONTEND)/node_modules/.package-lock.json
FRONTEND_BUILD := example_project/static/react/manifest.json
DEMO_ENV = DJANGO_SETTINGS_MODULE=example_project.settings DJANGO_DEBUG=1 PORT=$(PORT)

.DEFAULT_GOAL := help
.PHONY: help demo smoke frontend frontend-test test nox shapes lint format e2e judges screenshots hub openapi requirements clean

help:
	@echo "make demo         serve the example with the sandbox on http://127.0.0.1:$(PORT)/"
	@echo "make smoke        the main job once, without a browser, and its timeline"
	@echo "make frontend     the React page, built; says how large it is (Node 20.19)"
	@echo "make frontend-test  its types, held against docs/openapi.json, and its unit tests"
	@echo "make test         the tests, on SQLite, and on PostgreSQL if TEST_DATABASE_URL names one"
	@echo "make shapes       the core of the tests in every kind of host project"
	@echo "make nox          the tests on every supported Python and Django that is here"
	@echo "make lint         style, types, import directions, missing migrations"
	@echo "make e2e          the main job in a real browser (Chromium)"
	@echo "make judges       StackOne's own SDK (Node) against the sandbox"
	@echo "make screenshots  the pictures of the README, taken anew"
	@echo "make openapi      docs/openapi.json and the front end's types, written anew"
	@echo "make requirements the pinned requirements, compiled anew"

# --- What a person runs ------------------------------------------------------------------------

demo: $(VENV)/.demo hub
	@$(DEMO_ENV) $(BIN)/python manage.py migrate --verbosity 0
	@echo
	@echo "  Sign in at http://127.0.0.1:$(PORT)/ as"
	@echo
	@$(DEMO_ENV) $(BIN)/python manage.py seed_demo
	@echo
	@echo "  The admin is at http://127.0.0.1:$(PORT)/admin/, the sandbox's control page at"
	@echo "  http://127.0.0.1:$(PORT)/sandbox/. Stop with Ctrl+C."
	@echo
	@exec env $(DEMO_ENV) $(BIN)/gunicorn --config example_project/gunicorn_config.py

smoke: $(VENV)/.demo
	@$(BIN)/python -m scripts.smoke

test: $(VENV)/.test
	env -u DATABASE_URL $(BIN)/pytest -n 2 $(COVERAGE) $(PYTEST_ARGS)
	@url="$${TEST_DATABASE_URL:-$$DATABASE_URL}"; if [ -n "$$url" ]; then \
		echo "The same on PostgreSQL"; DATABASE_URL="$$url" $(BIN)/pytest -n 2 $(PYTEST_ARGS); fi

shapes: $(VENV)/.test
	env -u DATABASE_URL $(BIN)/python -m tests.shapes.run
	@url="$${TEST_DATABASE_URL:-$$DATABASE_URL}"; if [ -n "$$url" ]; then \
		echo "The same on PostgreSQL"; DATABASE_URL="$$url" $(BIN)/python -m tests.shapes.run; fi

nox: $(VENV)/.test
	$(BIN)/nox $(NOX_ARGS)

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py makemigrations --check --dry-run

format: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

frontend: $(FRONTEND_TOOLS)
	@cd $(FRONTEND) && npm run --silent build

frontend-test: $(FRONTEND_TOOLS)
	@cd $(FRONTEND) && npm run --silent types:check && npm run --silent test

e2e: $(VENV)/.test hub $(FRONTEND_BUILD)
	$(BIN)/pytest -n 2 -m e2e tests/e2e $(PYTEST_ARGS)

judges: $(VENV)/.demo
	@$(BIN)/python -m scripts.judges

screenshots: $(VENV)/.test hub
	$(BIN)/pytest -m e2e tests/e2e -k listed --screenshots docs/images

openapi: $(VENV)/.test
	$(BIN)/python -m scripts.openapi
	@$(MAKE) --no-print-directory $(FRONTEND_TOOLS)
	cd $(FRONTEND) && npm run --silent types

# --- What they need ----------------------------------------------------------------------------

INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, as python3."; exit 1; }
	@echo "Making $(VENV) and installing what is needed; this takes a minute the first time."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: requirements/demo.txt | $(BIN)/python
	@$(INSTALL) $<
	@touch $@

$(VENV)/.test: requirements/test.txt | $(BIN)/python
	@$(INSTALL) $<
	@touch $@ $(VENV)/.demo

hub: | $(BIN)/python
	@$(BIN)/python -m scripts.fetch_hub

$(FRONTEND_TOOLS): $(FRONTEND)/package-lock.json
	@command -v npm >/dev/null || { echo "The React page needs Node 20.19 or newer."; exit 1; }
	@cd $(FRONTEND) && npm ci --prefer-offline --no-audit --no-fund --loglevel=error
	@touch $@

$(FRONTEND_BUILD): $(shell find $(FRONTEND)/src -type f) $(wildcard $(FRONTEND)/*.*) $(FRONTEND_TOOLS)
	@$(MAKE) --no-print-directory frontend

COMPILER = $(abspath $(VENV))-compile
COMPILE = CUSTOM_COMPILE_COMMAND="make requirements" $(COMPILER)/bin/pip-compile --quiet \
	--generate-hashes --allow-unsafe --strip-extras --annotation-style line \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links $(UPGRADE)

requirements:
	test -d $(COMPILER) || $(PYTHON) -m venv $(COMPILER)
	$(COMPILER)/bin/pip install --quiet pip-tools==7.6.2
	cd requirements && $(COMPILE) demo.in && $(COMPILE) suite.in && $(COMPILE) test.in
	$(MAKE) nox NOX_ARGS="-s lock -- $(UPGRADE)"

clean:
	rm -rf $(VENV) $(COMPILER) .nox var example_project/static/vendor \
		$(FRONTEND)/node_modules example_project/static/react
