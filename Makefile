# make table5   installs what is missing, builds, runs the main experiment
# make test     installs what is missing, runs all tests
# make help     lists the rest

SHELL := /bin/bash
SWIFT ?= swift
BUILD := .build/release
MEREPL := $(BUILD)/merepl
PYTHON ?= python3
MEREPL_SHARED ?= ../shared

# OpenBLAS picks its kernels for the processor when it is loaded; portable numbers need one family.
# merepl sees to that itself, the test programs rely on this line.
export OPENBLAS_CORETYPE := Haswell

.PHONY: help install build test soak check-imports table5 pretrain ablation extraction bench \
	bench-record bench-large fixtures parity hostile fuzz language-speed doctor format lint clean

help: ## lists the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 16

install: ## installs the Debian packages that are missing
	@Scripts/install.sh

build: install ## builds merepl
	$(SWIFT) build -c release --product merepl

test: install check-imports ## runs all tests
	$(SWIFT) test -c release --disable-xctest

soak: ## runs the tests that take minutes: every place to be killed at, other processors, builds
	@Scripts/install.sh --soak
	$(SWIFT) build -c debug -Xswiftc -O --product merepl
	MEREPL_SOAK=1 MEREPL_OTHER_BUILD="$(CURDIR)/.build/debug/merepl" \
	  $(SWIFT) test -c release --disable-xctest --filter 'FaultTests|SameBitsTests|DiskTests'

check-imports: ## compares imports with the table in CONTRIBUTING.md, and finds unsafe pointers
	@Scripts/check-imports.sh
	@Scripts/check-pointers.sh

table5: build ## runs experiments/table5.me, the main experiment
	$(MEREPL) run experiments/table5.me

pretrain: build ## trains the mini checkpoints anew (long)
	$(MEREPL) run experiments/pretrain.me

ablation: build ## runs experiments/ablation.me
	$(MEREPL) run experiments/ablation.me

extraction: build ## runs experiments/extraction.me
	$(MEREPL) run experiments/extraction.me

bench: install ## measures kernels and models, beside PyTorch where $(PYTHON) has it
	cd Benchmarks && $(SWIFT) build -c release
	PYTHON="$(PYTHON)" Benchmarks/compare.sh $(COMPARE_OPTIONS)

bench-record: COMPARE_OPTIONS := --record
bench-record: bench ## the same, kept in Benchmarks/record and docs/performance.md

bench-large: build ## measures models of real size beside diffusers in bfloat16 (25 GiB of disk, an hour)
	$(PYTHON) Benchmarks/large/bench.py $(MEREPL) .build/large \
	  --tokenizer data/checkpoints/cogvideox-mini/tokenizer $(LARGE_OPTIONS)

# The programs that write fixtures; the others compare, measure or are parts of them.
FIXTURE_SCRIPTS = $(filter-out $(addprefix Tests/Reference/,fuzz_% time_% random_% %_models.py %_cases.py), \
	$(wildcard Tests/Reference/*.py))

fixtures: ## writes the parity fixtures anew; needs torch, transformers and MEREPL_SHARED
	@for script in $(FIXTURE_SCRIPTS); do echo "$$script"; $(PYTHON) "$$script" || exit 1; done
	$(PYTHON) Tests/TokenizersTests/Fixtures/make_parity.py "$(MEREPL_SHARED)" > .parity.json
	mv .parity.json Tests/TokenizersTests/Fixtures/parity.json

parity: PARITY_OPTIONS ?= --count 24 --seed 0
parity: build ## compares with diffusers, transformers, tokenizers on random cases; needs $(PYTHON) with them
	@status=0; for script in Tests/Reference/fuzz_*.py; do echo "$$script"; \
	  $(PYTHON) "$$script" --merepl "$(abspath $(MEREPL))" $(PARITY_OPTIONS) || status=1; \
	done; exit $$status
HOSTILE_OPTIONS ?= --count 2000
hostile: build ## feeds two thousand hostile files, scripts, bundles, stores and messages to merepl
	$(PYTHON) Tests/Hostile/hostile.py --merepl "$(abspath $(MEREPL))" $(HOSTILE_OPTIONS)
FUZZ_SECONDS ?= 300
fuzz: install ## feeds grown and broken scripts to the language for FUZZ_SECONDS
	MEREPL_FUZZ_SECONDS=$(FUZZ_SECONDS) MEREPL_FUZZ_SEED=$${FUZZ_SEED:-$$RANDOM} \
	  MEREPL_FUZZ_FAILURES=.build/fuzz $(SWIFT) test -c release --disable-xctest --filter FuzzTests

language-speed: install ## measures checking and running of long scripts, into docs/language.md
	MEREPL_MEASURE=1 $(SWIFT) test -c release --disable-xctest --filter LanguageSpeedTests

doctor: ## says what is here, what is missing and how to get it
	@Scripts/doctor.sh

format: ## formats the Swift sources in place
	git ls-files -z '*.swift' | xargs -0 $(SWIFT) format --in-place --parallel

lint: ## reports what the formatter would change
	git ls-files -z '*.swift' | xargs -0 $(SWIFT) format lint --strict --parallel

clean: ## removes what was built; results under .merepl stay
	rm -rf .build Benchmarks/.build
