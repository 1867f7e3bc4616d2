#!/usr/bin/env bash
# Compares the kernels of every family of instructions that this processor has with those of ARM,
# which qemu emulates: each must give the same bits on random work.
set -euo pipefail
cd "$(dirname "$0")/.."

for program in aarch64-linux-gnu-gcc qemu-aarch64; do
  command -v "$program" >/dev/null || {
    echo "check-families: $program is missing; run Scripts/install.sh --soak" >&2
    exit 1
  }
done
compiler="$(dirname "$(readlink -f "$(command -v swift)")")/clang"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sources=(Sources/PortableKernels/*.c Tests/Portability/families.c)
options=(-O3 -ffp-contract=off -Wall -Wextra -ISources/PortableKernels/include)

"$compiler" "${options[@]}" "${sources[@]}" -lm -lpthread -o "$folder/here"
# Linked by the cross compiler, which knows where ARM's libraries are.
for source in "${sources[@]}"; do
  "$compiler" --target=aarch64-linux-gnu -isystem /usr/aarch64-linux-gnu/include "${options[@]}" \
    -c "$source" -o "$folder/$(basename "$source").o"
done
aarch64-linux-gnu-gcc -static "$folder"/*.o -lm -lpthread -o "$folder/arm"

{ "$folder/here"; qemu-aarch64 "$folder/arm"; } | tee "$folder/hashes"
[ "$(cut -d' ' -f1 "$folder/hashes" | sort -u | wc -l)" = 1 ] || {
  echo "check-families: the families differ" >&2
  exit 1
}
echo "check-families: the same bits in all families"
