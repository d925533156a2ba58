# Sets up and runs EchoGLS on a machine with Python 3.11, 3.12 or 3.13, git and make.
#
#     make study            the default study, on CORES cores (make study CORES=4)
#     make report           the study's page: results/report.html
#     make test             the tests, on CORES cores
#     make benchmark        what each stage and method costs, beside others: benchmarks/speed.tsv
#     make                  only .venv, the environment that both use
#     make fuzz             damaged recordings, tables, exports and configs for ten minutes (nightly;
#                           SECONDS=60); what fails is kept in tests/fuzz/corpus and read by the tests
#     make coverage         how often intervals hold the true value: writes docs/statistics.md's
#                           table (2,000 studies a line, some minutes; DRAWS=200)
#     make numbers          fills the numbers of README, docs and cards from benchmarks/accuracy
#     make cluster          adds Snakemake's executor for SLURM to .venv (docs/cluster.md)
#     make docs             the documentation as a site: site/index.html
#     make lint             formatters, linters and `snakemake --lint`
#     make lock             the locks and environment.yml from pyproject.toml (needs uv); versions stay
#                           unless UPGRADE=--upgrade
#     make clean            removes .venv and caches; results stay
#
# PYTHON=/path/to/python chooses the Python; otherwise the first of python3.11, 3.12, 3.13 that works.

CORES ?= 2
PYTHON ?=
UPGRADE ?=
DRAWS ?= 2000
SECONDS ?= 600

in_venv := PATH="$(CURDIR)/.venv/bin:$$PATH"
compile = uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
    --no-annotate --custom-compile-command "make lock" $(UPGRADE)
pip := .venv/bin/python -m pip --quiet --disable-pip-version-check

.PHONY: environment study report test fuzz benchmark coverage numbers cluster docs lint lock clean

environment: .venv/ready

study: .venv/ready
	@$(in_venv) snakemake --cores $(CORES)

report: .venv/ready
	@$(in_venv) snakemake --cores $(CORES) results/report.html

test: .venv/ready
	@$(in_venv) pytest --numprocesses $(CORES) --dist loadfile

fuzz: .venv/ready
	@$(in_venv) ECHOGLS_FUZZ_SECONDS=$(SECONDS) pytest tests/fuzz

coverage: .venv/ready
	@$(in_venv) python benchmarks/coverage.py $(DRAWS) docs/statistics.md

numbers: .venv/ready
	@.venv/bin/python docs/fill_numbers.py

benchmark: .venv/ready
	@$(in_venv) python benchmarks/speed.py

cluster: .venv/ready
	@$(pip) install --no-deps --require-hashes -r requirements-cluster.lock

docs: .venv/ready
	@.venv/bin/python -c "import material" 2>/dev/null || \
	    $(pip) install --no-build-isolation --editable '.[docs]'
	@NO_MKDOCS_2_WARNING=1 .venv/bin/python -m mkdocs build --quiet --strict
	@echo site/index.html

lint: .venv/ready
	@$(in_venv) ruff check
	@$(in_venv) ruff format --check
	@$(in_venv) snakefmt --check Snakefile workflow/Snakefile workflow/rules
	@$(in_venv) snakemake --lint

# The two stamps are touched last, so an interrupted install leaves none. `--clear` takes away
# what it did leave, and packages that are no longer in the lock.
.venv/locked: requirements.lock
	$(eval python := $(shell sh workflow/setup/prerequisites.sh "$(PYTHON)"))
	$(if $(filter /%,$(firstword $(python))),,$(error $(python)))
	@echo "Making .venv with $(python) (2 GB, some minutes, once)"
	@"$(python)" -m venv --clear .venv
	@$(pip) install --require-hashes -r requirements.lock
	@touch $@

.venv/ready: .venv/locked pyproject.toml
	@$(pip) install --no-deps --no-build-isolation --editable .
	@touch $@

lock:
	$(if $(shell command -v uv),,$(error uv is missing and `make lock` needs it: pip install uv))
	@$(compile) --fork-strategy fewest \
	    --extra cpu --extra test --extra dev --extra docs pyproject.toml --output-file requirements.lock
	@uv run --no-project --quiet python -c "import tomllib; print(*tomllib.load(open(\
	    'pyproject.toml', 'rb'))['project']['optional-dependencies']['cluster'], sep='\n')" | \
	    $(compile) --no-deps - --output-file requirements-cluster.lock
	@uv run --no-project --quiet workflow/setup/environment.py > environment.yml
	@uv run --no-project --quiet workflow/setup/environment.py rules > workflow/envs/echogls.yml

clean:
	@rm -rf .venv .hypothesis .pytest_cache .ruff_cache build site workflow/lib/echogls.egg-info
	@find workflow tests benchmarks -name __pycache__ -prune -exec rm -rf {} +
