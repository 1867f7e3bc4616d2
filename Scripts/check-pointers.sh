#!/usr/bin/env bash
# Unsafe pointers belong to the kernels and to the modules that hand memory to a C library or map
# files; all other code uses arrays and spans. Fails where another module has one, and where a
# module is listed that has none any more.
set -euo pipefail
cd "$(dirname "$0")/.."

allowed=(
  Kernels      # the memory of tensors and the loops over it
  Canonical    # hands bytes to the library that hashes them
  Checkpoints  # maps files of weights and reads the bytes where they lie
  Experiments  # libarchive, and the system's calls for files and journals
  Files        # the system's calls for files
  JSON         # json-c
  Reporting    # gnuplot's stream and fontconfig
  Sandbox      # the kernel's calls that confine a process
  VideoIO      # FFmpeg
  merepl       # readline
)

pattern='Unsafe[A-Za-z]*Pointer|withUnsafe|unsafeUninitialized|unsafe(Bit|Down)[cC]ast'
pattern+='|OpaquePointer|Unmanaged|\.baseAddress|@unsafe'

declare -A is_allowed has_pointers
for module in "${allowed[@]}"; do is_allowed[$module]=yes; done

bad=0
while IFS= read -r line; do
  module=${line#Sources/} module=${module%%/*}
  has_pointers[$module]=yes
  [ -z "${is_allowed[$module]:-}" ] || continue
  echo "$line: $module may hold no unsafe pointer (Scripts/check-pointers.sh)" >&2
  bad=1
done < <(grep -rnE --include='*.swift' "$pattern" Sources | grep -vE ':[0-9]+: *//')

for module in "${allowed[@]}"; do
  [ -d "Sources/$module" ] && [ -z "${has_pointers[$module]:-}" ] || continue
  echo "Scripts/check-pointers.sh lists $module, which has no unsafe pointer: remove its line" >&2
  bad=1
done

[ "${#has_pointers[@]}" -gt 0 ] || { echo "check-pointers: found no pointer at all" >&2; exit 1; }
[ $bad = 0 ] || exit 1
echo "check-pointers: unsafe pointers in ${#has_pointers[@]} modules, all of them listed"
