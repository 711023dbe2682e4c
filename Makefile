# `make help` lists the targets. Everything runs from .venv, which is created when needed.

# DJANGO=6.1 uses that version instead of the locked one, in a virtual environment of its own.
VENV := .venv$(if $(DJANGO),-django-$(DJANGO))
PYTHON ?= $(if $(DJANGO),$(or $(shell .ci/python),python3.12),python3)
ARGS ?=
RUN := $(VENV)/bin/python
INSTALLED := $(VENV)/installed
# Two extra workers: tests that start servers spend most of their time waiting.
SIDE_BY_SIDE = -n $$(( $$(getconf _NPROCESSORS_ONLN) + 2 )) --maxprocesses 4 --dist worksteal
CODE = $(sort $(patsubst %/,%,$(dir $(wildcard lifecycle/*.py requests_app/*.py demo/*.py translating/*.py tests/*.py bench/*.py))))
LOCK = $(RUN) -m uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-header --no-annotate
RANDOM_KEY = $$($(RUN) -c 'import base64, secrets; print(base64.b64encode(secrets.token_bytes(48)).decode())')

.DEFAULT_GOAL := help
.PHONY: help demo test soak bench screenshots check fix messages lock clean
.NOTPARALLEL:

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

demo: $(INSTALLED) ## start everything, walk one request through it, stay up (ONCE=1: stop after the walk)
	@$(RUN) -m demo $(if $(ONCE),--once)

test: $(INSTALLED) ## run the quick proof (ARGS="-k name" for some of them; DJANGO=6.1 for that version)
	@$(RUN) -m pytest $(SIDE_BY_SIDE) $(ARGS)

soak: $(INSTALLED) ## run everything: the long tests too, with all cases, at full size
	@SOAK=1 $(RUN) -m pytest $(SIDE_BY_SIDE) $(ARGS)

bench: $(INSTALLED) ## measure the check and write docs/performance.md (needs wrk; OF=register or desk: those pages)
	@$(RUN) -m bench$(if $(OF),.$(OF)) $(ARGS)

screenshots: $(INSTALLED) ## capture every page and email into var/screenshots, and the README's images (needs Chromium)
	@$(RUN) -m demo.screenshots $(ARGS)

check: $(INSTALLED) ## check lint, format, types, migrations, deployment settings, generated documents, translations
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(VENV)/bin/djangofmt --quiet --check templates
	@$(RUN) -m mypy $(CODE)
	@$(RUN) manage.py makemigrations --check --dry-run
	@DEBUG=false HSTS_SUBDOMAINS=true SITE_URL=https://emeritus.example SECRET_KEY="$(RANDOM_KEY)" \
	KEY_PEPPERS="1:$(RANDOM_KEY)" DATABASE_URL=postgresql://nowhere.invalid/none \
	REDIS_URL=redis://nowhere.invalid $(RUN) manage.py check --deploy --fail-level WARNING
	@$(RUN) manage.py generate_docs --check
	@$(RUN) -m translating --check

fix: $(INSTALLED) ## fix and format the code and the templates
	@$(RUN) -m ruff check --fix .
	@$(RUN) -m ruff format .
	@$(VENV)/bin/djangofmt --quiet templates

messages: $(INSTALLED) ## update and compile the translations in locale/
	@$(RUN) -m translating

lock: $(INSTALLED) ## update both requirements.txt from pyproject.toml
	@$(RUN) -m uv --version >/dev/null 2>&1 || $(RUN) -m pip install --quiet uv
	@$(LOCK) --all-extras --constraints constraints.txt --output-file requirements.txt
	@$(LOCK) --constraints requirements.txt --output-file docker/requirements.txt

clean: ## remove .venv and var/, and with it the demo's data
	@rm -rf .venv .venv-django-* var

$(INSTALLED): requirements.txt
	@command -v "$(PYTHON)" >/dev/null || { \
		echo "There is no $(PYTHON) here. Install Python 3.11 or later," \
			"or say which one to use: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or later is needed, and $(PYTHON) is $$("$(PYTHON)" -V 2>&1)." \
			"Say which one to use: make PYTHON=python3.13" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) can't make a virtual environment. Install what is missing:" \
			"on Debian and Ubuntu that is the package python3-venv." >&2; exit 1; }
	@echo "Installing what Emeritus needs into $(VENV). The first time takes about a minute."
	@$(RUN) -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		"$(PYTHON)" -m venv --clear $(VENV)
ifdef DJANGO
	@sed -e '/^ *--hash=/d' -e 's/ \\$$//' -e 's/^django==.*/django==$(DJANGO).*/' requirements.txt >$(VENV)/requirements.txt
	@$(RUN) -m pip install --quiet --disable-pip-version-check -r $(VENV)/requirements.txt
else
	@$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
endif
	@touch $(INSTALLED)
