# Needs python3 (3.11 or newer, with pip and venv), make, and PyPI or a mirror of it.
#
#   make demo      turn a real table into avatars and print the figures (under a minute)
#   make test      everything: lint, tests on the newest and the lowest versions, docs
#   make lint      ruff, mypy, codespell
#   make coverage  the tests, and which lines they don't run
#   make docs      check the docstrings and build the documentation, into docs/_build/html
#   make bench     how to run the benchmarks
#   make clean     remove what this file made

PYTHON ?= python3
VENV := .venv
OLDEST := .venv-oldest
# Twice quiet: errors show, and the warnings of a mirror that lacks a page don't.
PIP := -m pip --quiet --quiet --disable-pip-version-check
# One thread each: two test workers on two cores, and the same sums in the same order everywhere.
PYTEST := OMP_NUM_THREADS=1 MPLBACKEND=Agg
SOURCES := src tests docs $(wildcard examples benchmarks)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test lint test-newest test-oldest coverage docs bench clean

help:
	@sed -n '3,9s/^#   //p' Makefile

# ---- virtual environments; the stamps spare a second installation ----

define new_venv
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "avatars needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
@echo "installing into $(1)"
@test -x $(1)/bin/python || $(PYTHON) -m venv $(1)
@# Dependency groups came with pip 25.1.
@$(1)/bin/python $(PIP) install --upgrade "pip>=25.1"
endef

$(VENV)/demo.stamp: pyproject.toml
	$(call new_venv,$(VENV))
	@$(VENV)/bin/python $(PIP) install --editable ".[plot]"
	@touch $@

$(VENV)/dev.stamp: pyproject.toml
	$(call new_venv,$(VENV))
	@$(VENV)/bin/python $(PIP) install --editable ".[all]" --group dev
	@touch $@ $(VENV)/demo.stamp

$(OLDEST)/dev.stamp: pyproject.toml ci/oldest.txt
	$(call new_venv,$(OLDEST))
	@$(OLDEST)/bin/python $(PIP) install --editable ".[all]" --group test --constraint ci/oldest.txt
	@touch $@

# ---- what people call ----

demo: $(VENV)/demo.stamp
	$(VENV)/bin/python examples/demo.py

test: lint test-newest test-oldest docs

lint: $(VENV)/dev.stamp
	$(VENV)/bin/ruff check --quiet $(SOURCES)
	$(VENV)/bin/ruff format --quiet --check $(SOURCES)
	$(VENV)/bin/mypy
	$(VENV)/bin/codespell

test-newest: $(VENV)/dev.stamp
	$(PYTEST) $(VENV)/bin/python -m pytest -q -n 2

# Half as fast as without: by itself.
coverage: $(VENV)/dev.stamp
	$(PYTEST) $(VENV)/bin/python -m pytest -q -n 2 --cov --cov-report=term

# Examples in docstrings, guides and scripts run on the newest versions; here only tests do, and of
# these what can hang on versions.
test-oldest: $(OLDEST)/dev.stamp
	@$(OLDEST)/bin/python -c 'import numpy, pandas, scipy, sklearn; print("numpy", numpy.__version__, "pandas", pandas.__version__, "scipy", scipy.__version__, "scikit-learn", sklearn.__version__)'
	$(PYTEST) $(OLDEST)/bin/python -m pytest -q -n 2 -m 'not once' tests --ignore tests/test_examples.py

docs: $(VENV)/dev.stamp
	$(VENV)/bin/python -m sphinx -W --keep-going -q docs docs/_build/html
	@echo "docs: docs/_build/html/index.html"

bench:
	@echo "The benchmarks take long and are not part of make test. See docs/benchmarks.rst, or run:"
	@for script in $(wildcard benchmarks/*.py); do echo "    $(VENV)/bin/python $$script --help"; done

clean:
	rm -rf $(VENV) $(OLDEST) build dist docs/_build docs/generated .coverage .coverage.* \
		.mypy_cache .pytest_cache .ruff_cache .hypothesis
	find src tests docs -name __pycache__ -type d -prune -exec rm -rf {} +
