#!/usr/bin/env bash
# Runs the kernel benchmarks, the model benchmarks and, where PyTorch is there, the same work in
# it, then prints one table. The programs must have been built (`make bench` does both).
#   --record   keep the numbers in record/ and write the table of docs/performance.md anew
#   --quick    few repeats: to see that it works
set -euo pipefail
cd "$(dirname "$0")"

record= quick=
for option in "$@"; do
  case "$option" in
    --record) record=yes ;;
    --quick) quick=--quick ;;
    *)
      echo "compare.sh: unknown option $option; known: --record, --quick" >&2
      exit 64
      ;;
  esac
done

python=${PYTHON:-python3}
programs=.build/release
export OPENBLAS_CORETYPE=Haswell

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$programs/Benchmarks"
"$programs/ModelBenchmarks" measure $quick --json --export "$folder" >"$folder/merepl.json"
reports=("$folder/merepl.json")
if "$python" -c 'import torch, diffusers, transformers, safetensors' 2>"$folder/why"; then
  "$python" reference.py $quick "$folder" "$folder/merepl.json" >"$folder/pytorch.json"
  reports+=("$folder/pytorch.json")
else
  echo "PyTorch is left out, $python: $(tail -n 1 "$folder/why")" >&2
  echo "PYTHON=/path/to/python names one with torch, diffusers and transformers." >&2
fi

options=(--date "$(date -u +%F)")
if commit=$(git rev-parse HEAD 2>/dev/null); then
  options+=(--commit "$commit")
  # What the last record wrote is no change of the sources.
  if [ -n "$(git status --porcelain -- .. ':!record' ':!../docs/performance.md')" ]; then
    options+=(--changed)
  fi
fi
[ -z "$record" ] || options+=(--record record --page ../docs/performance.md)
echo
"$programs/ModelBenchmarks" compare "${reports[@]}" "${options[@]}"
