#!/bin/sh
# Makes the README's pictures anew: docs/shop.png, and docs/report.png of the report that is named.
# Usage: scripts/screenshots.sh [BUILD [REPORT.html]]; needs what the tests of the web pages need.
set -eu
cd "$(dirname "$0")/.."
build=${1:-build}
report=${2:-}
browser=${CHROMIUM:-$(command -v chromium || true)}
[ -n "$browser" ] || {
  echo "screenshots: there is no chromium on PATH; 'apt-get install chromium', or set CHROMIUM" >&2
  exit 1
}
[ -z "$report" ] || [ -f "$report" ] || {
  echo "screenshots: '$report' is no file; name a run's report.html, made by 'duet report DIR'" >&2
  exit 1
}
tests/web/modules.sh "$build"
node "$build/test-web/screenshots.mjs" "$build/bin" web "$browser" docs ${report:+"$report"}
echo "screenshots: docs/shop.png${report:+ and docs/report.png}"
