#!/usr/bin/env bash
# fuzz: libFuzzer on what reads bytes from outside, each harness for SECONDS; a crash or a disagreement with jansson stops it.
#   scripts/fuzz.sh [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
build=build/fuzz
command -v clang >/dev/null || { echo "fuzz: clang is missing: apt-get install clang libclang-rt-14-dev" >&2; exit 1; }
mkdir -p $build
passed=0
for harness in tests/fuzz/fuzz_*.c; do
  name=$(basename "$harness" .c)
  # shellcheck disable=SC2046
  clang -std=c11 -D_GNU_SOURCE -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -I. \
    -isystem /usr/include -o "$build/$name" "$harness" common/base/*.c common/contract/*.c \
    $(pkg-config --cflags --libs jansson) -lm
  mkdir -p "$build/corpus-$name"
  "$build/$name" -max_total_time="$seconds" -max_len=4096 -print_final_stats=0 "$build/corpus-$name"
  passed=$((passed + 1))
done
echo "$passed passed, 0 failed"
