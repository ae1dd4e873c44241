# One command each; `make` alone lists them. The first use of one installs symbrain into .venv.
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
SMK := Snakefile workflow
BUILT := benchmarks/results/templates
KINDS := haemorrhage white_matter_injury cyst ventriculomegaly volume_loss cortical_malformation
SICK := normal $(KINDS:=_12mm_3sd)
POOLED := $(addprefix pooled_,8mm_3sd 16mm_3sd 12mm_1.5sd 12mm_6sd)
MIMICS := $(addprefix mimic_,plagiocephaly caput cavum wide_extra_axial defaced symmetric_pair)
CONTROLS := $(MIMICS) tilt_3deg shift_3mm ramp_20 motion cropped
SCORERS := ours=network:symbrain/weights/asymmetry mirror_difference mean_difference \
	constant_windows global_z ventricle_index oracle oracle_local
NORMS = $(if $(NORMALS),--normals $(NORMALS))
comma := ,
empty :=
by_commas = $(subst $(empty) $(empty),$(comma),$(strip $(1)))
SCORED_BY := $(call by_commas,$(SCORERS))
NOT_TOLD := $(call by_commas,$(filter-out oracle%,$(SCORERS)))
V1 := benchmarks/results/v1-baselines.tsv
V1_TEMPLATES := benchmarks/results/v1-templates-baselines.tsv
ON_V1 := --cells $(call by_commas,$(SICK) $(POOLED) $(CONTROLS)) --out $(V1)
ON_TEMPLATES := --suite templates --templates $(BUILT) --cells $(call by_commas,$(SICK)) --out $(V1_TEMPLATES)

.PHONY: help demo test soak faults check audit bench bench-real bench-midline bench-hard bench-anomaly bench-siamese bench-cost bench-sides bench-symmetry mechanisms weights vendor format clean
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

demo: .venv/.installed ## make a cohort of synthetic newborns, score it, write the pages
	$(BIN)/snakemake --cores all
	@echo "Done. Look at results/index.html first, then at results/scores.tsv."

test: .venv/.installed-dev ## all tests
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

soak: .venv/.installed-dev ## the long tests too: faults, kills, full disks, fuzzing, a real Slurm (hours; some need root)
	$(BIN)/pytest -m soak $(ARGS)

faults: .venv/.installed-dev ## inject every fault, and write what happened to docs/faults.md; ARGS=--soak for all of it
	OMP_NUM_THREADS=1 $(BIN)/python tests/faults/table.py $(ARGS)

check: .venv/.installed-dev ## lint, formatting, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check $(SMK)
	$(BIN)/mypy
	$(BIN)/snakemake --lint

audit: ## look the pinned packages up among the known weaknesses (needs a network)
	@test -n "$(PYTHON)" || { echo "the audit needs Python 3.11 or later: make audit PYTHON=python3.12" >&2; exit 1; }
	@test -x .venv-audit/bin/pip-audit || { $(PYTHON) -m venv .venv-audit && .venv-audit/bin/pip install --quiet pip-audit; }
	.venv-audit/bin/pip-audit -r constraints.txt --no-deps --disable-pip

bench: .venv/.installed ## plane, midline and score on the frozen suite; goes on where it stopped
	$(BIN)/python benchmarks/verify.py
	$(BIN)/python benchmarks/run.py $(ARGS)
	$(BIN)/python benchmarks/table.py benchmarks/results/v1.tsv

bench-real: .venv/.installed ## the same on perturbed public templates; needs TEMPLATES=folder
	$(BIN)/python benchmarks/templates.py build --templates "$(TEMPLATES)" --out benchmarks/results/templates
	$(BIN)/python benchmarks/run.py --suite templates --templates benchmarks/results/templates $(ARGS)
	$(BIN)/python benchmarks/table.py benchmarks/results/v1-templates.tsv

bench-midline: .venv/.installed ## the midline beside ANTs and others; ARGS="--limit 20 --bids folder" for more
	$(BIN)/python benchmarks/midline.py $(if $(wildcard $(BUILT)/templates.json),--templates $(BUILT)) $(ARGS)

