#!/usr/bin/env python3
"""tune: what each side's believers would try before a comparison, with the same number of tries, each against what is there.

The sides are the headline's: unified on SQLite, microservices on MongoDB. A try is one change of one side: flags of its programs,
how they are started, settings of mongod, the compiler's flags, or a patch of the source (docs/tuning/patches). The side's own base
and the tried stack are up at once on CPU 0, each with its own copy of the data and its own mongod, and the generator is on CPU 1
(`loadgen --busy-poll`, 200 connections, no think time). A round is base, tried, tried, base, a short window each; its figure is
ln(tried / base) of requests/s, and of the servers' CPU time a request (mongod's included). Shown is the ratio with Student's t
interval (95 %) over the rounds, as docs/METHOD.md section 4 has it. Every stack answers the whole manifest's pages first, hash by
hash, so that a try cannot win by answering something else. `twin` is the base against itself: what the instrument alone makes.

The rule of keeping, written before anything was measured. A try is kept when
  1. the interval of its requests/s lies wholly above 1.02 on one page, and not wholly below 1 on the other,
  2. it costs no property: time-outs, admission, checks, who may write the store meanwhile, on which machines it runs (durability
     does not count: nothing writes), and the definition of what is compared stays,
  3. a competent team would ship it.
2 and 3 cannot be measured: a try that fails them says so beforehand, in `costs`. What concerns both sides (the compiler, the
allocator, the event loop) is kept on both or on neither: it must not be slower on either side.

  scripts/tune.py BUILD [--only NAME...] [--rounds 12] [--seconds 0.5] [--output FILE] [--markdown]   (make tune)
"""
import argparse
import collections
import glob
import importlib.util
import itertools
import json
import math
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/live"))
import stacks  # noqa: E402

SERVER_CPU, LOAD_CPU, VUS, PAGES, FASTER = 0, 1, 200, ("pdp", "plp"), 1.02
SIDES = ("unified", "microservices")
PORTS = itertools.cycle(range(int(os.environ.get("DUET_PORT_BASE", 18900)), int(os.environ.get("DUET_PORT_BASE", 18900)) + 100))
TRIES_A_SIDE = 10
SERVERS = ("unified", "bff", *stacks.SERVICES)
PATCHES = ROOT / "docs/tuning/patches"
SOURCES = ("Makefile", "common", "unified", "microservices", "bff", "loadgen", "runner", "tests", "web")
JEMALLOC = "/usr/lib/*/libjemalloc.so.2"

# front: flags of unified or bff; services: flags of the four; env, wrap: how all servers start; mongod: its arguments; opt: OPT of the
# Makefile; pgo: trained first by the same load; patch: of the source. costs: why it is not kept however fast it is ("": nothing).
# kept: it is in the base since it was tried, and its row takes it away again, so that a ratio under 1 speaks for it.
Try = collections.namedtuple("Try", "name side what front services env wrap mongod opt pgo patch costs kept",
                             defaults=((), (), (), (), (), "", False, "", "", False))
NATIVE = {"what": "gcc -O3 -march=native instead of -O2", "opt": "-O3 -march=native", "costs": "runs on no older CPU"}
PGO_LTO = {"what": "profile-guided, trained by the same load on both sides, and link-time optimisation", "opt": "-O2 -flto=auto",
           "pgo": True}
