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
go=$(command -v go || true)
if [ -z "$go" ]; then
  echo "k6: not on PATH, and no Go toolchain to build it with (Go $need or later: go install $module)" >&2
  exit 1
fi
have=$("$go" env GOVERSION | sed 's/^go//; s/[^0-9.].*//')
if [ "$(printf '%s\n' "$need" "$have" | sort -V | head -n 1)" != "$need" ]; then
  echo "k6: Go $have is too old to build it, Go $need or later is needed (go install $module)" >&2
  exit 1
fi
echo "k6: building $module into build/k6 (some minutes, once)" >&2
if ! (cd / && GOBIN=$(dirname "$own") timeout 1200 "$go" install "$module" >&2); then
  echo "k6: go install $module failed" >&2
  exit 1
fi
echo "$own"
