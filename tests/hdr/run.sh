#!/bin/sh
# Checks the histogram against npm's hdr-histogram-js on a million values.
# Usage: tests/hdr/run.sh [BUILD]; needs BUILD/bin/histogram-dump, node and npm.
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build}
for tool in node npm; do
  command -v "$tool" >/dev/null || {
    echo "tests/hdr/run.sh: '$tool' is not on PATH; install Debian's nodejs and npm" >&2
    exit 1
  }
done
[ -x "$build/bin/histogram-dump" ] || {
  echo "tests/hdr/run.sh: '$build/bin/histogram-dump' is missing; run 'make BUILD=$build all'" >&2
  exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tests/packages.sh hdr
cp tests/hdr/check.mjs "$work/"
ln -s "$PWD/build/packages/hdr/node_modules" "$work/node_modules"
"$build/bin/histogram-dump" "$work/dump"
(cd "$work" && node check.mjs dump)