MALLOC = {"what": "jemalloc instead of glibc's malloc", "env": (("LD_PRELOAD", JEMALLOC),)}
BATCH = {"what": "SCHED_BATCH: a woken process does not interrupt the one that runs", "wrap": ("chrt", "--batch", "0")}
EPOLL = {"what": "epoll without libevent's change list", "patch": "epoll-plain"}
TRIES = (
    Try("u-native", "unified", **NATIVE),
    Try("u-pgo-lto", "unified", **PGO_LTO),
    Try("u-malloc", "unified", **MALLOC),
    Try("u-batch", "unified", **BATCH),
    Try("u-epoll-plain", "unified", **EPOLL),
    Try("u-threads", "unified", "two event loops on the one CPU", front=("--threads", "2")),
    Try("u-worker", "unified", "SQLite on a store thread instead of on the loop", front=("--workers", "1")),
    Try("u-in-flight", "unified", "32 pages in work at once instead of 512", front=("--max-in-flight", "32")),
    Try("u-cache", "unified", "SQLite's own page cache of 64 MiB instead of mmap", patch="sqlite-cache"),
    Try("u-exclusive", "unified", "PRAGMA locking_mode = EXCLUSIVE: no lock and unlock a page", patch="sqlite-exclusive",
        costs="nobody else can open the store"),
    Try("m-native", "microservices", **NATIVE),
    Try("m-pgo-lto", "microservices", **PGO_LTO),
    Try("m-malloc", "microservices", **MALLOC),
    Try("m-batch", "microservices", **{**BATCH, "what": BATCH["what"] + " (mongod, too)"}),
    Try("m-epoll-plain", "microservices", **EPOLL),
    Try("m-evhttp", "microservices", "libevent's HTTP client in the BFF instead of libcurl's", front=("--wire", "http-evhttp"),
        costs="the headline's client is libcurl-multi by definition"),
    Try("m-in-flight", "microservices", "128 calls of a service on the wire instead of 64", front=("--in-flight", "128")),
    Try("m-workers", "microservices", "two store threads a service instead of four", services=("--workers", "2")),
    Try("m-mongod", "microservices", "mongod without TTL monitor and refresh of sessions, and with 1 GB of cache",
        mongod=("--wiredTigerCacheSizeGB", "1", "--setParameter", "ttlMonitorEnabled=false", "--setParameter",
                "disableLogicalSessionCacheRefresh=true")),
    Try("m-curl", "microservices", "libcurl with one multi handle for all services and an address parsed at each call, as it was",
        patch="curl-one-multi", kept=True),
)


def check_table(tries):
    """None, or what is wrong with a table of tries."""
    names = [t.name for t in tries]
    for side in SIDES:
        count = sum(t.side == side for t in tries)
        if count != TRIES_A_SIDE:
            return f"{count} tries of {side}; both sides have {TRIES_A_SIDE}"
    if len(set(names)) < len(names):
        return "two tries have the same name"
    idle = [t.name for t in tries if not any(t[3:-2])]
    return f"nothing is tried by {', '.join(idle)}" if idle else None


def free_port():
    """Below the kernel's own range, so that no connection of the load takes a port before its server does."""
    for port in itertools.islice(PORTS, 100):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("a hundred ports are taken; set DUET_PORT_BASE")


# ---- builds ----

def build(tree, folder, opt):
    log = folder / "build.log"
    folder.mkdir(parents=True, exist_ok=True)
    with open(log, "w") as out:
        argv = ["make", "-C", tree, f"BUILD={folder}", f"OPT={opt}", "-j2", *(f"{folder}/bin/{name}" for name in SERVERS)]
        if subprocess.run([str(a) for a in argv], stdout=out, stderr=out).returncode:
            raise RuntimeError(f"the build failed; its log is {log}:\n{log.read_text()[-800:]}")
    return folder / "bin"


def patched(name, to):
    """A copy of the sources with a patch of docs/tuning/patches."""
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    for source in SOURCES:
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, to / source)
    stacks.run(["patch", "-p1", "-d", to, "-i", PATCHES / f"{name}.patch"])
    return to


class Builds:
    """The programs of a try, made when they are first asked for, outside of the measuring."""

    def __init__(self, data):
        self.folder, self.data, self.made = stacks.BUILD / "tune", data, {}

    def of(self, one):
        key = one.patch or re.sub(r"[^a-z0-9]+", "-", one.opt + (" pgo" if one.pgo else "")).strip("-")
        if key and key not in self.made:
            print(f"building {key}", flush=True)
            self.made[key] = self.make(one, self.folder / key)
        return self.made[key] if key else stacks.BIN

    def make(self, one, folder):
        if one.patch:
            return build(patched(one.patch, folder / "tree"), folder / "build", "-O2")
        if not one.pgo:
            return build(ROOT, folder, one.opt)
        shutil.rmtree(folder, ignore_errors=True)
        trained = build(ROOT, folder, "-O2 -fprofile-generate -fprofile-update=atomic")
        for side in SIDES:
            stack = self.data.start(Try("training", side, ""), trained)
            for page in PAGES:
                self.data.load(stack, page, 3.0)
            stack.stop()
        for path in [*folder.rglob("*.o"), *folder.rglob("*.a"), *(folder / "bin").iterdir()]:
            path.unlink()
        return build(ROOT, folder, f"{one.opt} -fprofile-use -fprofile-partial-training -fprofile-correction -Wno-missing-profile")


