# The commands of the project; `make help` lists them. ENV=dev names the environment of a rehearsal.
ifneq ($(filter 3.%,$(MAKE_VERSION)),)
$(error GNU make 4 or later is needed, this is $(MAKE_VERSION); on macOS: brew install make, then gmake)
endif

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

ENV ?= dev
PYTHON ?= python3
JOBS ?= 2
export PYTHON
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.build/collections

# Runs commands, parted by semicolons, under their target's name and says how long they took; the first that fails ends it.
timed = @printf '\n== %s\n' '$@'; $(1); printf '== %s: %s s\n' '$@' "$$SECONDS"

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: setup
setup: ## Make .venv from the lock and show the checkout to Ansible as fintech.platform
	@tests/tools/setup.sh

.PHONY: rehearse
rehearse: setup ## Build ENV in an emulated AWS with the shipped playbooks and inventory
	@python -m rehearsal up --environment '$(ENV)'

.PHONY: rehearse-down
rehearse-down: setup ## Stop the rehearsal of ENV and leave nothing behind
	@python -m rehearsal down --environment '$(ENV)'

.PHONY: test
test: lint unit sanity molecule integration ## Everything that continuous integration runs

.PHONY: test-fast
test-fast: ruff mypy unit ## What to run while editing: below two minutes

.PHONY: lint
lint: ruff mypy yamllint changelog-lint rstcheck ansible-lint ## All linters and type checks

.PHONY: ruff
ruff: setup
	$(call timed,ruff check .; ruff format --check .)

.PHONY: mypy
mypy: setup
	$(call timed,mypy)

.PHONY: yamllint
yamllint: setup
	$(call timed,yamllint --strict .)

.PHONY: changelog-lint
changelog-lint: setup
	$(call timed,antsibull-changelog lint; antsibull-changelog lint-changelog-yaml changelogs/changelog.yaml)

.PHONY: rstcheck
rstcheck: setup
	$(call timed,rstcheck --report-level warning CHANGELOG.rst docs/docsite/rst/*.rst)

.PHONY: ansible-lint
ansible-lint: setup
	$(call timed,ansible-lint)

.PHONY: unit
unit: setup ## Unit tests
	$(call timed,pytest -q -n '$(JOBS)' tests/unit)

.PHONY: programs
programs: setup ## Install the real programs that integration tests need, as root on Debian or Ubuntu
	@tests/tools/programs.sh

.PHONY: control-plane
control-plane: setup ## Build the Kubernetes of the rehearsal, once, into the user's cache
	@python -m rehearsal.kubernetes build

.PHONY: integration
integration: programs control-plane ## The shipped playbooks against the emulated AWS
	$(call timed,pytest -q -n '$(JOBS)' --dist loadfile -m 'not alone' tests/integration; pytest -q -m alone tests/integration)

.PHONY: sanity
sanity: setup ## ansible-test sanity and units, and galaxy-importer on the built collection
	$(call timed,python -m tests.tools.sanity; python -m tests.tools.importer)

.PHONY: molecule
molecule: setup ## Every role's scenario against the emulated AWS
	$(call timed,molecule test --all)

.PHONY: bench
bench: setup ## Measure peer, ours and floor side by side into build/benchmark.json
	@python -m tests.benchmark

.PHONY: docs
docs: setup ## Render the guides and every plugin's documentation into build/docs
	@python -m tests.tools.docs

.PHONY: format
format: setup ## Format the Python code
	@ruff check --fix . && ruff format .

.PHONY: changelog
changelog: setup ## Write the fragments into CHANGELOG.rst under the version of galaxy.yml
	@antsibull-changelog release --update-existing --refresh --reload-plugins

.PHONY: lock
lock: setup ## Resolve requirements*.in anew into requirements*.txt; UPGRADE=1 takes newer versions
	@resolve=(uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-emit-find-links --custom-compile-command 'make lock'); \
	"$${resolve[@]}" $(if $(UPGRADE),--upgrade) requirements-dev.in -o requirements-dev.txt; \
	"$${resolve[@]}" $(if $(UPGRADE),--upgrade) -c requirements-dev.txt requirements.in -o requirements.txt

.PHONY: clean
clean: ## Stop every rehearsal and remove what these commands made
	@for place in build/rehearsal/*/; do \
	    [[ ! -d $$place ]] || python -m rehearsal down --environment "$$(basename "$$place")"; \
	done
	@rm -rf .build .venv build .hypothesis .ruff_cache .ansible tests/output
