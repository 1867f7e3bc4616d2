#!/usr/bin/env bash
# Installs the Debian packages that are missing; does nothing when all are here.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/packages.sh

if ! command -v swift >/dev/null; then
  echo "install.sh: swift is not on the PATH; see https://www.swift.org/install/linux/" >&2
  exit 1
fi
if ! command -v dpkg-query >/dev/null; then
  echo "install.sh: this is no Debian; install what Scripts/packages.txt names by hand" >&2
  exit 1
fi

missing=$(list_packages | awk -F'\t' '$2 == "-" { print $1 }')
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
