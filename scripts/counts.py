#!/usr/bin/env python3
"""counts: the system calls and the bytes over sockets of one request, counted apart from all measuring.

Every arm of a plan is started in turn, each page is asked --requests times one after the other over one connection, and strace
looks on at every server process, the database included. Counting makes servers many times slower, so that no time is taken here;
it also means that nothing waits together: no batch, no coalescing. What a process calls while nobody asks is counted for as long
before, and taken off. Bytes are what calls on sockets returned: `sent` counts each byte once, at its sender.

  scripts/counts.py BUILD [--plan runner/plans/ladder.json] [--arms join,tcp] [--requests 200]
  scripts/counts.py BUILD --run results/reference/factorial   the run's arms; writes counts.json there, which its report shows

JSON: results/counts.schema.json. Needs strace, and the right to trace one's own processes.
"""
import argparse
import collections
import json
import os
import re
import shutil
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/live"))

PAGES = {"home": "/api/home", "plp": "/api/categories/", "pdp": "/api/products/"}
SENT = {"write", "writev", "send", "sendto", "sendmsg", "sendfile"}
RECEIVED = {"read", "readv", "recv", "recvfrom", "recvmsg"}
MOST, IDLE_S, ATTACH_S, WARM = 4, 1.0, 10.0, 20
KNOWN = {"id", "architecture", "store", "schema", "coalesce", "workers", "precomputed", "rung", "fanout"}  # keys of arms

# "1234 1700000000.123456 read(5<TCP:[127.0.0.1:1->127.0.0.1:2]>, ""..., 4096) = 17"; one that another thread interrupts is in two.
LINE = re.compile(r"^(?:(\d+) +)?(\d+\.\d+) (.*)$")
CALL = re.compile(r"^(\w+)\((?:\d+<(?P<what>[A-Za-z0-9_-]+):)?")
RESUMED = re.compile(r"^<\.\.\. (\w+) resumed>")
RESULT = re.compile(r"\) += (-?\d+)")


def is_socket(what):
    return bool(what) and (what.startswith(("TCP", "UDP", "UNIX")) or what == "socket")


class Counter:
    """The calls of one process between two moments, from lines of strace -f -yy -ttt."""

    def __init__(self):
        self.calls, self.sent, self.received, self.open = collections.Counter(), 0, 0, {}

    def add(self, text, begin, end):
        for line in text.splitlines():
            found = LINE.match(line)
            if found:
                self.line(found[1], float(found[2]), found[3], begin, end)

    def line(self, thread, at, said, begin, end):
        resumed = RESUMED.match(said)
        if resumed:
            name, socket = self.open.pop((thread, resumed[1]), (None, False))
        else:
            call = CALL.match(said)
            if not call:
                return  # a signal or an exit
            name, socket = call[1], is_socket(call["what"])
            if begin <= at < end:
                self.calls[name] += 1
            else:
                socket = False
            if "<unfinished ...>" in said:
                self.open[thread, name] = name, socket
                return
        result = RESULT.search(said)
        moved = int(result[1]) if socket and result else 0
        if moved > 0 and name in SENT:
            self.sent += moved
        if moved > 0 and name in RECEIVED:
            self.received += moved


def a_request(idle, busy, idle_s, busy_s, requests):
    """What one request takes of a process, with what it does anyway taken off."""
    def off(count, own):
        return max(0.0, count - own * busy_s / idle_s) / requests

    calls = {name: off(n, idle.calls[name]) for name, n in busy.calls.items()}
    most = sorted(((name, round(n, 3)) for name, n in calls.items() if n >= 0.05), key=lambda pair: (-pair[1], pair[0]))
    return {"system_calls": round(sum(calls.values()), 3), "bytes_sent": round(off(busy.sent, idle.sent), 1),
            "bytes_received": round(off(busy.received, idle.received), 1), "most": [list(pair) for pair in most[:MOST]]}


def thread_states(pid):
    """The status of every thread of a process; one may end while they are read."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            yield (task / "status").read_text()
        except OSError:
            continue


class Tracer:
    """strace on every thread of a process, to a file."""

    def __init__(self, pid, path):
        self.pid, self.path = pid, path
        self.strace = subprocess.Popen(["strace", "-f", "-qq", "-yy", "-ttt", "-s", "0", "-o", str(path), "-p", str(pid)],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def wait_attached(self):
        end = time.monotonic() + ATTACH_S
        while time.monotonic() < end:
            if all(f"TracerPid:\t{self.strace.pid}\n" in state for state in thread_states(self.pid)):
                return
            if self.strace.poll() is not None:
                raise RuntimeError(f"strace cannot trace process {self.pid}: {self.strace.stderr.read().strip()}")
            time.sleep(0.02)
        raise RuntimeError(f"strace did not attach to process {self.pid} within {ATTACH_S:.0f} s")

    def stop(self):
        if self.strace.poll() is None:
            self.strace.terminate()
        try:
            self.strace.wait(10)
        except subprocess.TimeoutExpired:
            self.strace.kill()
            self.strace.wait()
        self.strace.stderr.close()

    def between(self, begin, end):
        counter = Counter()
        counter.add(self.path.read_text(errors="replace"), begin, end)
        return counter


def stack_of(world, arm):
    """Starts the stack that a plan's arm names; (stack, None) or (None, why not)."""
    unified = arm["architecture"] == "unified"
    flags = ["--fanout", arm["fanout"]] if "fanout" in arm else []
    pool = [part for key in ("workers", "coalesce") if key in arm for part in (f"--{key}", str(arm[key]))]
    more = sorted(set(arm) - KNOWN)
    if more:
        return None, f"its {' and '.join(more)} cannot be had in this pass"
    if unified and arm["store"] in ("sqlite", "mongodb"):
        kind = {None: "unified-" + arm["store"], "document": "unified-mongodb", "split": "unified-mongodb-split"}[arm.get("schema")]
        return world.stack(kind, flags=pool + (["--precomputed"] if arm.get("precomputed") else [])), None
    rung = arm.get("rung", "tcp")
    if not unified and arm["store"] == "sqlite" and (rung == "tcp" or f"rung-{rung}" in stacks.RUNGS):
        return world.stack("microservices-sqlite" if rung == "tcp" else f"rung-{rung}", flags=flags), None
    if not unified and arm["store"] == "mongodb":
        return world.stack("microservices-mongodb", flags=flags, service_flags=pool), None
    return None, f"no live stack for {arm['store']}, rung {rung}"


