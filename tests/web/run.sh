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
tests/web/modules.sh "$build"
node "$build/test-web/check.mjs" "$build/bin" web "$browser"
