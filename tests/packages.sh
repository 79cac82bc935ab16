#!/usr/bin/env bash
# What the tests need of PyPI and npm, every file pinned by its hash: fetched once into build/packages, and again when its
# list changes.
#   tests/packages.sh NAME...   fetch of openapi, compose, hdr, web what is not there
#   tests/packages.sh missing   print what is not there
set -euo pipefail
cd "$(dirname "$0")/.."
kept=build/packages

# name, list that pins it, what fetches it, what it is
PACKAGES='
openapi tests/requirements.txt            venv openapi-spec-validator and prometheus-client (tests/requirements.txt)
compose tests/requirements-compose.txt    spec the schema of Compose files (tests/requirements-compose.txt)
hdr     tests/hdr/package-lock.json       npm  hdr-histogram-js (tests/hdr/package.json)
web     tests/web/package-lock.json       npm  playwright-core, axe-core and html-validate (tests/web/package.json)
'

venv() {
  /usr/bin/python3 -m venv "$1" &&
    "$1/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$2"
}

spec() { # the schema alone, out of a wheel of which nothing is run
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes -d "$1" -r "$2" &&
    /usr/bin/python3 -m zipfile -e "$1"/*.whl "$1/wheel" &&
    mv "$1/wheel/compose/config/compose_spec.json" "$1/" && rm -r "$1/wheel" "$1"/*.whl
}

npm() {
  cp "${2%-lock.json}.json" "$2" "$1/" && (cd "$1" && command npm ci --loglevel=error --no-audit --no-fund --ignore-scripts)
}

mark_of() { sha256sum <"$1" | cut -c1-64; }
is_there() { [ "$(cat "$kept/$1/mark" 2>/dev/null)" = "$(mark_of "$2")" ]; }

fetch() { # name list how what
  local said why
  echo "tests/packages.sh: fetching $4 into $kept/$1" >&2
  rm -rf "${kept:?}/$1"
  mkdir -p "$kept/$1"
  if ! said=$("$3" "$kept/$1" "$2" 2>&1); then
    why=$(grep -m 1 -oE '\[Errno [^]]*\] [A-Za-z ]+|npm (ERR!|error) (code|network) .*' <<<"$said" || tail -n 1 <<<"$said")
    rm -rf "${kept:?}/$1"
    echo "tests/packages.sh: fetching $4 failed: $why; mend: check the network, then run it again" >&2
    exit 1
  fi
  mark_of "$2" >"$kept/$1/mark"
}

[ $# -gt 0 ] || { sed -n '2,5s/^# //p' "$0" >&2 && exit 2; }
for wanted in "$@"; do
  known=
  while read -r name list how what <&3; do
    case $wanted in missing | "$name") [ -n "$name" ] || continue ;; *) continue ;; esac
    known=1
    is_there "$name" "$list" && continue
    if [ "$wanted" = missing ]; then echo "$what"; else fetch "$name" "$list" "$how" "$what"; fi
  done 3<<<"$PACKAGES"
  [ "$known" ] || { echo "tests/packages.sh: unknown name '$wanted'; use openapi, compose, hdr, web or missing" >&2 && exit 2; }
done
