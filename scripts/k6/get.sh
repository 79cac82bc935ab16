#!/usr/bin/env bash
# get: prints the path of k6 v1.3.0 or later, the first of: $K6, k6 on PATH, build/k6/k6, and that one built from its Go
# module where a Go toolchain new enough is there. Exit 1 with a word on stderr where there is none.
set -euo pipefail
cd "$(dirname "$0")/../.."
module=go.k6.io/k6@v1.3.0 need=1.24
own=$PWD/build/k6/k6

for k6 in "${K6:-}" "$(command -v k6 || true)" "$own"; do
  if [ -n "$k6" ] && "$k6" version >/dev/null 2>&1; then
    echo "$k6"
    exit 0
  fi
done
exec scripts/go_tool.sh k6 "$module" "$need" "$own" 1200 "some minutes"
