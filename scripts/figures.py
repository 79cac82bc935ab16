#!/usr/bin/env python3
"""figures: measures every performance goal of the project and prints it beside its goal.

The system under test (database included) runs on CPU 0, the load on CPU 1. What is compared runs in turns, round by round, and
the figure is the median over rounds (a ratio is taken within each round first). A goal that is missed is printed as missed:
nothing is repeated until it pleases.

  scripts/figures.py BUILD [--rounds 5] [--seconds 2] [--only NAME[,NAME]]   (make figures)
"""
import argparse
import functools
import json
import math
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/live"))

parser = argparse.ArgumentParser(prog="figures", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("build", nargs="?", default="build")
parser.add_argument("--rounds", type=int, default=5, help="rounds taken in turns (default 5)")
parser.add_argument("--seconds", type=float, default=2, help="length of one measurement (default 2)")
parser.add_argument("--only", default="", help="names of sections, comma-separated")
options = parser.parse_args()
os.environ["DUET_BUILD"] = str(Path(options.build).resolve())
import stacks  # noqa: E402  (reads DUET_BUILD)

SERVER_CPU, LOAD_CPU = 0, 1
LOADGEN = stacks.BIN / "loadgen"
WRK_LUA = """
local targets = {}
for line in io.lines(os.getenv("DUET_TARGETS")) do targets[#targets + 1] = line end
local requests, at = {}, 0
init = function(args)
  for i, t in ipairs(targets) do requests[i] = wrk.format("GET", t) end
end
request = function() at = at % #requests + 1; return requests[at] end
"""


def on_load_cpu(argv):
    return ["taskset", "-c", str(LOAD_CPU), *map(str, argv)]


def child(argv, env=None):
    """Runs a load program; returns its stdout and the CPU seconds that it burned."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(on_load_cpu(argv), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, cwd=ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{argv}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Bench:
    def __init__(self):
        self.tmp = tempfile.TemporaryDirectory(prefix="duet-figures-")
        self.dir = self.logs = Path(self.tmp.name)
        self.manifest_path = self.dir / "manifest"
        stacks.run([stacks.BIN / "seed", "--seed", stacks.SEED, "--products", stacks.PRODUCTS, "--manifest", self.manifest_path])
        self.manifest = [line.split(" ") for line in self.manifest_path.read_text().splitlines() if line.startswith("/")]
        (self.dir / "wrk.lua").write_text(WRK_LUA)
        self.rows, self.stacks = [], []
        self.targets = {
            "home": [t for t, _, _ in self.manifest if t == "/api/home"],
            "plp": [t for t, _, _ in self.manifest if t.startswith("/api/categories/")],
            "pdp": [t for t, _, _ in self.manifest if t.startswith("/api/products/")],
        }
        for page, targets in self.targets.items():
            (self.dir / f"targets-{page}").write_text("".join(t + "\n" for t in targets))

    @functools.cached_property
    def world(self):
        """Stores of every kind, mongod among them: made when a section first needs one."""
        return stacks.World()

    def stack(self, kind, **kw):
        stack = self.world.stack(kind, **kw)
        self.stacks.append(stack)
        return stack

    def memory_microservices(self):
        stack = stacks.Stack("memory", self.logs)
        uri = f"memory:?seed={stacks.SEED}&products={stacks.PRODUCTS}"
        self.stacks.append(stack)
        return stack.microservices({s: uri for s in stacks.SERVICES})

    def stop(self, *which):
        for stack in which:
            stack.stop()
            self.stacks.remove(stack)

    def wrk(self, port, page=None, target=None, connections=200):
        env = dict(os.environ)
        argv = ["wrk", "-t1", f"-c{connections}", f"-d{options.seconds}s"]
        if page:
            env["DUET_TARGETS"] = str(self.dir / f"targets-{page}")
            argv += ["-s", self.dir / "wrk.lua", f"http://127.0.0.1:{port}"]
        else:
            argv += [f"http://127.0.0.1:{port}{target}"]
        argv = [a.replace(".0s", "s") if isinstance(a, str) else a for a in argv]
        out, cpu = child(argv, env)
        if "Non-2xx" in out or "Socket errors" in out:
            raise RuntimeError(f"wrk saw errors:\n{out}")
        requests = int(re.search(r"(\d+) requests in", out)[1])
        return {"rps": float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), "cpu_us": cpu * 1e6 / requests}

    def load(self, port, page, vus=200, think="0s", warmup="500ms", seconds=None, urls=None, rate=None, poll=False):
        out = self.dir / "load.json"
        argv = [LOADGEN, "--page", page, "--urls", urls or self.manifest_path, "-u", vus, "-d", f"{int((seconds or options.seconds) * 1000)}ms",
                "--warmup", warmup, "--think", think, "--seed", len(self.rows) + 1, "--no-progress", "-o", out]
        if rate:
            argv += ["--rate", rate]
        if poll:
            argv += ["--busy-poll"]
        _, cpu = child([*argv, f"http://127.0.0.1:{port}"])
        result = json.loads(out.read_text())
        result["cpu_us"] = cpu * 1e6 / max(1, result["requests"]["answered_all"])
        return result

    def row(self, name, goal, value, ok, note=""):
        mark = {True: "reached", False: "MISSED", None: "measured"}[ok]
        self.rows.append((name, goal, value, mark, note))
        print(f"{name:<64} {value:>14}   goal {goal:<10} {mark:<8} {note}", flush=True)

    def ratio_row(self, name, pairs, goal, at_most=False, note=""):
        ratios = [a / b for a, b in pairs]
        value = statistics.median(ratios)
        a, b = statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs)
        spread = f"[{min(ratios):.2f}..{max(ratios):.2f}] {a:,.1f} / {b:,.1f} {note}"
        self.row(name, f"{'<=' if at_most else '>='} {goal}", f"{value:.3f}", value <= goal if at_most else value >= goal, spread)

    # ---- sections ----

    def nginx(self):
        """unified on SQLite against nginx serving a static file of the same size."""
        unified = self.stack("unified-sqlite")
        docroot, port = self.dir / "www", stacks.free_port()
        docroot.mkdir()
        for page, targets in self.targets.items():
            sizes = sorted((int(length), t) for t, length, _ in self.manifest if t in set(targets))
            client = unified.client()
            (docroot / page).write_bytes(client.get(sizes[len(sizes) // 2][1]).body)
            client.close()
        os.chmod(self.dir, 0o755)
        os.chmod(docroot, 0o755)
        conf = self.dir / "nginx.conf"
        conf.write_text(f"""daemon off; worker_processes 1; pid {self.dir}/nginx.pid; error_log stderr error;
user {subprocess.run(['id', '-un'], capture_output=True, text=True).stdout.strip()};
events {{ worker_connections 4096; }}
http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; default_type application/json;
  open_file_cache max=100; open_file_cache_valid 60s; server {{ listen 127.0.0.1:{port} backlog=4096; root {docroot}; }} }}
