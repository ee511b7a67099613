# Every target sets up what it needs by itself; nothing is installed outside this folder.

PORT ?= 8000
VENV ?= .venv
BIN := $(VENV)/bin
SHAPES := $(abspath $(VENV))-shapes
# The first Python that is new enough and really runs.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PYTEST_ARGS ?=
# Branch coverage, which takes nearly as long again as the tests: `make test COVERAGE=1`.
COUNTED = $(if $(COVERAGE),--cov --cov-report=term:skip-covered)
# What takes long, once and on SQLite, as CI runs it: `make test CI=true`.
LONG_TESTS = $(if $(CI),env -u DATABASE_URL $(BIN)/pytest -n 2 -m slow $(PYTEST_ARGS))
# Tests that ask no database, or in which it makes no difference.
WITHOUT_DATABASE := benchmarks client example frontend languages machine packaging reliability testing \
	api/test_failing_caches.py sandbox/test_faults_over_sockets.py
MINUTES ?= 10
# What takes five minutes: `make reliability PART=ci`.
PART ?= all
LOCKS ?= requirements
# SQLite needs no server; these do, separated by spaces. Each user must be allowed to make databases.
TEST_DATABASE_URLS ?= $(or $(TEST_DATABASE_URL),$(DATABASE_URL))
# The npm package, and the example's page that is made with it.
PACKAGE := frontend
PACKAGE_TOOLS := $(PACKAGE)/node_modules/.package-lock.json
TARBALL := $(PACKAGE)/dist/package.tgz
FRONTEND := example_project/frontend
FRONTEND_TOOLS := $(FRONTEND)/node_modules/.package-lock.json
EXPRESS := benchmarks/peers/express
EXPRESS_PACKAGES := $(EXPRESS)/node_modules/.package-lock.json
DJSTRIPE := $(abspath $(VENV))-djstripe
FRONTEND_BUILD := example_project/static/react/manifest.json
DEMO_ENV = DJANGO_SETTINGS_MODULE=example_project.settings DJANGO_DEBUG=1 PORT=$(PORT)

.DEFAULT_GOAL := help
.PHONY: help demo smoke frontend frontend-test test explore reliability newest nox shapes lint format
.PHONY: e2e judges bench screenshots hub openapi docs messages requirements clean

help:
	@echo "make demo         serve the example with the sandbox on http://127.0.0.1:$(PORT)/"
	@echo "make smoke        the main job once, without a browser, and its timeline"
	@echo "make frontend     the npm package, the element and the React page, built; says how large they are"
	@echo "make frontend-test  their types, held against docs/openapi.json, and their tests (Node 20.19)"
	@echo "make hub          StackOne's hub for the example's pages (Node 20.19)"
	@echo "make test         the tests, on SQLite and on each database of TEST_DATABASE_URLS"
	@echo "make explore      new random histories for MINUTES (10); prints the seed of what failed"
	@echo "make reliability  breaks everything and writes docs/reliability.md (half an hour)"
	@echo "make shapes       the core of the tests in every kind of host project"
	@echo "make nox          the tests on every supported Python and Django that is here"
	@echo "make newest       the core of the tests on the newest release of every package"
	@echo "make lint         style, types, import directions, missing migrations"
	@echo "make format       the style, applied"
	@echo "make e2e          the main job in a real browser (Chromium)"
	@echo "make judges       StackOne's own SDK (Node) against the sandbox"
	@echo "make bench        what it costs beside others, 20 minutes (PostgreSQL); CHECK=1 holds it to goals"
	@echo "make screenshots  the pictures of the README, taken anew"
	@echo "make openapi      docs/openapi.json and the front end's types, written anew"
	@echo "make docs         the tables of docs/settings.md, from the declarations of the settings"
	@echo "make messages     the catalogues of sentences, brought up to date and compiled (gettext)"
	@echo "make requirements the pinned requirements, compiled anew"
	@echo "make clean        remove everything that make made"

# --- What a person runs ------------------------------------------------------------------------

demo: $(VENV)/.demo hub
	@$(DEMO_ENV) $(BIN)/python manage.py migrate --verbosity 0
	@echo
	@echo "  Sign in at http://127.0.0.1:$(PORT)/ as"
	@echo
	@$(DEMO_ENV) $(BIN)/python manage.py seed_demo
	@echo
	@echo "  Customer and sandbox side by side:  http://127.0.0.1:$(PORT)/demo/"
	@echo "  The sandbox's control page:         http://127.0.0.1:$(PORT)/sandbox/"
	@echo "  The API reference:                  http://127.0.0.1:$(PORT)/api/stackone/docs/"
	@echo "  The admin:                          http://127.0.0.1:$(PORT)/admin/"
	@echo
	@echo "  Stop with Ctrl+C."
	@echo
	@exec env $(DEMO_ENV) $(BIN)/gunicorn --config example_project/gunicorn_config.py

smoke: $(VENV)/.demo
	@$(BIN)/python -m scripts.smoke

test: $(VENV)/.test
	env -u DATABASE_URL $(BIN)/pytest -n 2 $(COUNTED) $(PYTEST_ARGS)
	$(LONG_TESTS)
	$(call on_each_database,$(BIN)/pytest -n 2 $(WITHOUT_DATABASE:%=--ignore=tests/%) $(PYTEST_ARGS))

explore: $(VENV)/.test
	@$(BIN)/python -m scripts.explore --minutes $(MINUTES) $(PYTEST_ARGS)

reliability: $(VENV)/.test
	@$(BIN)/python -m reliability --part $(PART)

shapes: $(SHAPES)/.shapes
	env -u DATABASE_URL $(SHAPES)/bin/python -m tests.shapes.run
	$(call on_each_database,$(SHAPES)/bin/python -m tests.shapes.run)

