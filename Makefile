# Everything a person does here, from a fresh clone with Python 3.11 and make.
# All paths are relative, so the folder may have blanks in its name; programs of .venv are run as
# modules, so a folder that was moved still works.

PYTHON ?= python3
# More than CI has cores, which are two: while a test waits for an engine, another one works.
WORKERS ?= 3
VENV := .venv
RUN := $(VENV)/bin/python -m
PIP := $(RUN) pip --disable-pip-version-check --no-input --quiet install
TO_LOCK := uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate \
	--custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

# Tests with a target of their own: they take long, or need a program that is not everywhere.
OF_THEIR_OWN := $(foreach one,races deployment subscribers identity mail cohort api,--ignore=tests/$(one))

# Each process takes files that stand together, so what a file shares is made in one of them.
SHARED_OUT := -n $(WORKERS) --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help demo up test test-patient test-cohort test-deployment test-subscribers test-identity test-mail test-api lint races races-short walk fuzz matching chaos bench bench-large docs lock clean
.DELETE_ON_ERROR:

help:
	@echo 'make demo    a whole invented cohort, from first interest to partnership, shown as it happens'
	@echo 'make up      start everything and keep it running; Ctrl-C stops it'
	@echo 'make test    all tests, the style and the types'
	@echo 'make test-patient  the tests that take long: engines freeze, are away for long, or start many times'
	@echo 'make test-cohort  a cohort of sixty by hand, from files to completion'
	@echo 'make test-deployment  what deploy/make-secrets has openssl make; needs openssl'
	@echo 'make test-subscribers  the example of a subscriber in JavaScript; needs Node and npm'
	@echo 'make test-identity  signing in with a real OpenID provider; needs Node and npm'
	@echo 'make test-mail  letters that come back into a real mailbox; needs Dovecot'
	@echo 'make test-api  the HTTP API by chance, by a client that is made of its document, and in a browser; API_CASES chooses how many; needs Chromium'
	@echo 'make lint    only the style, the types and the rules of the house'
	@echo 'make races   the races of the log: a short form, then a hundred seeds of each'
	@echo 'make races-short  only the short form'
	@echo 'make walk    random lives through the pure rooms; WALK_SEED, WALK_STEPS and WALK_SECONDS choose which'
	@echo 'make fuzz    words, tokens, headers, tables to match by and files by chance; FUZZ_SEED and FUZZ_SECONDS choose which'
	@echo 'make matching  100,000 tables up to six by six, each matched beside every matching there is; MATCHING_TABLES and MATCHING_SEED choose which'
	@echo 'make chaos   faults on everything at once, under load; CHAOS_SEED and CHAOS_SECONDS choose which'
	@echo 'make bench   how fast it is on this machine'
	@echo 'make bench-large  the same for a log of five million events'
	@echo 'make docs    write the pages that are made from the code anew'
	@echo 'make lock    pin the dependencies anew; with UPGRADE=1, to their newest versions'
	@echo 'make clean   remove what was installed and built; what you recorded in var/ stays'
	@echo
	@echo 'ARGS="..." is handed on, as in: make test ARGS="-k engines"'

demo: $(VENV)/installed
	@$(RUN) services demo $(ARGS)

up: $(VENV)/installed
	@$(RUN) services up $(ARGS)

test: $(VENV)/installed-dev
	@$(RUN) pytest $(SHARED_OUT) $(OF_THEIR_OWN) -m "not patient" $(ARGS)

# What has to wait until something counts as frozen, away or standing still, or tells a whole story
# and starts each process alone: minutes. Of each kind one quick member is in `make test`.
test-patient: $(VENV)/installed-dev
	@$(RUN) pytest $(SHARED_OUT) $(OF_THEIR_OWN) -m patient $(ARGS)

# A cohort of sixty by the command line, as somebody types it, on engines of its own: a minute.
test-cohort: $(VENV)/installed-dev
	@$(RUN) pytest tests/cohort $(ARGS)

test-deployment: $(VENV)/installed-dev
	@command -v openssl >/dev/null || { \
		echo 'This needs openssl. On Debian and Ubuntu: apt install openssl'; \
		exit 1; }
	@$(RUN) pytest tests/deployment $(ARGS)

test-subscribers: $(VENV)/installed-dev build/subscribers/installed
	@$(RUN) pytest tests/subscribers $(ARGS)

test-identity: $(VENV)/installed-dev build/identity/installed
	@$(RUN) pytest tests/identity $(ARGS)

test-mail: $(VENV)/installed-dev
	@command -v dovecot >/dev/null || { \
		echo 'This needs Dovecot. On Debian and Ubuntu: apt install dovecot-imapd'; \
		exit 1; }
	@$(RUN) pytest tests/mail $(ARGS)

# Some thousand cases; the long form is API_CASES=10000 make test-api.
test-api: $(VENV)/installed-dev
	@command -v chromium >/dev/null || { \
		echo 'This needs Chromium. On Debian and Ubuntu: apt install chromium'; \
		exit 1; }
	@$(RUN) pytest tests/api $(ARGS)

lint: $(VENV)/installed-dev
	@$(RUN) pytest --no-header -q tests/test_house.py $(ARGS)

races-short: $(VENV)/installed-dev
	@$(RUN) pytest $(SHARED_OUT) tests/races

races: races-short
	@$(RUN) tests.races $(ARGS)

walk: $(VENV)/installed-dev
	@$(RUN) tests.walk $(ARGS)

fuzz: $(VENV)/installed-dev
	@$(RUN) tests.fuzz $(ARGS)

matching: $(VENV)/installed-dev
	@$(RUN) tests.services.matching $(ARGS)

chaos: $(VENV)/installed-dev
	@$(RUN) tests.chaos $(ARGS)

bench: $(VENV)/installed-dev
	@$(RUN) benchmarks $(ARGS)

# The same questions to a log of five million events: some fifteen gigabytes, a quarter of an hour.
bench-large: $(VENV)/installed-dev
	@$(RUN) benchmarks large --events 5000000 $(ARGS)

docs: $(VENV)/installed
	@$(RUN) services.handbook

# Each file of pins covers every platform, by hash and without a word on where it was fetched.
# setuptools is pinned too, because it builds the project itself.
lock:
	@rm -rf build/lock && $(PYTHON) -m venv build/lock && build/lock/bin/pip install --quiet uv
	@echo 'setuptools>=77' | build/lock/bin/$(TO_LOCK) pyproject.toml - -o requirements.lock
	@build/lock/bin/$(TO_LOCK) --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	@rm -rf build/lock

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache \
		.hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps come last, so an installation that was interrupted is taken up again.
$(VENV)/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo 'This needs Python 3.11 or newer, and $(PYTHON) is not. Name one: make PYTHON=python3.11'; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo '$(PYTHON) comes without venv. On Debian and Ubuntu: apt install python3-venv'; \
		exit 1; }
	@echo 'Installing into $(VENV), once; it takes about a minute.'
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

build/%/installed: tests/%/package.json tests/%/package-lock.json
	@command -v npm >/dev/null || { \
		echo 'This needs Node 20 or newer, with npm. On Debian and Ubuntu: apt install nodejs npm'; \
		exit 1; }
	@mkdir -p build/$* && cp tests/$*/package*.json build/$*/
	@npm ci --prefix build/$* --ignore-scripts --no-audit --no-fund --silent
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.lock
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@
