#!/usr/bin/env python3
"""crosscheck: the same server at the same concurrency measured by loadgen, wrk, h2load and k6, in interleaved rounds.

unified on SQLite answers a product page from CPU 0; each tool in turn loads it from CPU 1 with the same number of connections,
without think time, by the same request with the same headers. One address and not all: loadgen draws addresses at random where
the others walk a list, in step over their connections, which spares the server's caches and makes the same server faster.
Throughput and p50 of wrk and h2load stand as ratios to loadgen's, taken within a round, then the median over rounds; the goal is
within 5 %. The load's CPU is kept awake by a loop at the lowest priority: each tool sleeps in its own way, the server pays for
waking it, and on virtual CPUs that alone makes tools differ by 10 %. The server is the limit, not the tool, or the tools' costs
would be compared: a row whose tool used over 95 % of its CPU says so. k6 costs several times as much a request, so that its
figures stand beside the others' without a goal; it is skipped, with a word, where it is not to be had.

  scripts/crosscheck.py BUILD [--rounds 5] [--seconds 3] [--connections 20,100] [--markdown]   (make crosscheck)
"""
import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests/live"), str(ROOT / "scripts/k6")]
import k6  # noqa: E402

parser = argparse.ArgumentParser(prog="crosscheck", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("build", nargs="?", default="build")
parser.add_argument("--rounds", type=int, default=5, help="rounds taken in turns (default 5)")
parser.add_argument("--seconds", type=int, default=3, help="length of one measurement (default 3)")
parser.add_argument("--connections", default="20,100", help="comma-separated (default 20,100)")
parser.add_argument("--markdown", action="store_true", help="print the table for docs/METHOD.md at the end")
options = parser.parse_args()
if options.rounds < 1 or options.seconds < 1 or not re.fullmatch(r"[1-9]\d*(,[1-9]\d*)*", options.connections):
    parser.error("--rounds and --seconds are whole numbers from 1, --connections a list of them: 20,100")
os.environ["DUET_BUILD"] = str(Path(options.build).resolve())
import stacks  # noqa: E402  (reads DUET_BUILD)

SERVER_CPU, LOAD_CPU, GOAL, BUSY = 0, 1, 0.05, 0.95
WRK_LUA = """
local targets = {}
for line in io.lines(os.getenv("DUET_TARGETS")) do targets[#targets + 1] = line end
local requests, at = {}, 0
init = function(args)
  local headers = {["User-Agent"] = "crosscheck/0.1.0", ["Accept"] = "application/json"}
  for i, t in ipairs(targets) do requests[i] = wrk.format("GET", t, headers) end
end
request = function() at = at % #requests + 1; return requests[at] end
done = function(summary, latency)
  io.write(string.format("us p50 %d p95 %d\\n", latency:percentile(50), latency:percentile(95)))
end
"""


def child(argv, env=None):
    """Runs a load program on its CPU; its stdout and the share of that CPU that it used."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(["taskset", "-c", str(LOAD_CPU), *map(str, argv)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, env=env, cwd=ROOT, timeout=options.seconds + 60)
    after, took = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - began
    if done.returncode:
        raise RuntimeError(f"{argv[0]}: exit {done.returncode}\n{done.stdout[-2000:]}")
    return done.stdout, (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / took


class Tools:
    """Each method measures once: {rps, p50, p95 (ms), cpu (share)}."""

    def __init__(self, world, port, program):
        self.dir, self.port, self.manifest, self.k6_program = world.dir, port, world.dir / "manifest-one", program
        kinds = ("/api/home", "/api/categories/", "/api/products/")  # a manifest has all three
        one = [next(t for t, _, _ in world.manifest if t.startswith(kind)) for kind in kinds]
        targets = one[2:]
        lines = world.manifest_path.read_text().splitlines(keepends=True)
        self.manifest.write_text("".join(line for line in lines if line.startswith("#") or line.split(" ")[0] in one))
        self.paths, self.urls = self.dir / "paths", self.dir / "urls"
        self.paths.write_text("".join(t + "\n" for t in targets))
        self.urls.write_text("".join(f"http://127.0.0.1:{port}{t}\n" for t in targets))
        (self.dir / "wrk.lua").write_text(WRK_LUA)

    def loadgen(self, connections):
        out = self.dir / "load.json"
        _, cpu = child([stacks.BIN / "loadgen", "--page", "pdp", "--urls", self.manifest, "-u", connections, "--think", "0s",
                        "--warmup", "500ms", "-d", f"{options.seconds}s", "--no-progress", "-o", out, f"http://127.0.0.1:{self.port}"])
        result = json.loads(out.read_text())
        if not result["requests"]["total"] or result["requests"]["ok"] != result["requests"]["total"]:
            raise RuntimeError(f"loadgen saw failures: {result['requests']}")
        service = result["latency_us"]["service_time"]
        return {"rps": result["throughput_rps"], "p50": service["p50"] / 1e3, "p95": service["p95"] / 1e3, "cpu": cpu}

    def wrk(self, connections):
        env = dict(os.environ, DUET_TARGETS=str(self.paths))
        out, cpu = child(["wrk", "-t1", f"-c{connections}", f"-d{options.seconds}s", "--latency", "-s", self.dir / "wrk.lua",
                          f"http://127.0.0.1:{self.port}"], env)
        if "Non-2xx" in out or "Socket errors" in out:
            raise RuntimeError(f"wrk saw failures:\n{out}")
        p50, p95 = re.search(r"us p50 (\d+) p95 (\d+)", out).groups()
        return {"rps": float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), "p50": int(p50) / 1e3, "p95": int(p95) / 1e3, "cpu": cpu}

    def h2load(self, connections):
        """Its report has no percentiles: they are taken from its log, a line a request: start, status, us."""
        log = self.dir / "h2load.log"
        log.unlink(missing_ok=True)
        out, cpu = child(["h2load", "--h1", "-H", "accept: application/json", "-t1", f"-c{connections}", f"-D{options.seconds}", "--warm-up-time=500ms",
                          f"--log-file={log}", "-i", self.urls])
        rows = [line.split("\t") for line in log.read_text().splitlines()]
        bad = [row for row in rows if row[1] != "200"]
        if bad or not rows:
            raise RuntimeError(f"h2load saw {len(bad)} failures in {len(rows)} requests:\n{out}")
        times = sorted(int(row[2]) for row in rows)
        return {"rps": float(re.search(r"finished in .*?, ([\d.]+) req/s", out)[1]), "p50": times[len(times) // 2] / 1e3,
                "p95": times[len(times) * 95 // 100] / 1e3, "cpu": cpu}

    def k6(self, connections):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        metrics = k6.run(self.k6_program, self.port, self.paths, connections, options.seconds, 0, self.dir / "k6.json", LOAD_CPU)
        after, took = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - began
        if metrics["http_req_failed"]["values"]["rate"] > 0:
            raise RuntimeError("k6 saw failures")
        duration = metrics["http_req_duration"]["values"]
        return {"rps": metrics["http_reqs"]["values"]["rate"], "p50": duration["med"], "p95": duration["p(95)"],
                "cpu": (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / took}


def row(connections, name, rounds):
    """A table's row: medians, and the ratios to loadgen's within a round."""
    mine, theirs = [r["loadgen"] for r in rounds], [r[name] for r in rounds]
    middle = {key: statistics.median(m[key] for m in theirs) for key in ("rps", "p50", "p95", "cpu")}
    ratio = {key: statistics.median(t[key] / m[key] for m, t in zip(mine, theirs)) for key in ("rps", "p50")}
    judged = name in ("wrk", "h2load")
    ok = all(abs(ratio[key] - 1) <= GOAL for key in ratio)
    mark = "the measure" if name == "loadgen" else ("within 5 %" if ok else "**beyond 5 %**") if judged else "beside"
    if middle["cpu"] > BUSY:
        mark += ", its CPU was full"
    return [str(connections), name, f"{middle['rps']:,.0f}", f"{ratio['rps']:.3f}", f"{middle['p50']:.3f}", f"{ratio['p50']:.3f}",
            f"{middle['p95']:.3f}", mark], not judged or ok


def main():
    for tool in ("wrk", "h2load", "taskset", "chrt"):
        if not shutil.which(tool):
            sys.exit(f"crosscheck: {tool} is missing; run scripts/setup.sh figures")
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("crosscheck: two CPUs are needed, one for the server and one for the load")
    program = k6.find()
    if not program:
        print("crosscheck: k6 is skipped", flush=True)
    levels = [int(c) for c in options.connections.split(",")]
    names = ["loadgen", "wrk", "h2load", *(["k6"] if program else [])]
    expected = len(levels) * options.rounds * len(names) * (options.seconds + 1.5)
    model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    print(f"{model[1] if model else '?'}, {os.cpu_count()} CPUs; {options.rounds} rounds of {options.seconds} s; "
          f"{time.strftime('%Y-%m-%d', time.gmtime())}; expected to take {expected / 60:.1f} minutes", flush=True)
    os.sched_setaffinity(0, {SERVER_CPU})
    world, rows, beyond = stacks.World(), [], 0
    stack, awake = None, subprocess.Popen(["chrt", "-i", "0", "taskset", "-c", str(LOAD_CPU), "sh", "-c", "while :; do :; done"])
    try:
        stack = world.stack("unified-sqlite")
        tools = Tools(world, stack.port, program)
        for connections in levels:
            rounds = []
            for number in range(options.rounds):
                order = names[number % len(names):] + names[:number % len(names)]
                rounds.append({name: getattr(tools, name)(connections) for name in order})
            for name in names:
                cells, ok = row(connections, name, rounds)
                beyond += not ok
                rows.append(cells)
                print("{:>4} {:<8} {:>10} requests/s ({:>6}) p50 {:>8} ms ({:>6}) p95 {:>8} ms  {}".format(*cells), flush=True)
    finally:
        awake.kill()
        awake.wait()
        if stack:
            stack.stop()
        world.close()
    if options.markdown:
        heads = ["connections", "tool", "requests/s", "/ loadgen's", "p50, ms", "/ loadgen's", "p95, ms", ""]
        print("", "| " + " | ".join(heads) + " |", "| ---: | --- " + "| ---: " * 5 + "| --- |", sep="\n")
        print(*("| " + " | ".join(cells) + " |" for cells in rows), sep="\n")
    print(f"{beyond} of {2 * len(levels)} rows of wrk and h2load are beyond 5 %")


if __name__ == "__main__":
    main()
