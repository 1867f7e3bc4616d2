#!/usr/bin/env bash
# Runs the kernel and model benchmarks and, if PyTorch is installed, the same workloads in PyTorch,
# then prints one table. The programs must be built first (`make bench` does both).
#   --record   save the numbers in record/ and regenerate the tables of docs/performance.md
#   --quick    few repeats, as a check
set -euo pipefail
cd "$(dirname "$0")"

record= quick=
for option in "$@"; do
  case "$option" in
    --record) record=yes ;;
    --quick) quick=--quick ;;
    *)
      echo "compare.sh: unknown option $option; valid: --record, --quick" >&2
      exit 64
      ;;
  esac
done

python=${PYTHON:-python3}
programs=.build/release

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$programs/Benchmarks"

has_pytorch=
if "$python" -c 'import torch, diffusers, transformers, safetensors' 2>"$folder/why"; then
  has_pytorch=yes
else
  echo "skipping PyTorch, $python: $(tail -n 1 "$folder/why")" >&2
  echo "Set PYTHON=/path/to/python to a Python with torch, diffusers and transformers." >&2
fi

# Both programs in turn: the clock of a shared machine changes from minute to minute.
rounds=3
[ -z "$quick" ] || rounds=1
reports=()
for round in $(seq $rounds); do
  [ $rounds = 1 ] || echo "round $round of $rounds" >&2
  "$programs/ModelBenchmarks" measure $quick --json --export "$folder" >"$folder/merepl$round.json"
  reports+=(--merepl "$folder/merepl$round.json")
  [ -n "$has_pytorch" ] || continue
  "$python" reference.py $quick "$folder" "$folder/merepl$round.json" >"$folder/pytorch$round.json"
  reports+=(--pytorch "$folder/pytorch$round.json")
done

options=(--date "$(date -u +%F)")
if commit=$(git rev-parse HEAD 2>/dev/null); then
  options+=(--commit "$commit")
  # Files written by the last record are not changes to the sources.
  if [ -n "$(git status --porcelain -- .. ':!record' ':!../docs/performance.md')" ]; then
    options+=(--changed)
  fi
fi
[ -z "$record" ] || options+=(--record record --page ../docs/performance.md)
echo
"$programs/ModelBenchmarks" compare "${reports[@]}" "${options[@]}"