# ---- stacks ----

class TriedMongod(stacks.Mongod):
    """A mongod on a copy of the prepared folder; its last argument of a name counts."""

    def __init__(self, folder, logs, before, more):
        self.before, self.more = before, more
        super().__init__(folder, logs)

    def start(self):
        path = stacks.run(["scripts/mongod.sh", "path"], env=self.env).stdout.strip()
        args = [a for a in stacks.run(["scripts/mongod.sh", "args", self.folder, self.port], env=self.env).stdout.split("\n") if a]
        if "--wiredTigerCacheSizeGB" in self.more:
            at = args.index("--wiredTigerCacheSizeGB")
            del args[at:at + 2]
        self.process = stacks.Process("mongod", [*self.before, path, *args, *self.more], self.logs)
        end = time.monotonic() + 60
        while self.process.proc.poll() is None and time.monotonic() < end:
            if subprocess.run([stacks.BIN / "mongo-admin", "ping", f"127.0.0.1:{self.port}"], stderr=subprocess.DEVNULL).returncode == 0:
                return
            time.sleep(0.05)
        self.process.stop()
        raise RuntimeError(f"mongod did not come up: {self.process.tail()}")


class TriedStack(stacks.Stack):
    """One side's programs as a try has them."""

    def __init__(self, one, programs, logs):
        super().__init__(one.name, logs)
        self.programs, self.mongod = programs, None
        env = [f"{name}={(glob.glob(value) or [value])[0]}" for name, value in one.env]
        self.before = [*(["env", *env] if env else []), *one.wrap]

    def _start(self, name, argv):
        port = self.ports.setdefault(name, stacks.free_port())
        line = [*self.before, self.programs / name, "--listen", f"127.0.0.1:{port}", *argv]
        self.processes[name] = stacks.Process(f"{self.name}-{name}", line, self.logs)
        return port

    def pids(self):
        return [p.proc.pid for p in self.processes.values()] + ([self.mongod.process.proc.pid] if self.mongod else [])

    def stop(self):
        super().stop()
        if self.mongod:
            self.mongod.stop()


