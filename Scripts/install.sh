#!/usr/bin/env bash
# Installs missing Debian packages; does nothing if all are installed. --soak adds the packages that
# only `make soak` needs, --bench those of `make bench`.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/packages.sh

if ! command -v swift >/dev/null; then
  echo "install.sh: swift is not on the PATH; see https://www.swift.org/install/linux/" >&2
  exit 1
fi
if ! command -v dpkg-query >/dev/null; then
  echo "install.sh: not a Debian system; install the packages in Scripts/packages.txt manually" >&2
  exit 1
fi

case "${1:-}" in
  '') lists=packages.txt ;;
  --soak) lists="packages.txt packages-soak.txt" ;;
  --bench) lists="packages.txt packages-bench.txt" ;;
  *)
    echo "install.sh: unknown option $1; valid: --soak, --bench" >&2
    exit 64
    ;;
esac
missing=$(for list in $lists; do list_packages "$list"; done | awk -F'\t' '$2 == "-" { print $1 }')
[ -n "$missing" ] || exit 0

run=
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "install.sh: run as root: apt-get install" $missing >&2
    exit 1
  fi
  run=sudo
fi
echo "install.sh: installing" $missing >&2
export DEBIAN_FRONTEND=noninteractive
$run apt-get update -qq >&2
# shellcheck disable=SC2086
$run apt-get install -y -qq --no-install-recommends $missing >&2