def ask(client, targets, requests):
    for i in range(requests):
        answer = client.get(targets[i % len(targets)], headers=["Accept: application/json"])
        if answer.status != 200:
            raise RuntimeError(f"{targets[i % len(targets)]} answered {answer.status}")


def count_page(world, processes, client, page, requests):
    """{process: numbers} of a page on a running stack."""
    targets = [target for target, _, _ in world.manifest if target.startswith(PAGES[page])]
    ask(client, targets, WARM)
    tracers = {name: Tracer(process.proc.pid, world.dir / f"strace-{name}") for name, process in processes.items()}
    try:
        for tracer in tracers.values():
            tracer.wait_attached()
        idle = time.time(), time.sleep(IDLE_S), time.time()
        begin = time.time()
        ask(client, targets, requests)
        end = time.time()
    finally:
        for tracer in tracers.values():
            tracer.stop()
    return {name: a_request(tracer.between(idle[0], idle[2]), tracer.between(begin, end), idle[2] - idle[0], end - begin, requests)
            for name, tracer in tracers.items()}


def count_arm(world, arm, pages, requests):
    """Rows of an arm, and why there are none."""
    stack, why = stack_of(world, arm)
    if not stack:
        return [], why
    try:
        processes = dict(stack.processes)
        if arm["store"] == "mongodb":
            processes["mongod"] = world.mongod.process
        client = stack.client()
        rows = [{"arm": arm["id"], "page": page, "processes": count_page(world, processes, client, page, requests)} for page in pages]
        client.close()
        return rows, None
    finally:
        stack.stop()


def show(rows):
    print(f"{'page':5} {'arm':32} {'process':10} {'calls':>8} {'sent':>8} {'received':>9}  most frequent")
    for row in rows:
        for name, numbers in row["processes"].items():
            most = ", ".join(f"{call} {n:.1f}" for call, n in numbers["most"])
            print(f"{row['page']:5} {row['arm']:32} {name:10} {numbers['system_calls']:8.1f} {numbers['bytes_sent']:8.0f} "
                  f"{numbers['bytes_received']:9.0f}  {most}")


def write(path, document):
    new = path.with_name(path.name + ".new")
    with open(new, "w") as out:
        json.dump(document, out, indent=1)
        out.write("\n")
        out.flush()
        os.fsync(out.fileno())
    new.replace(path)


def said(argv):
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def parse():
    parser = argparse.ArgumentParser(prog="counts", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", default="build")
    parser.add_argument("--plan", type=Path, default=ROOT / "runner/plans/ladder.json")
    parser.add_argument("--run", type=Path, help="a run's folder: its plan; counts.json is written there")
    parser.add_argument("--out", type=Path, help="where to write the JSON")
    parser.add_argument("--arms", help="comma-separated ids (default: all)")
    parser.add_argument("--requests", type=int, default=200, help="of each page (default 200)")
    options = parser.parse_args()
    if options.requests < 1:
        parser.error("--requests is a whole number from 1")
    path = options.run / "plan.json" if options.run else options.plan
    try:
        options.read = json.loads(path.read_text())
    except (OSError, ValueError) as why:
        sys.exit(f"counts: {path}: {why}")
    known = [arm["id"] for arm in options.read["arms"]]
    options.ids = options.arms.split(",") if options.arms else known
    for name in options.ids:
        if name not in known:
            parser.error(f"--arms: {path} has no arm {name}; it has {', '.join(known)}")
    options.out = options.out or (options.run / "counts.json" if options.run else None)
    return options


def main():
    options = parse()
    if not shutil.which("strace"):
        sys.exit("counts: strace is missing, and nothing else here counts both calls and bytes; install Debian's strace")
    os.environ["DUET_BUILD"] = str(Path(options.build).resolve())
    global stacks
    import stacks  # reads DUET_BUILD
    world = stacks.World()
    rows, skipped = [], []
    try:
        for arm in options.read["arms"]:
            if arm["id"] not in options.ids:
                continue
            found, why = count_arm(world, arm, options.read["pages"], options.requests)
            rows += found
            if why:
                skipped.append({"arm": arm["id"], "why": why})
                print(f"counts: {arm['id']}: {why}", file=sys.stderr)
    finally:
        world.close()
    show(rows)
    if options.out:
        write(options.out, {
            "schema_version": 1, "made_at": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "commit": said(["git", "rev-parse", "--short=12", "HEAD"]) or "unknown",
            "tool": (said(["strace", "--version"]).splitlines() or ["strace"])[0].replace(" -- version", ""),
            "requests": options.requests, "rows": rows, "skipped": skipped})
        print(f"{options.out}")
    return 0 if rows else 1


if __name__ == "__main__":
    sys.exit(main())