nox: $(VENV)/.test
	$(BIN)/nox $(NOX_ARGS)

# By hand only: what it finds depends on the day.
newest: $(VENV)/.test
	$(BIN)/nox -s newest $(NOX_ARGS)

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
	@cd $(PACKAGE) && npm run --silent types:check && npm run --silent test
	@cd $(FRONTEND) && npm run --silent test

e2e: $(VENV)/.test hub $(FRONTEND_BUILD)
	$(BIN)/pytest -n 2 -m e2e tests/e2e $(PYTEST_ARGS)

judges: $(VENV)/.demo
	@$(BIN)/python -m scripts.judges

# By hand only: it wants a machine on which nothing else runs. The server is that of DATABASE_URL;
# databases of its own are made there. BENCH names suites.
bench: $(VENV)/.test $(DJSTRIPE)/.djstripe $(EXPRESS_PACKAGES)
	@CHECK=$(CHECK) DJSTRIPE=$(DJSTRIPE) $(BIN)/python -m benchmarks $(BENCH)

screenshots: $(VENV)/.test hub
	$(BIN)/pytest -m e2e tests/e2e \
		-k "listed or on_one_screen or browsers_language or judged_by or what_a_switch_does" \
		--screenshots docs/images

openapi: $(VENV)/.test
	$(BIN)/python -m scripts.openapi
	@$(MAKE) --no-print-directory $(PACKAGE_TOOLS)
	cd $(PACKAGE) && npm run --silent types

docs: $(VENV)/.test
	$(BIN)/python -m scripts.settings_page
	$(BIN)/python -m scripts.python_api_page

messages: $(VENV)/.test
	@$(BIN)/python -m scripts.messages

# --- What they need ----------------------------------------------------------------------------

# A database's address may hold a password, so only its kind is printed.
on_each_database = @for url in $(TEST_DATABASE_URLS); do \
	echo "The same on $${url%%:*}"; DATABASE_URL="$$url" $(1) || exit 1; done

# The locks are complete, so nothing is resolved: a release of tomorrow changes nothing.
install = $(or $(2),$(BIN))/python -m pip install --quiet --disable-pip-version-check \
	--no-deps --require-hashes -r $(1) && \
	{ said=$$($(or $(2),$(BIN))/python -m pip check) || { echo "$$said"; exit 1; }; }

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, as python3."; exit 1; }
	@echo "Making $(VENV) and installing what is needed; this takes a minute the first time."
	@$(PYTHON) -m venv $(VENV)

# Each stamp is a copy of the lock that is installed. The lock of the tests holds the demo's.
$(VENV)/.demo: $(LOCKS)/demo.txt | $(BIN)/python
	@cmp -s $(LOCKS)/test.txt $(VENV)/.test || cmp -s $< $@ || \
		{ rm -f $(VENV)/.test; $(call install,$<); }
	@cp $< $@

$(VENV)/.test: $(LOCKS)/test.txt | $(BIN)/python
	@cmp -s $< $@ || { $(call install,$<); }
	@cp $< $@
	@cp $(LOCKS)/demo.txt $(VENV)/.demo

# What hosts are built with has a lock and an environment of its own.
$(SHAPES)/.shapes: $(LOCKS)/shapes.txt | $(BIN)/python
	@test -x $(SHAPES)/bin/python || $(PYTHON) -m venv $(SHAPES)
	@cmp -s $< $@ || { $(call install,$<,$(SHAPES)/bin); }
	@cp $< $@

# So has what `make bench` compares with.
$(DJSTRIPE)/.djstripe: $(LOCKS)/djstripe.txt | $(BIN)/python
	@test -x $(DJSTRIPE)/bin/python || $(PYTHON) -m venv $(DJSTRIPE)
	@cmp -s $< $@ || { $(call install,$<,$(DJSTRIPE)/bin); }
	@cp $< $@

$(EXPRESS_PACKAGES): $(EXPRESS)/package-lock.json
	@command -v npm >/dev/null || { echo "Express needs Node 20 or newer."; exit 1; }
	@cd $(EXPRESS) && npm ci --prefer-offline --no-audit --no-fund --loglevel=error
	@touch $@

hub: | $(BIN)/python
	@$(BIN)/python -m scripts.fetch_hub

install_packages = @command -v npm >/dev/null || { echo "The front end needs Node 20.19 or newer."; exit 1; }; \
	cd $(1) && npm ci --prefer-offline --no-audit --no-fund --loglevel=error

$(PACKAGE_TOOLS): $(PACKAGE)/package-lock.json
	$(call install_packages,$(PACKAGE))
	@touch $@

# Its name stays, and the lock of the page holds no hash of it: it is another one with each change.
$(TARBALL): $(shell find $(PACKAGE)/src -type f) $(wildcard $(PACKAGE)/*.*) $(PACKAGE_TOOLS)
	@cd $(PACKAGE) && npm run --silent build

$(FRONTEND_TOOLS): $(FRONTEND)/package-lock.json $(TARBALL)
	$(call install_packages,$(FRONTEND))
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
	cd requirements && $(COMPILE) demo.in && $(COMPILE) suite.in && $(COMPILE) test.in && \
		$(COMPILE) floors.in && $(COMPILE) shapes.in && $(COMPILE) djstripe.in && \
		$(COMPILE) drivers.in
	$(MAKE) nox NOX_ARGS="-s lock -- $(UPGRADE)"

clean:
	rm -rf $(VENV) $(SHAPES) $(DJSTRIPE) $(EXPRESS)/node_modules $(COMPILER) .nox var example_project/static/vendor \
		$(FRONTEND)/node_modules $(PACKAGE)/node_modules $(PACKAGE)/dist example_project/static/react
