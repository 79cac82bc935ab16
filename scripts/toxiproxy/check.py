#!/usr/bin/env python3
"""check: does `bff --hop-delay` delay a call as a network would? The same delay put on by toxiproxy, beside it.

Every call goes from the BFF through a proxy of toxiproxy to its service, and what comes back through a latency toxic, in both
cases: once of 0 ms, with the BFF's own delay, once of the delay, without that. So the way through proxy and toxic, which costs as
much as a call, is on both sides, and the two differ in who waits. CPUs are kept awake, as in the runs that put delays on calls. One user asks product pages without think time; p50 in interleaved rounds, its
ratio within a round, then the median over rounds; the goal is within 5 %. toxiproxy delays by whole milliseconds. Skipped, with a
word, where toxiproxy is not to be had (scripts/toxiproxy/get.sh). Exit 1 when a delay is beyond the goal.

  scripts/toxiproxy/check.py BUILD [--rounds 5] [--seconds 2] [--delays 1,2,5]   (make crosscheck-delay)
"""
import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/live"))

parser = argparse.ArgumentParser(prog="check", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("build", nargs="?", default="build")
parser.add_argument("--rounds", type=int, default=5, help="rounds taken in turns (default 5)")
parser.add_argument("--seconds", type=int, default=2, help="length of one measurement (default 2)")
parser.add_argument("--delays", default="1,2,5", help="whole ms, comma-separated (default 1,2,5)")
options = parser.parse_args()
if options.rounds < 1 or options.seconds < 1 or not re.fullmatch(r"[1-9]\d*(,[1-9]\d*)*", options.delays):
    parser.error("--rounds and --seconds are whole numbers from 1, --delays a list of them: 1,2,5")
os.environ["DUET_BUILD"] = str(Path(options.build).resolve())
import stacks  # noqa: E402  (reads DUET_BUILD)

SERVER_CPU, LOAD_CPU, GOAL = 0, 1, 0.05
# At the lowest priority; ends with the process that began it, whatever becomes of that.
SPIN = f"import os\nwhile os.getppid() == {os.getpid()}: sum(range(100000))"
STORE = f"memory:?seed={stacks.SEED}&products={stacks.PRODUCTS}"


def find():
    """The path of toxiproxy's server, or None after a word on stderr."""
    done = subprocess.run(["scripts/toxiproxy/get.sh"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


class Toxiproxy:
    """A server with two proxies before each service, of the same way: one that waits for nothing, one that waits."""

    def __init__(self, program, services, logs):
        self.api = stacks.free_port()
        argv = ["taskset", "-c", str(LOAD_CPU), program, "-host", "127.0.0.1", "-port", str(self.api)]
        self.process = stacks.Process("toxiproxy", argv, logs)
        stacks.wait_ready(self.api, self.process, "/version")
        self.bare = {name: self.proxy(f"{name}-bare", port) for name, port in services.items()}
        self.late = {name: self.proxy(f"{name}-late", port) for name, port in services.items()}
        for proxy in (f"{name}-{kind}" for name in services for kind in ("bare", "late")):
            self.ask("POST", f"/proxies/{proxy}/toxics", {"name": "wait", "type": "latency", "stream": "downstream",
                                                          "toxicity": 1.0, "attributes": {"latency": 0, "jitter": 0}})

    def ask(self, method, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.api}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def proxy(self, name, upstream):
        port = stacks.free_port()
        self.ask("POST", "/proxies", {"name": name, "listen": f"127.0.0.1:{port}", "upstream": f"127.0.0.1:{upstream}",
                                      "enabled": True})
        return port

    def delay(self, ms):
        for name in self.late:
            self.ask("POST", f"/proxies/{name}-late/toxics/wait", {"attributes": {"latency": ms}})


def start_bff(name, ports, logs, flags=()):
    """A BFF whose services are behind these ports: (its process, its own port)."""
    port = stacks.free_port()
    urls = [f"--{service}=http://127.0.0.1:{at}" for service, at in ports.items()]
    process = stacks.Process(name, [stacks.BIN / "bff", "--listen", f"127.0.0.1:{port}", *urls, *flags], logs)
    stacks.wait_ready(port, process)
    return process, port


def p50_ms(folder, port):
    out = folder / "load.json"
    argv = ["taskset", "-c", str(LOAD_CPU), stacks.BIN / "loadgen", "--page", "pdp", "--urls", folder / "manifest", "-u", "1",
            "--think", "0s", "--warmup", "300ms", "-d", f"{options.seconds}s", "--no-progress", "-o", out, f"http://127.0.0.1:{port}"]
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=options.seconds + 60)
    if done.returncode != 0:
        raise RuntimeError(f"loadgen ended with {done.returncode}:\n{done.stdout}")
    result = json.loads(out.read_text())
    if not result["requests"]["total"] or result["requests"]["ok"] != result["requests"]["total"]:
        raise RuntimeError(f"loadgen saw failures: {result['requests']}")
    return result["latency_us"]["service_time"]["p50"] / 1e3


def measure(folder, proxies, delay):
    """The rounds at a delay: [{none, ours, theirs} in ms]."""
    started = {}
    try:
        proxies.delay(delay)
        for name, ports, flags in (("none", proxies.bare, ()), ("ours", proxies.bare, ("--hop-delay", f"{delay}ms")),
                                   ("theirs", proxies.late, ())):
            started[name] = start_bff(f"bff-{name}", ports, folder, flags)
        rounds, names = [], list(started)
        for number in range(options.rounds):
            order = names[number % 3:] + names[:number % 3]
            rounds.append({name: p50_ms(folder, started[name][1]) for name in order})
        return rounds
    finally:
        for process, _ in started.values():
            process.stop()


def check(program, folder):
    """Prints a row a delay; how many of them are beyond the goal."""
    stacks.run([stacks.BIN / "seed", "--seed", stacks.SEED, "--products", stacks.PRODUCTS, "--manifest", folder / "manifest"])
    processes, beyond = [], 0
    try:
        ports = {}
        processes += [stacks.Process(f"awake-{cpu}", ["taskset", "-c", cpu, "chrt", "--idle", "0", sys.executable, "-c", SPIN], folder)
                      for cpu in (SERVER_CPU, LOAD_CPU)]
        for service in stacks.SERVICES:
            ports[service] = stacks.free_port()
            argv = [stacks.BIN / service, "--listen", f"127.0.0.1:{ports[service]}", "--store", STORE]
            processes.append(stacks.Process(service, argv, folder))
            stacks.wait_ready(ports[service], processes[-1])
        proxies = Toxiproxy(program, ports, folder)
        processes.append(proxies.process)
        print("| delay, ms | without, p50 ms | --hop-delay, p50 ms | toxiproxy, p50 ms | ratio | |")
        print("| ---: | ---: | ---: | ---: | ---: | --- |")
        for delay in (int(d) for d in options.delays.split(",")):
            rounds = measure(folder, proxies, delay)
            middle = {name: statistics.median(r[name] for r in rounds) for name in rounds[0]}
            ratio = statistics.median(r["ours"] / r["theirs"] for r in rounds)
            within = abs(ratio - 1) <= GOAL
            beyond += not within
            print(f"| {delay} | {middle['none']:.3f} | {middle['ours']:.3f} | {middle['theirs']:.3f} | {ratio:.3f} | "
                  f"{'within 5 %' if within else '**beyond 5 %**'} |", flush=True)
    finally:
        for process in reversed(processes):
            process.stop()
    return beyond


def main():
    for tool in ("taskset", "chrt"):
        if not shutil.which(tool):
            sys.exit(f"crosscheck-delay: {tool} is missing; install Debian's util-linux")
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("crosscheck-delay: two CPUs are needed, one for the servers and one for the load")
    program = find()
    if not program:
        print("crosscheck-delay: skipped, there is no toxiproxy")
        return 0
    delays = options.delays.split(",")
    expected = len(delays) * (1 + options.rounds * 3 * (options.seconds + 0.8))
    print(f"{options.rounds} rounds of {options.seconds} s; {time.strftime('%Y-%m-%d', time.gmtime())}; expected to take "
          f"{expected / 60:.1f} minutes", flush=True)
    os.sched_setaffinity(0, {SERVER_CPU})
    with tempfile.TemporaryDirectory(prefix="duet-delay-") as folder:
        beyond = check(program, Path(folder))
    print(f"{beyond} of {len(delays)} delays are beyond 5 %")
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main())
