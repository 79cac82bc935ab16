#!/usr/bin/env bash
# check: format, lint, banned calls, a build with -Werror and the unit tests; under three minutes.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
build=build/check
passed=0 failed=0
start=$SECONDS
mapfile -t c_files < <(git ls-files '*.c' '*.h')
mapfile -t sources < <(git ls-files '*.c')
mapfile -t scripts < <(git ls-files '*.sh' .ci/run)

step() { # name command...
  local name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "ok      $name ($((SECONDS - start)) s)"
  else
    failed=$((failed + 1))
    echo "FAILED  $name"
  fi
}

banned() {
  local calls='strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|strtok'
  ! grep -nE "(^|[^A-Za-z_])($calls)\(" "${c_files[@]}"
}

lengths() { # files under 450 lines; lines of at most 100 columns as shown, a tab being 8
  local bad=0 file size
  while read -r size file; do
    echo "$file: $size lines, 450 allowed"
    bad=1
  done < <(wc -l "${c_files[@]}" | awk '$2 != "total" && $1 > 450')
  while read -r size file; do
    echo "$file: a line of $size columns, 100 allowed"
    bad=1
  done < <(LC_ALL=C.UTF-8 wc -L "${c_files[@]}" | awk '$2 != "total" && $1 > 100')
  return $bad
}

formatted() { clang-format --dry-run --Werror "${c_files[@]}"; }
shell_lint() { shellcheck "${scripts[@]}"; }
builds() { make --no-print-directory -j2 BUILD=$build WERROR=1 tests-build >$build.log 2>&1 || { tail -n 30 $build.log; return 1; }; }
tidy_one() { # looks at a source unless it, its headers and the rules are as they were when it last passed
  local needs sum
  # shellcheck disable=SC2086 # lists of words, here and below
  needs=$(gcc -MM -MT '' $tidy_flags "$1") || return 1
  # shellcheck disable=SC2086
  sum=$({ echo "$tidy_flags" && cat .clang-tidy ${needs//[:\\]/}; } | sha256sum | cut -c1-32)
  [ -e "$tidy_passed/$sum" ] && return 0
  # shellcheck disable=SC2086
  clang-tidy --quiet "$1" -- $tidy_flags 2>/dev/null && touch "$tidy_passed/$sum"
}
linted() { wait "$lint" || { cat $build.tidy.log; return 1; }; }
unit() { scripts/test.sh unit $build; }

export tidy_passed=$build/tidy
export tidy_flags
tidy_flags="-std=c11 -D_GNU_SOURCE -I. $(pkg-config --cflags libevent libcurl libmongoc-1.0 sqlite3 jansson libcrypto)"
export -f tidy_one
mkdir -p $build $tidy_passed

# The lint computes and the unit tests mostly wait, so it runs beside them, and gives way to them.
# shellcheck disable=SC2016 # the inner bash expands it
printf '%s\n' "${sources[@]}" | nice -n 19 xargs -P 2 -I{} bash -c 'tidy_one "$1"' _ {} >$build.tidy.log 2>&1 &
lint=$!
trap 'kill "$lint" 2>/dev/null' EXIT

step "format (clang-format)" formatted
step "file and line lengths" lengths
step "banned calls" banned
step "shell scripts (shellcheck)" shell_lint
step "build with -Werror" builds
step "unit tests" unit
step "lint (clang-tidy)" linted
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
