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
for target in all test unit test-live check bench bench-quick bench-factorial bench-published figures report up down \
  data fuzz install clean help; do
  check "make help lists $target" grep -q "^$target " <<<"$help"
  check "make -n $target" make -n "$target" DIR=x
done
says "unknown purpose 'nonsense'" 2 scripts/setup.sh nonsense
check "setup is idempotent" scripts/setup.sh test
check "DUET_NO_INSTALL lists only" env DUET_NO_INSTALL=1 scripts/setup.sh test
# With an empty PATH for what is looked up, everything is missing and nothing may be installed.
says "nothing was installed" 1 env DUET_NO_INSTALL=1 CC=/nonexistent/gcc scripts/setup.sh bench
says "name the run" 2 make --no-print-directory report
check "mongod runs" "$(scripts/mongod.sh path)" --version
check "install" make --no-print-directory install DESTDIR="$build/test-install" BUILD="$build"
for program in unified bff catalog inventory pricing reviews seed loadgen duet; do
  check "$program is installed" test -x "$build/test-install/usr/local/bin/$program"
done
rm -rf "$build/test-install"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
