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
exec scripts/go_tool.sh toxiproxy "$module" "$need" "$own" 600 "a minute"