""")
        nginx = stacks.Process("nginx", ["/usr/sbin/nginx", "-c", conf], self.logs)
        try:
            stacks.wait_ready(port, nginx, "/home")
            for page, goal in (("pdp", 0.45), ("home", 0.40), ("plp", 0.15)):
                pairs = [(self.wrk(unified.port, page=page)["rps"], self.wrk(port, target=f"/{page}")["rps"]) for _ in range(options.rounds)]
                self.ratio_row(f"unified {page} requests/s at c=200 / nginx static", pairs, goal)
        finally:
            nginx.stop()
            self.stop(unified)

    def stores(self):
        """microservices on real stores against the same BFF with its services on memory:; unified on MongoDB."""
        memory, sqlite, mongo = self.memory_microservices(), self.stack("microservices-sqlite"), self.stack("microservices-mongodb")
        goals = {("sqlite", "pdp"): 0.75, ("mongodb", "pdp"): 0.45, ("sqlite", "plp"): 0.5, ("mongodb", "plp"): 0.12}
        for page in ("pdp", "plp"):
            rounds = [{n: self.load(s.port, page)["throughput_rps"] for n, s in (("memory", memory), ("sqlite", sqlite), ("mongodb", mongo))}
                      for _ in range(options.rounds)]
            for name in ("sqlite", "mongodb"):
                self.ratio_row(f"microservices {page} on {name} / on memory, c=200", [(r[name], r["memory"]) for r in rounds], goals[name, page])
        self.stop(memory, sqlite)
        unified = self.stack("unified-mongodb")
        pairs = [(self.load(unified.port, "pdp")["throughput_rps"], self.load(mongo.port, "pdp")["throughput_rps"]) for _ in range(options.rounds)]
        self.ratio_row("unified pdp on MongoDB (one document) / microservices on MongoDB", pairs, 1.5)
        self.stop(unified, mongo)

    def errors(self):
        """2,000 VUs, think time 1 s, on the headline's arms; unified's memory."""
        for kind in ("unified-sqlite", "microservices-mongodb"):
            stack, limit = self.stack(kind), 0.0 if kind == "unified-sqlite" else 0.01
            for page in ("home", "plp", "pdp"):
                r = self.load(stack.port, page, vus=2000, think="1s", warmup="4s", seconds=6)["requests"]
                bad = sum(r["errors"].values()) + r["degraded"] + r["unfinished"]
                share = bad / max(1, r["total"])
                self.row(f"{kind} {page} errors at 2,000 VUs", "0" if limit == 0 else "< 1 %", f"{100 * share:.2f} %",
                         bad == 0 if limit == 0 else share < limit, f"{bad} of {r['total']}")
            if kind == "unified-sqlite":
                status = Path(f"/proc/{stack.processes['unified'].proc.pid}/status").read_text()
                peak = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024
                self.row("unified on SQLite, resident memory under 2,000 VUs (peak)", "< 40 MB", f"{peak:.1f} MB", peak < 40)
            self.stop(stack)

    def constant_server(self):
        """Answers of about 2 KB that are there already: no store, no writing of pages."""
        stack = stacks.Stack("constant", self.logs, ["--precomputed"])
        self.stacks.append(stack)
        return stack.unified(f"memory:?seed={stacks.SEED}&products={stacks.PRODUCTS}")

    def generator(self):
        """loadgen against wrk on a constant server: CPU a request, top rate; nothing lost. Polling, as in every plan, its CPU time
        in the window but for polls that found nothing; and asleep between answers, as wrk is, the whole process's CPU time."""
        stack = self.constant_server()
        work, cpu, polling, sleeping, lost = [], [], [], [], 0
        for _ in range(options.rounds):
            before = stacks.metric(stack.port, "http_requests_total", route="pdp")
            poll, sleep = (self.load(stack.port, "pdp", vus=100, poll=p) for p in (True, False))
            sent = sum(load["requests"]["sent_all"] for load in (poll, sleep))
            lost += abs(stacks.metric(stack.port, "http_requests_total", route="pdp") - before - sent)
            wrk = self.wrk(stack.port, page="pdp", connections=100)
            own = poll["resources"]["generator"]
            work.append((own["cpu_s"] - own["idle_poll_s"]) * 1e6 / poll["requests"]["total"])
            cpu.append((sleep["cpu_us"], wrk["cpu_us"]))
            polling.append((poll["throughput_rps"], wrk["rps"]))
            sleeping.append((sleep["throughput_rps"], wrk["rps"]))
        self.row("loadgen's CPU us a request, constant 2 KB server, c=100, polling", "<= 7.5", f"{statistics.median(work):.2f}",
                 statistics.median(work) <= 7.5, f"[{min(work):.2f}..{max(work):.2f}]")
        self.ratio_row("loadgen's top rate / wrk's, one thread each, c=100, polling", polling, 0.9)
        self.ratio_row("loadgen's CPU us a request / wrk's, both asleep when idle", cpu, 1.2, at_most=True)
        self.ratio_row("loadgen's top rate / wrk's, both asleep when idle", sleeping, 0.9)
        self.row("requests that the server counted otherwise than loadgen", "0", f"{lost:.0f}", lost == 0)
        self.stop(stack)

    def lag(self):
        """loadgen at 2,000 and 9,000 VUs on a constant server: its own lateness, memory and checks."""
        stack = self.constant_server()
        runs = [self.load(stack.port, "pdp", vus=2000, think="1s", warmup="2s", seconds=4) for _ in range(options.rounds)]
        for name, goal in (("p50", 50), ("p99", 1000)):
            values = [r["latency_us"]["send_lag"][name] for r in runs]
            value = statistics.median(values)
            self.row(f"loadgen's send lag at 2,000 VUs, {name}", f"< {goal} us", f"{value:.1f} us", value < goal,
                     f"[{min(values):.1f}..{max(values):.1f}]")
        peak = max(r["resources"]["generator"]["rss_peak_mb"] for r in runs)
        self.row("loadgen's resident memory at 2,000 VUs (peak)", "< 40 MB", f"{peak:.1f} MB", peak < 40)
        many = self.load(stack.port, "pdp", vus=9000, think="1s", warmup="4s", seconds=6)
        bad = [c["name"] for c in many["checks"] if not c["ok"]] + many["invalid_why"]
        requests = many["requests"]
        self.row("loadgen's checks that fail at 9,000 VUs", "0", f"{len(bad)}", not bad and requests["ok"] == requests["total"],
                 f"{', '.join(bad)} {requests['ok']:,} of {requests['total']:,} ok, {many['throughput_rps']:,.0f} requests/s, "
                 f"send lag p99 {many['latency_us']['send_lag']['p99']:.0f} us")
        self.stop(stack)

    def histogram(self):
        """What recording one latency costs."""
        values = [float(child([stacks.BIN / "histogram-bench"])[0]) for _ in range(options.rounds)]
        value = statistics.median(values)
        self.row("histogram, CPU ns a record", "< 60", f"{value:.1f}", value < 60, f"[{min(values):.1f}..{max(values):.1f}]")

    def scale(self):
        """p50 with 120,000 products against 1,200."""
        big = f"sqlite:{self.dir}/big.db"
        stacks.run([stacks.BIN / "seed", "--seed", 42, "--products", 120000, "--store", big])
        stacks.run([stacks.BIN / "seed", "--seed", 42, "--products", 120000, "--manifest", self.dir / "manifest-big"])
        small, large = self.stack("unified-sqlite"), stacks.Stack("big", self.logs)
        self.stacks.append(large)
        large.unified(big)
        for page in ("pdp", "plp"):
            pairs = []
            for _ in range(options.rounds):
                l = self.load(large.port, page, vus=200, think="1s", warmup="1500ms", seconds=3, urls=self.dir / "manifest-big")
                s = self.load(small.port, page, vus=200, think="1s", warmup="1500ms", seconds=3)
                pairs.append((l["latency_us"]["service_time"]["p50"], s["latency_us"]["service_time"]["p50"]))
            self.ratio_row(f"unified {page} p50 at 200 VUs, 120,000 products / 1,200", pairs, 1.3, at_most=True, note="us")
        self.stop(small, large)

    def paint(self):
        """From the shop's switch to the painted answer in headless Chromium, which runs on both CPUs as the servers do."""
        argv = ["taskset", "-c", f"{SERVER_CPU},{LOAD_CPU}", "tests/web/run.sh", options.build]
        done = subprocess.run(argv, env=dict(os.environ, DUET_WEB_CASE="painted answer"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, cwd=ROOT)
        if done.returncode or "1 skipped" in done.stdout:
            raise RuntimeError(f"the switch was not measured:\n{done.stdout}")
        for architecture, goal in (("unified", 100), ("microservices", None)):
            found = re.search(rf"toggle to painted answer, {architecture}: median ([\d.]+) ms of (\d+)", done.stdout)
            median = float(found[1])
            self.row(f"switch to painted answer, {architecture}", f"< {goal} ms" if goal else "none", f"{median:.1f} ms",
                     median < goal if goal else None, f"median of {found[2]}")

    def static(self):
        """unified's p50 while its pages and results are visited, against the same server unvisited just before and after.

        At a fixed rate that keeps the server's CPU awake: how long an idle virtual CPU takes to wake is most of a slow rate's p50."""
        plain, visited = self.stack("unified-sqlite"), self.stack("unified-sqlite", flags=["--web", ROOT / "web", "--results", ROOT / "results"])

        def p50(stack):
            return self.load(stack.port, "pdp", rate=5000, warmup="500ms", seconds=3)["latency_us"]["service_time"]["p50"]

        pairs, visits = [], 0
        for _ in range(3 * options.rounds):
            before = p50(plain)
            with Visitor(visited.port) as visitor:
                during = p50(visited)
            visits += visitor.finished()
            pairs.append((during, (before * p50(plain)) ** 0.5))
        low, high = median_interval([a / b for a, b in pairs])
        during, without = (statistics.median(column) for column in zip(*pairs))
        self.row("unified pdp p50 at 5,000/s, pages and results visited / not", "1 in it", f"{low:.3f}..{high:.3f}", low <= 1,
                 f"{during:,.1f} / {without:,.1f} us, {visits} visits; 95 % interval of the median ratio of {len(pairs)} rounds")
        self.stop(plain, visited)

    def close(self):
        for stack in list(self.stacks):
            self.stop(stack)
        if "world" in self.__dict__:
            self.world.close()
        self.tmp.cleanup()


def median_interval(values, confidence=0.95):
    """The interval between two order statistics that holds the median with at least that confidence (the widest where n is too small):
    the ranks of a binomial distribution with p = 1/2, whatever the values' own distribution."""
    n, ordered = len(values), sorted(values)
    k = 0
    while k + 1 < n / 2 and 1 - 2 * sum(math.comb(n, i) for i in range(k + 2)) / 2**n >= confidence:
        k += 1
    return ordered[k], ordered[n - 1 - k]


class Visitor:
    """Opens the shop as a new browser would, with every file and the list of runs, five times a second, from the load's CPU."""

    TARGETS = ("/", "/config.json", "/results/index.json", *(f"/assets/{p.name}" for p in sorted((ROOT / "web/assets").iterdir())))

    def __init__(self, port):
        self.port, self.visits, self.error = port, 0, None
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        os.sched_setaffinity(0, {LOAD_CPU})  # of this thread
        try:
            while not self.over.wait(0.2):
                client = stacks.Client(self.port)
                bad = [t for t in self.TARGETS if client.get(t).status != 200]
                client.close()
                if bad:
                    raise RuntimeError(f"not answered with 200: {bad}")
                self.visits += 1
        except (OSError, RuntimeError) as error:
            self.error = error

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def finished(self):
        if self.error:
            raise self.error
        return self.visits


def main():
    for tool in ("wrk", "taskset", "/usr/sbin/nginx"):
        if not shutil.which(tool):
            sys.exit(f"figures: {tool} is missing; run scripts/setup.sh figures")
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("figures: two CPUs are needed, one for the system under test and one for the load")
    os.sched_setaffinity(0, {SERVER_CPU})
    model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    print(f"{model[1] if model else '?'}, {os.cpu_count()} CPUs; {options.rounds} rounds of {options.seconds:g} s; "
          f"{time.strftime('%Y-%m-%d', time.gmtime())}", flush=True)
    bench = Bench()
    sections = {"nginx": bench.nginx, "stores": bench.stores, "errors": bench.errors, "generator": bench.generator, "lag": bench.lag,
                "histogram": bench.histogram, "scale": bench.scale, "paint": bench.paint, "static": bench.static}
    wanted = [n for n in options.only.split(",") if n] or list(sections)
    unknown = set(wanted) - set(sections)
    try:
        if unknown:
            sys.exit(f"figures: unknown section {', '.join(unknown)}; there are {', '.join(sections)}")
        for name in wanted:
            sections[name]()
    finally:
        bench.close()
    missed = [r for r in bench.rows if r[3] == "MISSED"]
    reached = [r for r in bench.rows if r[3] == "reached"]
    print(f"{len(reached)} goals reached, {len(missed)} missed")


if __name__ == "__main__":
    main()
