# Everything a person or CI does here; `make` lists it. Set-up runs by itself before the targets that need it.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test stress check fix conformance setup sandbox migrate shell clean

# The first Python that is new enough; PYTHON=... on the command line or in the environment wins.
ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(firstword $(shell for name in python3 python3.13 python3.12 python3.11 python; do \
	$$name -c '$(ENOUGH)' >/dev/null 2>&1 && echo $$name && break; done; true) python3)
BOOTSTRAP = @$(PYTHON) devtools/bootstrap.py

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Start everything: BMS, worker, beat, sandbox, PostgreSQL, Valkey (VERBOSE=1 shows all logs)
	$(BOOTSTRAP) run -m devtools.run

test: ## Run the whole suite on real servers and a real browser (ARGS="tests/core -k decide" for less)
	$(BOOTSTRAP) test -m devtools.tests $(ARGS)

stress: ## Run the convergence test deep (CONVERGENCE_EXAMPLES=2000)
	$(BOOTSTRAP) test -m devtools.stress

check: ## Check format, lint, types, import contracts, migrations, templates, Docker files
	$(BOOTSTRAP) check -m devtools.checks $(ARGS)

fix: ## Repair what the formatters and linters can repair themselves
	$(BOOTSTRAP) check -m devtools.checks --fix

conformance: ## Run every method of the official Node client against a fresh sandbox
	$(BOOTSTRAP) test -m conformance

setup: ## Install everything that the other targets need, and start nothing
	$(BOOTSTRAP) check

sandbox: ## Start the Cronofy sandbox alone (SANDBOX_PORT, DATA_DIR)
	$(BOOTSTRAP) run -m devtools.run --only sandbox

migrate: ## Bring the database of `make run` up to date
	$(BOOTSTRAP) run -m devtools.manage migrate

shell: ## Open a Python shell with the models, on the database of `make run`
	$(BOOTSTRAP) run -m devtools.manage shell

clean: ## Remove everything that set-up and running made, the demo data included
	@$(PYTHON) devtools/clean.py
