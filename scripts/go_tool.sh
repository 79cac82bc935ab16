#!/usr/bin/env bash
# go_tool: scripts/go_tool.sh NAME MODULE GO PROGRAM SECONDS WORDS: builds a Go module's program with a Go toolchain of version
# GO or later and prints its path, PROGRAM, whose folder gets it. WORDS say how long it takes, SECONDS how long it may. Exit 1
# with a word on stderr where that cannot be. For the get.sh of each tool, which has looked for a built one before.
set -euo pipefail
name=$1 module=$2 need=$3 own=$4 seconds=$5 words=$6
go=$(command -v go || true)
if [ -z "$go" ]; then
  echo "$name: not on PATH, and no Go toolchain to build it with (Go $need or later: go install $module)" >&2
  exit 1
fi
have=$("$go" env GOVERSION | sed 's/^go//; s/[^0-9.].*//')
if [ "$(printf '%s\n' "$need" "$have" | sort -V | head -n 1)" != "$need" ]; then
  echo "$name: Go $have is too old to build it, Go $need or later is needed (go install $module)" >&2
  exit 1
fi
echo "$name: building $module into build/$name ($words, once)" >&2
if ! (cd / && GOBIN=$(dirname "$own") timeout "$seconds" "$go" install "$module" >&2); then
  echo "$name: go install $module failed" >&2
  exit 1
fi
echo "$own"
