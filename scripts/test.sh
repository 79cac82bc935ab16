#!/usr/bin/env bash
# test: runs the test programs and closes with one line of totals, "N passed, N failed, N skipped".
#   scripts/test.sh all|unit|live|web [BUILD]
# Each program prints its own lines; the last matching line of a program is what is counted:
# cmocka's "[  PASSED  ] N test(s)." and so on, or "N passed, N failed[, N skipped]".
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
what=${1:-all}
build=${2:-build}
export DUET_BUILD=$build DUET_BIN=$build/bin
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0:exitcode=99}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-suppressions=$PWD/tests/tsan.supp:exitcode=99:halt_on_error=0}
export LSAN_OPTIONS=${LSAN_OPTIONS:-suppressions=$PWD/tests/lsan.supp:print_suppressions=0}
logs=$build/test-logs
mkdir -p "$logs"
passed=0 failed=0 skipped=0 broken=()

# How this project's test programs (and unittest, cmocka) begin the line of a case that failed.
failure_line='^(FAIL|ERROR|not ok)|^\[  FAILED  \] [A-Za-z_0-9]+$'
count() { # name exit-code log
  local name=$1 code=$2 log=$3 p=0 f=0 s=0 line
  if line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1) && [ -n "$line" ]; then
    p=$(sed -E 's/^([0-9]+) passed.*/\1/' <<<"$line")
    f=$(sed -E 's/.* ([0-9]+) failed.*/\1/' <<<"$line")
    s=$(sed -nE 's/.* ([0-9]+) skipped.*/\1/p' <<<"$line")
    s=${s:-0}
  else
    p=$(grep -acE '^\[       OK \]' "$log")
    f=$(grep -acE '^\[  FAILED  \] [A-Za-z_0-9]+$' "$log")
    s=$(grep -acE '^\[  SKIPPED \] [A-Za-z_0-9]+$' "$log")
    f=$((f / 2 + f % 2)) # cmocka names a failed test twice
    s=$((s / 2 + s % 2))
  fi
  if [ "$code" != 0 ] && [ "$f" = 0 ]; then f=1; fi
  if [ "$code" = 0 ] && [ $((p + s)) = 0 ]; then f=1; fi # a program that ran no test has failed
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  printf '%-44s %5d passed %3d failed %3d skipped\n' "$name" "$p" "$f" "$s"
  if [ "$f" != 0 ]; then
    broken+=("$name")
    echo "---- $name (exit $code), last lines of $log:"
    tail -n 40 "$log"
    echo "---- what failed:"
    grep -aE "$failure_line" -A 8 "$log" | head -n 60
    echo "----"
  fi
}

run() { # name seconds command...
  local name=$1 limit=$2 log
  shift 2
  log=$logs/$(tr -c 'A-Za-z0-9_\n' '-' <<<"$name").log
  timeout -k 10 "$limit" "$@" >"$log" 2>&1 </dev/null
  count "$name" $? "$log"
}

unit_tests() {
  local mongo=$build/test-mongo environment
  if environment=$(scripts/mongod.sh test-env "$mongo" 2>"$logs/mongod-test-env.log"); then
    eval "$environment"
    trap 'scripts/mongod.sh stop "$build/test-mongo" >/dev/null 2>&1' EXIT
  else
    failed=$((failed + 1)) broken+=("mongod for tests")
    cat "$logs/mongod-test-env.log"
  fi
  local t
  while read -r t; do
    run "${t#"$build/tests/"}" 600 "$t"
  done < <(find "$build/tests" -type f -name 'test_*' -perm -u+x ! -name '*.d' | sort)
  scripts/mongod.sh stop "$mongo" >/dev/null 2>&1
}

tool_tests() {
  run "histogram against hdr-histogram-js" 600 tests/hdr/run.sh "$build"
  run "statistics against SciPy" 300 /usr/bin/python3 tests/stats/check.py "$build"
  run "coverage of the intervals" 120 /usr/bin/python3 tests/stats/coverage.py "$build"
  run "reference runs and their reports" 300 /usr/bin/python3 tests/reference/test_reference.py
  run "results against schema.json" 300 /usr/bin/python3 tests/schema/check.py "$build"
  run "exports, read by other readers" 300 build/packages/openapi/bin/python tests/export/test_export.py
  run "openapi.yaml, linted" 120 tests/contract/lint.sh
  run "docker-compose.yml and Dockerfile" 120 tests/compose/run.sh
  run "scripts" 300 tests/scripts/run.sh "$build"
}

live_tests() {
  run "parity on live stacks" 1200 /usr/bin/python3 tests/parity/test_parity.py
  run "failures on live stacks" 1200 /usr/bin/python3 tests/failure/test_failures.py
  run "saturation searches" 600 /usr/bin/python3 tests/saturate/test_saturate.py
  run "bad input" 600 /usr/bin/python3 tests/e2e/test_bad_input.py
  run "end to end" 1500 /usr/bin/python3 tests/e2e/test_quick.py
  run "rules of a run" 600 /usr/bin/python3 tests/e2e/test_run_rules.py
  run "a server that stands still" 300 /usr/bin/python3 tests/e2e/test_stall.py
  run "single requests and their stamps" 300 /usr/bin/python3 tests/e2e/test_stamps.py
  run "the live view" 200 /usr/bin/python3 tests/e2e/test_live_view.py
}

web_tests() {
  run "web pages in Chromium" 900 tests/web/run.sh "$build"
  grep -ahE '^tests/web/run.sh: ' "$logs"/web-pages-in-Chromium.log # why they were skipped
}

case $what in
  unit) unit_tests ;;
  live) live_tests ;;
  web) web_tests ;;
  all)
    unit_tests
    tool_tests
    live_tests
    web_tests
    ;;
  *)
    echo "test: unknown part '$what'; use all, unit, live or web" >&2
    exit 2
    ;;
esac
[ ${#broken[@]} = 0 ] || echo "failed: ${broken[*]}"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