class Data:
    """The seeded stores, copied for every stack, and the load."""

    def __init__(self):
        self.world, self.count = stacks.World(), 0
        self.world.mongod.stop()

    def close(self):
        self.world.tmp.cleanup()

    def start(self, one, programs):
        """A stack of the try's side; the answers of both pages are checked."""
        os.sched_setaffinity(0, {SERVER_CPU})
        self.count += 1
        folder = self.world.dir / f"stack-{self.count}"
        folder.mkdir()
        stack = TriedStack(one, programs, self.world.logs)
        try:
            if one.side == "unified":
                shutil.copy(self.world.dir / "unified.db", folder)
                stack.unified(f"sqlite:{folder}/unified.db", one.front)
            else:
                shutil.copytree(self.world.dir / "mongo", folder / "mongo", ignore=shutil.ignore_patterns("mongod.lock", "*.sock"))
                stack.mongod = TriedMongod(folder / "mongo", self.world.logs, one.wrap, one.mongod)
                stack.microservices({s: stack.mongod.uri(s) for s in stacks.SERVICES}, flags=one.front, service_flags=one.services)
            for page in PAGES:
                swept = self.loadgen(stack, ["--page", page, "--sweep", "-u", 20, "--think", "0s"])["requests"]
                if not swept["total"] or swept["ok"] != swept["total"]:
                    raise RuntimeError(f"its answers are not the manifest's: {swept}")
        except Exception:
            stack.stop()
            raise
        finally:
            os.sched_setaffinity(0, {LOAD_CPU})
        return stack

    def loadgen(self, stack, more, told=None):
        """loadgen's result; told(word) is called at the window's ends. Where nothing was asked in a window, that is a result."""
        out = self.world.dir / "load.json"
        out.unlink(missing_ok=True)
        read, write = os.pipe()
        argv = ["taskset", "-c", LOAD_CPU, stacks.BIN / "loadgen", "--urls", self.world.manifest_path, "--no-progress", "--quiet",
                "-o", out, "--control-fd", write, *more, f"http://127.0.0.1:{stack.port}"]
        with subprocess.Popen([str(a) for a in argv], pass_fds=[write], cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
            os.close(write)
            with open(read) as words:
                for word in words:
                    if told:
                        told(word.split()[0])
            said = process.communicate(timeout=60)[1]
        result = json.loads(out.read_text()) if out.exists() else None
        if not result or (process.returncode and result["requests"]["total"]):
            raise RuntimeError(f"loadgen ended with {process.returncode}: {said.strip()} {result and result['requests']}")
        return result

    def load(self, stack, page, seconds):
        """One window: requests/s, and the servers' CPU us a request. One in which nothing at all was asked (something else held the
        generator's CPU) is repeated."""
        cpu = {}

        def told(word):
            cpu[word] = sum(cpu_ns(pid) for pid in stack.pids())

        more = ["--page", page, "-u", VUS, "--think", "0s", "--busy-poll", "--warmup", "150ms", "-d", f"{round(seconds * 1000)}ms"]
        for _ in range(5):
            result = self.loadgen(stack, more, told)
            total = result["requests"]["total"]
            if total:
                break
        if not total or result["requests"]["ok"] != total:
            raise RuntimeError(f"not every answer was good: {result['requests']}")
        return {"rps": result["throughput_rps"], "cpu_us": (cpu["window_end"] - cpu["window_start"]) / 1e3 / total}


def cpu_ns(pid):
    """The scheduler's count of a process, all its threads."""
    return sum(int(Path(path).read_text().split()[0]) for path in glob.glob(f"/proc/{pid}/task/*/schedstat"))


# ---- figures ----

def interval(logs):
    """[ratio, low, high] of the mean logarithm, by Student's t."""
    from scipy import stats  # the tests of the table do without
    middle = statistics.mean(logs)
    half = stats.t.ppf(0.975, len(logs) - 1) * statistics.stdev(logs) / math.sqrt(len(logs))
    return [math.exp(middle), math.exp(middle - half), math.exp(middle + half)]


def in_turns(data, base, tried, page, options):
    """A page's row: base, tried, tried, base; their means a round."""
    rounds = []
    for _ in range(options.rounds):
        loads = [data.load(stack, page, options.seconds) for stack in (base, tried, tried, base)]
        rounds.append({key: [loads[0][key] + loads[3][key], loads[1][key] + loads[2][key]] for key in ("rps", "cpu_us")})
    row = {key: interval([math.log(r[key][1] / r[key][0]) for r in rounds]) for key in ("rps", "cpu_us")}
    row["base_rps"] = statistics.median(r["rps"][0] / 2 for r in rounds)
    return row


def verdict(one, pages):
    """What the rule of keeping says of one side's try."""
    if one.name.endswith("twin"):
        return "the instrument"
    ranges = [pages[page]["rps"][1:] for page in PAGES]
    if one.kept:
        ranges = [(1 / high, 1 / low) for low, high in ranges]
    slower = any(high < 1 for _, high in ranges)
    if slower or not any(low > FASTER for low, _ in ranges):
        why = "slower" if slower else "no faster"
        return f"in the base, but {why} with it" if one.kept else f"not kept: {why}"
    return "**kept**: it is in the base" if one.kept else f"not kept: {one.costs}" if one.costs else "**faster**"


def cells(row):
    return [f"{row['rps'][0]:.3f} [{row['rps'][1]:.3f}..{row['rps'][2]:.3f}]", f"{row['cpu_us'][0]:.3f}"]


def lacking(one):
    """What a try needs and the machine has not, or None."""
    return next((f"skipped: no {value}" for _, value in one.env if not glob.glob(value)), None)


def attempt(one, *more):
    """A try's row; one that cannot run, or answers wrongly, is a result, too."""
    about = {"name": one.name, "side": one.side, "what": one.what}
    why = lacking(one)
    if not why:
        try:
            return {**about, **measure(one, *more)}
        except RuntimeError as error:
            why = f"failed: {error}"
    print(f"{one.name:15}  {why}", flush=True)
    return {**about, "verdict": why}


def measure(one, data, builds, bases, options):
    programs = builds.of(one)
    if one.side not in bases:
        bases[one.side] = data.start(Try(f"{one.side}-base", one.side, ""), stacks.BIN)
    tried = data.start(one, programs)
    try:
        pages = {page: in_turns(data, bases[one.side], tried, page, options) for page in PAGES}
    finally:
        tried.stop()
    said = verdict(one, pages)
    print("  ".join([f"{one.name:15}", *(c for page in PAGES for c in [page, *cells(pages[page])]), said]), flush=True)
    return {"pages": pages, "verdict": said}


def markdown(rows):
    print("\n| try | what | PDP requests/s | CPU | PLP requests/s | CPU | by the rule |\n| --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        values = [c for page in PAGES for c in cells(row["pages"][page])] if "pages" in row else [""] * 4
        print("| " + " | ".join([f"`{row['name']}`", row["what"], *values, row["verdict"]]) + " |")


def arguments():
    parser = argparse.ArgumentParser(prog="tune", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", default="build")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these tries alone")
    parser.add_argument("--rounds", type=int, default=12, help="rounds of base, tried, tried, base (default 12)")
    parser.add_argument("--seconds", type=float, default=0.5, help="length of one window (default 0.5)")
    parser.add_argument("--output", metavar="FILE", help="write the figures as JSON there")
    parser.add_argument("--markdown", action="store_true", help="print the tables for docs/METHOD.md at the end")
    options = parser.parse_args()
    names = [t.name for t in every()]
    unknown = set(options.only) - set(names)
    if unknown:
        parser.error(f"there is no try {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    if options.rounds < 2 or options.seconds < 0.1:
        parser.error("--rounds is a whole number from 2, --seconds at least 0.1")
    return options


def every():
    """All tries, after each side's null test."""
    for side in SIDES:
        yield Try(f"{side[0]}-twin", side, "the base once more")
        yield from (t for t in TRIES if t.side == side)


def write(path, rows, options, began):
    document = {"made_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began)), "rounds": options.rounds, "seconds": options.seconds,
                "load_average": [round(x, 2) for x in os.getloadavg()], "cpus": os.cpu_count(), "rows": rows}
    with open(f"{path}.part", "w") as out:
        json.dump(document, out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    os.rename(f"{path}.part", path)


def main():
    options, began, rows, bases = arguments(), time.time(), [], {}
    if check_table(TRIES):
        sys.exit(f"tune: {check_table(TRIES)}")
    for tool, found in [("scipy", importlib.util.find_spec("scipy")), *((t, shutil.which(t)) for t in ("taskset", "chrt", "patch"))]:
        if not found:
            sys.exit(f"tune: {tool} is missing; run scripts/setup.sh tune, and this by /usr/bin/python3")
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("tune: two CPUs are needed, one for the servers and one for the load")
    stacks.BUILD = Path(options.build).resolve()
    stacks.BIN = stacks.BUILD / "bin"
    stacks.free_port = free_port
    tries = [t for t in every() if not options.only or t.name in options.only]
    print(f"{TRIES_A_SIDE} tries a side, and a twin; {len(tries)} of these are measured; load average {os.getloadavg()[0]:.1f}; expected to take "
          f"{len(tries) * (options.rounds * 8 * (options.seconds + 0.25) + 8) / 60:.0f} minutes and what is to build", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(105))
    cpus = os.sched_getaffinity(0)
    data = Data()
    builds = Builds(data)
    try:
        for one in tries:
            if not lacking(one):
                os.sched_setaffinity(0, cpus)  # where a training run has been
                builds.of(one)
        for one in tries:
            rows.append(attempt(one, data, builds, bases, options))
            if options.output:
                write(options.output, rows, options, began)
    finally:
        for stack in bases.values():
            stack.stop()
        data.close()
    if options.markdown:
        markdown(rows)
    sys.exit(any("failed" in row["verdict"] for row in rows))


if __name__ == "__main__":
    main()
