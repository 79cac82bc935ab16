#!/bin/sh
# Brings the scripts of this folder, what they need of npm and the pages to BUILD/test-web.
# Usage: tests/web/modules.sh BUILD
set -eu
cd "$(dirname "$0")/../.."
build=$1
for tool in node npm; do
  command -v "$tool" >/dev/null || {
    echo "tests/web: '$tool' is not on PATH; install Debian's nodejs and npm" >&2
    exit 1
  }
done
[ -x "$build/bin/bff" ] || {
  echo "tests/web: '$build/bin/bff' is missing; run 'make BUILD=$build all'" >&2
  exit 1
}
modules=$build/test-web
mkdir -p "$modules"
tests/packages.sh web
rm -rf "$modules/web" "$modules/node_modules"
ln -s "$PWD/build/packages/web/node_modules" "$modules/node_modules"
cp -r web "$modules/web"
cp tests/web/*.mjs "$modules/"
