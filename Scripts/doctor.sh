#!/usr/bin/env bash
# Checks that everything merepl needs is installed and says how to get it. With --fields the parts
# of a line are separated by tabs, for `merepl doctor`.
set -uo pipefail
cd "$(dirname "$0")/.."
. Scripts/packages.sh

format=${1-}
status=0
line() { # ok name version-or-remedy purpose
  [ "$1" = yes ] || status=1
  if [ "$format" = --fields ]; then
    printf '%s\t%s\t%s\t%s\n' "$@"
  elif [ "$1" = yes ]; then
    printf '✓ %-26s %-28s %s\n' "$2" "$3" "$4"
  else
    printf '✗ %-26s %-28s %s\n' "$2" "$4" "-> $3"
  fi
}

if version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' | head -n 1) &&
  [ -n "$version" ]; then
  if [ "$(printf '%s\n' 6.2 "$version" | sort -V | head -n 1)" = 6.2 ]; then line yes swift "$version" "compiler"; else
    line no swift "https://www.swift.org/install/linux/ (6.2 or later; found $version)" "compiler"
  fi
else
  line no swift "https://www.swift.org/install/linux/" "compiler"
fi

for flag in avx2 fma; do
  if grep -qm1 "\b$flag\b" /proc/cpuinfo; then line yes "processor: $flag" "" "portable numbers"; else
    line no "processor: $flag" "use another machine: results require x86-64 with $flag" \
      "portable numbers"
  fi
done

while IFS=$'\t' read -r name version purpose; do
  if [ "$version" != - ]; then line yes "$name" "$version" "$purpose"; else
    line no "$name" "$(install_command) $name" "$purpose"
  fi
done < <(list_packages)

if [ -x .build/release/merepl ]; then
  line yes merepl "$(.build/release/merepl --version)" "built"
else
  line no merepl "make build" "built"
fi
exit $status
