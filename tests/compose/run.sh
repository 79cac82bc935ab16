#!/usr/bin/env bash
# docker-compose.yml against the Compose specification's own JSON Schema (carried by a pinned wheel, of which nothing is
# run), and what the schema cannot know: health checks, limits, the same flags as everywhere else.
set -euo pipefail
cd "$(dirname "$0")/../.."
tests/packages.sh compose
exec /usr/bin/python3 tests/compose/check.py build/packages/compose/compose_spec.json
