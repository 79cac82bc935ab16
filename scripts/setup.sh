#!/usr/bin/env bash
# setup: brings what a fresh Debian 12 lacks, and nothing that is there. Quick when nothing is missing.
#   scripts/setup.sh bench|test|check|figures|tune|fuzz    what is missing for that purpose is listed, then installed
#   DUET_NO_INSTALL=1                             only lists (exit 1 when something is missing)
set -euo pipefail
cd "$(dirname "$0")/.."

# purpose  what proves that it is there            Debian package
NEEDS='
build  pkg-config                                  pkg-config
build  header:event2/event.h                       libevent-dev
build  deb:libevent-dev>=2.1.12-stable-8+deb12u1   libevent-dev
build  header:curl/curl.h                          libcurl4-openssl-dev
build  pc:libmongoc-1.0                            libmongoc-dev
build  pc:sqlite3                                  libsqlite3-dev
build  pc:jansson                                  libjansson-dev
build  header:uthash.h                             uthash-dev
build  pc:libcrypto                                libssl-dev
build  git                                         git
build  curl                                        curl
build  pip:                                        python3-pip
test   pc:cmocka                                   libcmocka-dev
test   file:/usr/bin/python3                       python3
test   python:jsonschema                           python3-jsonschema
test   python:yaml                                 python3-yaml
test   python:scipy                                python3-scipy
test   python:venv,ensurepip                       python3-venv
test   node                                        nodejs
test   npm                                         npm
web    chromium                                    chromium
web    emoji                                       fonts-noto-color-emoji
check  clang-format                                clang-format
check  clang-tidy                                  clang-tidy
check  shellcheck                                  shellcheck
fuzz   clang                                      clang
fuzz   glob:/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a libclang-rt-14-dev
figures wrk                                        wrk
figures h2load                                     nghttp2-client
figures file:/usr/sbin/nginx                       nginx-light
figures strace                                     strace
tune   chrt                                        util-linux
tune   patch                                       patch
tune   python:scipy                                python3-scipy
tune   glob:/usr/lib/*/libjemalloc.so.2            libjemalloc2
'

purpose=${1:-test}
case $purpose in
  bench) wanted=" build " ;;
  test) wanted=" build test " ;;
  check) wanted=" build test check " ;;
  figures) wanted=" build test figures " ;;
  tune) wanted=" build tune " ;;
  fuzz) wanted=" build fuzz " ;;
  *)
    echo "setup: unknown purpose '$purpose'; use bench, test, check, figures, tune or fuzz" >&2
    exit 2
    ;;
esac

is_debian() { [ -r /etc/debian_version ] && command -v apt-get >/dev/null 2>&1; }

# package>=version, where dpkg knows the package: eight CVEs of libevent were fixed in the revision that is asked for,
# and an older one must not face even a test.
new_enough() {
  local have
  is_debian || return 0
  have=$(dpkg-query -W -f '${Version}' "${1%%>=*}" 2>/dev/null || true)
  [ -z "$have" ] || dpkg --compare-versions "$have" ge "${1#*>=}"
}

there() {
  case $1 in
    header:*) printf '#include <%s>\n' "${1#header:}" | "${CC:-gcc}" -E -xc - >/dev/null 2>&1 ;;
    pc:*) pkg-config --exists "${1#pc:}" 2>/dev/null ;;
    file:*) [ -x "${1#file:}" ] ;;
    glob:*) compgen -G "${1#glob:}" >/dev/null ;;
    python:*) /usr/bin/python3 -c "import ${1#python:}" >/dev/null 2>&1 ;;
    emoji) compgen -G "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf" >/dev/null ;;
    deb:*) new_enough "${1#deb:}" ;;
    pip:) python3 -m pip --version >/dev/null 2>&1 || /usr/bin/python3 -m pip --version >/dev/null 2>&1 ;;
    mongod:) DUET_NO_INSTALL=1 scripts/mongod.sh path >/dev/null 2>&1 ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
  esac
}

# needs GROUPS ARRAY: the packages of these groups whose proof fails, each once, into ARRAY.
needs() {
  local group proof package
  local -n into=$2
  into=()
  while read -r group proof package; do
    [[ -n $group && $1 == *" $group "* ]] || continue
    there "$proof" || [[ " ${into[*]} " == *" $package "* ]] || into+=("$package")
  done <<<"$NEEDS"
}

# What `web` names is wished for with the tests: without it they skip what needs a browser and say so.
needs "$wanted" missing
case $wanted in *" test "*) needs " web " wished ;; *) wished=() ;; esac
command -v "${CC:-gcc}" >/dev/null 2>&1 && command -v make >/dev/null 2>&1 || missing+=(build-essential)

fail() { # step, why, mend
  echo "setup: $1 failed: $2" >&2
  echo "setup: to mend it: $3" >&2
  exit 1
}

become_root() { # sets as_root
  as_root=()
  [ "$(id -u)" = 0 ] && return 0
  command -v sudo >/dev/null 2>&1 || fail "becoming root" "not root and no sudo" \
    "as root, run: apt-get install ${missing[*]} ${wished[*]}"
  as_root=(sudo)
}

# package...: says what it installs, then does; false when apt-get fails, its words in $log. `apt-get update` without a
# network succeeds with a warning, so what it said counts when the installation fails.
install_packages() {
  echo "setup: installing with apt-get: $*"
  become_root
  "${as_root[@]}" apt-get update >"$log" 2>&1 &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >>"$log" 2>&1
}

why_apt_failed() {
  grep -m 1 '^[EW]: Failed to fetch' "$log" || grep -m 1 '^E:' "$log" || tail -n 1 "$log"
}

# What the tests need of PyPI and npm.
packages=()
[ "$purpose" != test ] || mapfile -t packages < <(tests/packages.sh missing)

if [ "${DUET_NO_INSTALL:-}" = 1 ]; then
  there mongod: || missing+=("mongod (42 MB, into build/mongod)")
  [ ${#wished[@]} = 0 ] || echo "setup: wished for by the tests of the web pages: ${wished[*]}"
  [ ${#packages[@]} = 0 ] || missing+=("$(printf 'and into build/packages: %s' "${packages[0]}" && printf '; %s' "${packages[@]:1}")")
  [ ${#missing[@]} != 0 ] || exit 0
  echo "setup: missing for '$purpose': ${missing[*]} (DUET_NO_INSTALL=1: nothing was installed)"
  exit 1
fi
if [ ${#missing[@]} -gt 0 ] && ! is_debian; then
  echo "setup: this is not Debian. Install what these Debian packages hold, then run again: ${missing[*]}" >&2
  exit 1
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if [ ${#missing[@]} -gt 0 ]; then
  install_packages "${missing[@]}" || fail "apt-get install ${missing[*]}" "$(why_apt_failed)" \
    "check the network and apt's sources (/etc/apt/sources.list), then run again"
  needs "$wanted" missing
  [ ${#missing[@]} = 0 ] || fail "the check of what was installed" \
    "apt-get has ${missing[*]} only in a version that is too old, or the compiler does not find it" \
    "see that apt's sources have Debian's security updates (bookworm-security), then run again"
fi
if [ ${#wished[@]} -gt 0 ]; then
  if is_debian && { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null 2>&1; }; then
    install_packages "${wished[@]}" || echo "setup: that failed: $(why_apt_failed)"
  fi
  there chromium || echo "setup: no chromium here: the tests of the web pages will be skipped"
fi

scripts/mongod.sh path >/dev/null || fail "getting mongod" "see above" \
  "put a mongod 6.0 or later on PATH and run again"
[ ${#packages[@]} = 0 ] || tests/packages.sh openapi compose hdr web || fail "fetching the tests' packages" "see above" \
  "check the network, then run again"
