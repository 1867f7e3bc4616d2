# make table5   installs missing packages, builds, runs the main experiment
# make test     installs missing packages, runs all tests
# make help     lists all targets

SHELL := /bin/bash
SWIFT ?= swift
BUILD := .build/release
MEREPL := $(BUILD)/merepl
PYTHON ?= python3
MEREPL_SHARED ?= ../shared

.PHONY: help install build test soak check-families check-imports table5 pretrain ablation extraction bench \
	bench-record bench-large fixtures parity hostile fuzz language-speed doctor format lint clean

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 16

install: ## install missing Debian packages
	@Scripts/install.sh

build: install ## build merepl
	$(SWIFT) build -c release --product merepl

test: install check-imports ## run all tests
	$(SWIFT) test -c release --disable-xctest

check-families: ## compare the kernels of this processor's families with ARM's, bit for bit
	@Scripts/install.sh --soak
	@Scripts/check-families.sh

soak: check-families ## run the slow tests: kills at every point, other processors, a debug build
	$(SWIFT) build -c debug -Xswiftc -O --product merepl
	MEREPL_SOAK=1 MEREPL_OTHER_BUILD="$(CURDIR)/.build/debug/merepl" \
	  $(SWIFT) test -c release --disable-xctest --filter 'FaultTests|SameBitsTests|DiskTests'

check-imports: ## check imports against the table in CONTRIBUTING.md; find unsafe pointers
	@Scripts/check-imports.sh
	@Scripts/check-pointers.sh

table5: build ## run experiments/table5.me, the main experiment
	$(MEREPL) run experiments/table5.me

pretrain: build ## retrain the mini checkpoints (slow)
	$(MEREPL) run experiments/pretrain.me

ablation: build ## run experiments/ablation.me
	$(MEREPL) run experiments/ablation.me

extraction: build ## run experiments/extraction.me
	$(MEREPL) run experiments/extraction.me

bench: ## measure kernels and models, compared with PyTorch if $(PYTHON) has it
	@Scripts/install.sh --bench
	cd Benchmarks && $(SWIFT) build -c release
	PYTHON="$(PYTHON)" Benchmarks/compare.sh $(COMPARE_OPTIONS)

bench-record: COMPARE_OPTIONS := --record
bench-record: bench ## the same, saved in Benchmarks/record and docs/performance.md

bench-large: build ## compare full-size models with diffusers in bfloat16 (25 GiB of disk, one hour)
	$(PYTHON) Benchmarks/large/bench.py $(MEREPL) .build/large \
	  --tokenizer data/checkpoints/cogvideox-mini/tokenizer $(LARGE_OPTIONS)

# The programs that write fixtures; the others compare, measure or are imported.
FIXTURE_SCRIPTS = $(filter-out $(addprefix Tests/Reference/,fuzz_% time_% random_% %_models.py %_cases.py), \
	$(wildcard Tests/Reference/*.py))

fixtures: ## regenerate the parity fixtures; needs torch, transformers and MEREPL_SHARED
	@for script in $(FIXTURE_SCRIPTS); do echo "$$script"; $(PYTHON) "$$script" || exit 1; done
	$(PYTHON) Tests/TokenizersTests/Fixtures/make_parity.py "$(MEREPL_SHARED)" > .parity.json
	mv .parity.json Tests/TokenizersTests/Fixtures/parity.json

parity: PARITY_OPTIONS ?= --count 24 --seed 0
parity: build ## compare with diffusers, transformers, tokenizers of $(PYTHON) on random cases
	@status=0; for script in Tests/Reference/fuzz_*.py; do echo "$$script"; \
	  $(PYTHON) "$$script" --merepl "$(abspath $(MEREPL))" $(PARITY_OPTIONS) || status=1; \
	done; exit $$status
HOSTILE_OPTIONS ?= --count 2000
hostile: build ## run merepl on two thousand hostile files, scripts, bundles, caches and messages
	$(PYTHON) Tests/Hostile/hostile.py --merepl "$(abspath $(MEREPL))" $(HOSTILE_OPTIONS)
FUZZ_SECONDS ?= 300
fuzz: install ## fuzz the language with generated and broken scripts for FUZZ_SECONDS
	MEREPL_FUZZ_SECONDS=$(FUZZ_SECONDS) MEREPL_FUZZ_SEED=$${FUZZ_SEED:-$$RANDOM} \
	  MEREPL_FUZZ_FAILURES=.build/fuzz $(SWIFT) test -c release --disable-xctest --filter FuzzTests

language-speed: install ## measure checking and running long scripts; updates docs/language.md
	MEREPL_MEASURE=1 $(SWIFT) test -c release --disable-xctest --filter LanguageSpeedTests

doctor: ## list what is installed, what is missing and how to install it
	@Scripts/doctor.sh

format: ## format the Swift sources in place
	git ls-files -z '*.swift' | xargs -0 $(SWIFT) format --in-place --parallel

lint: ## report formatting errors
	git ls-files -z '*.swift' | xargs -0 $(SWIFT) format lint --strict --parallel
	@! git ls-files -z 'Sources/*.swift' 'Benchmarks/*.swift' | xargs -0 grep -nE '^.{101}'

clean: ## remove build products; keeps the cache in .merepl
	rm -rf .build Benchmarks/.build
