# `make help` prints the lines that carry two hashes.
SHELL := /bin/bash
PY := .venv/bin/python
# Tests start hundreds of processes: each would compile all of Pantau anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test check e2e fault soak bench docs help setup setup-test vendor

run: setup vendor ## Start Pantau with eight demo cameras on http://127.0.0.1:3000
	@exec .venv/bin/pantau serve --demo

test: setup-test ## Run the test suite (tests/architecture belongs to check)
	@tools/suite.sh --ignore=tests/architecture -n 4 --dist loadscope --no-loadscope-reorder --timeout 400 -m "not browser and not long" $(ARGS)

check: setup-test vendor ## Lint, types, import order, shape, documents
	@bash tools/check.sh

e2e: setup-test vendor ## Run the browser tests in a real Chromium
	@$(PY) -m tests.browser.require_chromium && tools/suite.sh -n 3 --dist loadscope --no-loadscope-reorder -m "browser and not long" tests/browser $(ARGS)

fault: setup-test ## Run the fault suites whole (minutes)
	PANTAU_TEST_EXAMPLES=searching $(PY) -m pytest -m "fault or long" --timeout 900 $(ARGS)

soak: setup-test ## Watch one server for long under load (PANTAU_SOAK_S seconds)
	$(PY) -m bench.soak

bench: setup-bench vendor ## Measure ratios beside nginx and ffmpeg; writes bench/report.json
	$(PY) -m bench

docs: setup-test ## Write the generated reference pages
	$(PY) -m tools.reference

help: ## Print this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

setup: .venv/.setup-run
setup-test: .venv/.setup-test
setup-bench: .venv/.setup-bench

.venv/.setup-%: requirements/%.txt pyproject.toml
	@bash tools/setup.sh $*

vendor: setup
	@bash tools/vendor.sh
