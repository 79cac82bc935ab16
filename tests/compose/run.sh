#!/usr/bin/env bash
# docker-compose.yml against the Compose specification's own JSON Schema (carried by a pinned wheel, of which nothing is
# run), and what the schema cannot know: health checks, limits, the same flags as everywhere else.
set -euo pipefail
cd "$(dirname "$0")/../.."
schema=build/compose_spec.json
if [ ! -s $schema ]; then
  wheels=$(mktemp -d)
  trap 'rm -rf "$wheels"' EXIT
  python3 -m pip download -q --disable-pip-version-check --no-deps --require-hashes -d "$wheels" \
    -r tests/requirements-compose.txt
  mkdir -p build
  /usr/bin/python3 - "$wheels" $schema <<'PY'
import glob, sys, zipfile
data = zipfile.ZipFile(glob.glob(sys.argv[1] + "/*.whl")[0]).read("compose/config/compose_spec.json")
open(sys.argv[2], "wb").write(data)
PY
fi
exec /usr/bin/python3 tests/compose/check.py $schema
