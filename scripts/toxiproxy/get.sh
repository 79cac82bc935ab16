#!/usr/bin/env bash
# get: prints the path of toxiproxy's server, the first of: $TOXIPROXY, toxiproxy-server on PATH, build/toxiproxy/server, and that
# one built from its Go module where a Go toolchain new enough is there. Exit 1 with a word on stderr where there is none.
set -euo pipefail
cd "$(dirname "$0")/../.."
module=github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0 need=1.23
own=$PWD/build/toxiproxy/server

for server in "${TOXIPROXY:-}" "$(command -v toxiproxy-server || true)" "$own"; do
  if [ -n "$server" ] && "$server" -version 2>/dev/null | grep -q '^toxiproxy-server version'; then
    echo "$server"
    exit 0
  fi
done
go=$(command -v go || true)
if [ -z "$go" ]; then
  echo "toxiproxy: not on PATH, and no Go toolchain to build it with (Go $need or later: go install $module)" >&2
  exit 1
fi
have=$("$go" env GOVERSION | sed 's/^go//; s/[^0-9.].*//')
if [ "$(printf '%s\n' "$need" "$have" | sort -V | head -n 1)" != "$need" ]; then
  echo "toxiproxy: Go $have is too old to build it, Go $need or later is needed (go install $module)" >&2
  exit 1
fi
echo "toxiproxy: building $module into build/toxiproxy (a minute, once)" >&2
if ! (cd / && GOBIN=$(dirname "$own") timeout 600 "$go" install "$module" >&2); then
  echo "toxiproxy: go install $module failed" >&2
  exit 1
fi
echo "$own"