bench-hard: .venv/.installed ## the midline plane in hard cases, and its confidence; ARGS="--limit 40" for more heads
	$(BIN)/python benchmarks/hard.py $(if $(wildcard $(BUILT)/templates.json),--templates $(BUILT)) $(ARGS)

bench-anomaly: .venv/.installed ## the detector beside simple baselines; ARGS="--limit 40" NORMALS=300 for less, BIDS=folder for your own
ifneq ($(BIDS),)
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/anomaly_bids.py --bids "$(BIDS)" $(if $(WEIGHTS),--weights "$(WEIGHTS)") $(ARGS)
else
	$(BIN)/python benchmarks/run.py $(ON_V1) --methods $(SCORED_BY) $(NORMS) $(ARGS)
	$(BIN)/python benchmarks/norm_baselines.py $(ON_V1) $(NORMS) $(ARGS)
ifneq ($(wildcard $(BUILT)/templates.json),)
	$(BIN)/python benchmarks/run.py $(ON_TEMPLATES) --methods $(SCORED_BY) $(NORMS) $(ARGS)
	$(BIN)/python benchmarks/norm_baselines.py $(ON_TEMPLATES) $(NORMS) $(ARGS)
	$(BIN)/python benchmarks/table.py $(V1_TEMPLATES) --against ours --out benchmarks/suite-v1-templates-baselines.md
endif
	$(BIN)/python benchmarks/table.py $(V1) --against ours --out benchmarks/suite-v1-baselines.md
	$(BIN)/python benchmarks/anomaly_calibration.py $(V1)
	$(BIN)/python benchmarks/anomaly_sheet.py $(V1)
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/frontier.py --methods $(NOT_TOLD) $(FRONTIER)
endif

bench-siamese: .venv/.installed ## the published Siamese protocol, repeated; ARGS="--infants 32 --sizes 9 --out few.tsv" for less
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/siamese.py $(ARGS)

bench-cost: .venv/.installed ## what the workflow costs beside its work; needs FOLDER=empty folder, ARGS="--scans 1000"
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/throughput.py --folder "$(FOLDER)" $(ARGS)

bench-sides: .venv/.installed ## how large a cohort must be for the left-right alarm
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/side_power.py $(ARGS)

bench-symmetry: .venv/.installed ## every way of teaching a symmetry, side by side; goes on where it stopped
	PYTHONPATH=benchmarks OMP_NUM_THREADS=1 $(BIN)/python -m symmetry.ablation $(ARGS)

mechanisms: .venv/.installed ## draw the figures of docs/concepts/symmetry-mechanisms.md anew (a minute)
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/symmetry_figures.py $(ARGS)

weights: .venv/.installed ## train the packaged networks anew, from synthetic newborns alone (about an hour)
	OMP_NUM_THREADS=1 $(BIN)/python -m symbrain.learning.midline_training --out symbrain/weights/midline
	OMP_NUM_THREADS=1 $(BIN)/python -m symbrain.learning.asymmetry_training --out symbrain/weights/asymmetry

vendor: ## fetch the libraries of the pages from npm, in exactly the versions of their lock (needs npm)
	symbrain/pages/vendor/build.sh

format: .venv/.installed-dev ## format the code, write the generated files anew
	$(BIN)/python -m symbrain.configfile
	$(BIN)/python docs/reference.py
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt $(SMK)

clean: ## remove what the tools left (results/, logs/ and phantom_cohort/ stay)
	rm -rf build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find symbrain tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

.venv/.installed: pyproject.toml constraints.txt
	$(call install,.)
	@touch $@

.venv/.installed-dev: pyproject.toml constraints.txt
	$(call install,.[dev])
	@touch .venv/.installed $@

define install
	@test -n "$(PYTHON)" || { echo "symbrain needs Python 3.11 or later; name one: make PYTHON=python3.12" >&2; exit 1; }
	@echo "Installing symbrain into .venv; the first time takes some minutes."
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '$(1)'
endef
