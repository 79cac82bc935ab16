#!/usr/bin/env bash
# The API's description is valid OpenAPI 3.1, and names every route that the servers answer.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
tests/packages.sh openapi || exit 1
passed=0 failed=0
check() { if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)) && echo "FAILED: $*"; fi; }
check build/packages/openapi/bin/openapi-spec-validator --schema 3.1 docs/openapi.yaml
for route in /api/home '/api/categories/{category}' '/api/products/{id}'; do
  check grep -qF "  $route:" docs/openapi.yaml
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
