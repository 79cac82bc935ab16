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

lengths() { # files under 450 lines; lines of at most 100 columns, a tab being 8
  local bad=0 file
  for file in "${c_files[@]}"; do
    if [ "$(wc -l <"$file")" -gt 450 ]; then
      echo "$file: $(wc -l <"$file") lines, 450 allowed"
      bad=1
    fi
    if expand "$file" | awk -v f="$file" 'length > 100 { print f ":" NR ": " length " columns"; bad = 1 } END { exit bad }'; then :; else bad=1; fi
  done
  return $bad
}

formatted() { clang-format --dry-run --Werror "${c_files[@]}"; }
shell_lint() { shellcheck "${scripts[@]}"; }
builds() { make --no-print-directory -j2 BUILD=$build WERROR=1 tests-build >$build.log 2>&1 || { tail -n 30 $build.log; return 1; }; }
tidy() { # only sources that changed since they last passed are looked at again
  local flags stamp=$build/tidy file todo=()
  flags=$(pkg-config --cflags libevent libcurl libmongoc-1.0 sqlite3 jansson libcrypto)
  mkdir -p $stamp
  for file in "${sources[@]}"; do
    local sum
    sum=$(cat "$file" .clang-tidy | sha256sum | cut -c1-32)
    [ -e "$stamp/$sum" ] || todo+=("$sum:$file")
  done
  [ ${#todo[@]} = 0 ] && return 0
  export flags stamp
  # shellcheck disable=SC2016
  printf '%s\n' "${todo[@]}" | xargs -P 2 -I{} bash -c '
    sum=${1%%:*} file=${1#*:}
    clang-tidy --quiet "$file" -- -std=c11 -D_GNU_SOURCE -I. $flags 2>/dev/null && touch "$stamp/$sum"' _ {}
}
unit() { scripts/test.sh unit $build; }

mkdir -p $build
step "format (clang-format)" formatted
step "file and line lengths" lengths
step "banned calls" banned
step "shell scripts (shellcheck)" shell_lint
step "build with -Werror" builds
step "lint (clang-tidy)" tidy
step "unit tests" unit
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
