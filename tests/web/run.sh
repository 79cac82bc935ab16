#!/bin/sh
# Drives the shop's pages in Chromium against live stacks.
# Usage: tests/web/run.sh [BUILD]; needs BUILD/bin, node, npm and chromium. Without chromium the
# tests are skipped and say why; with CI=true that is a failure. CHROMIUM names another program.
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build}
browser=${CHROMIUM:-$(command -v chromium || true)}
if [ -z "$browser" ]; then
  echo "tests/web/run.sh: there is no chromium on PATH; 'apt-get install chromium', or set CHROMIUM"
  if [ "${CI:-}" = true ]; then
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
  fi
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
fi
for tool in node npm; do
  command -v "$tool" >/dev/null || {
    echo "tests/web/run.sh: '$tool' is not on PATH; install Debian's nodejs and npm" >&2
    exit 1
  }
done
[ -x "$build/bin/bff" ] || {
  echo "tests/web/run.sh: '$build/bin/bff' is missing; run 'make BUILD=$build all'" >&2
  exit 1
}
modules=$build/test-web
mkdir -p "$modules"
mark=$(sha256sum <tests/web/package-lock.json)
if [ "$(cat "$modules/mark" 2>/dev/null)" != "$mark" ]; then
  cp tests/web/package.json tests/web/package-lock.json "$modules/"
  (cd "$modules" && npm ci --silent --no-audit --no-fund --ignore-scripts >&2)
  echo "$mark" >"$modules/mark"
fi
rm -rf "$modules/web"
cp -r web "$modules/web"
cp tests/web/*.mjs "$modules/"
node "$modules/check.mjs" "$build/bin" web "$browser"
