"""What each load model shows of a server that stands still for 5 s: the open ones all of it, the closed one next to nothing.

Prints the table of docs/METHOD.md: DUET_BUILD=build /usr/bin/python3 tests/e2e/test_stall.py
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "live"))
import runner
import stacks

PRODUCTS, VUS, RATE = 80, 4, 300
STALL_S, STALL_AT_S, WINDOW_S = 5, 2, 12
THINK_US = 1_000_000 * VUS // RATE  # so that every model asks for about as much
LOADS = {
    "open, by rate": ["--rate", str(RATE)],
    "open, poisson": ["--rate", str(RATE), "--arrivals", "poisson"],
    "open, paced": ["--pacing", "schedule", "--think", f"{THINK_US}us"],
    "closed": ["--think", f"{THINK_US}us"],
}


def setUpModule():
    global tmp, server, manifest
    tmp = tempfile.TemporaryDirectory(prefix="duet-stall-")
    manifest = Path(tmp.name) / "manifest"
    stacks.run([stacks.BIN / "seed", "--products", PRODUCTS, "--manifest", manifest])
    server = stacks.Stack("stall", tmp.name).unified(f"memory:?seed=42&products={PRODUCTS}")


def tearDownModule():
    server.stop()
    tmp.cleanup()


def stand_still(control):
    """Stops the server for STALL_S, STALL_AT_S into the measured window."""
    control.readline()
    time.sleep(STALL_AT_S)
    server.processes["unified"].signal(signal.SIGSTOP)
    time.sleep(STALL_S)
    server.processes["unified"].signal(signal.SIGCONT)
    control.read()


def load(model, stall):
    out = Path(tmp.name) / "result.json"
    reader, writer = os.pipe()
    argv = [stacks.BIN / "loadgen", "--page", "pdp", "--urls", manifest, "-u", str(VUS), "-d", f"{WINDOW_S}s", "--warmup", "1s",
            "--quiet", "-o", out, "--control-fd", str(writer), *LOADS[model], f"http://127.0.0.1:{server.port}"]
    with subprocess.Popen(argv, pass_fds=[writer]) as process, os.fdopen(reader) as control:
        os.close(writer)
        watcher = threading.Thread(target=stand_still if stall else lambda c: c.read(), args=[control])
        watcher.start()
        code = process.wait(120)
        watcher.join(120)
    assert code == 0, code
    return json.loads(out.read_text())


def row(name, result):
    cells = [f"{result['latency_us'][kind][p] / 1e3:.1f}" for kind in ("response_time", "service_time") for p in ("p50", "p95", "p99", "max")]
    print("| " + " | ".join([name, str(result["requests"]["total"]), *cells]) + " |", flush=True)


class Stall(unittest.TestCase):
    def both(self, model):
        calm, stalled = load(model, False), load(model, True)
        row(f"{model}, undisturbed", calm)
        row(f"{model}, stopped for {STALL_S} s", stalled)
        for result in (calm, stalled):
            self.assertEqual(result["requests"]["ok"], result["requests"]["total"], "nothing fails, nothing is dropped")
        return calm, stalled

    def check_open(self, model):
        calm, stalled = self.both(model)
        self.assertEqual(calm["requests"]["total"], stalled["requests"]["total"], "due times do not depend on answers")
        response, service, lag = (stalled["latency_us"][k] for k in ("response_time", "service_time", "send_lag"))
        self.assertGreaterEqual(response["p99"], 1e6)
        self.assertGreaterEqual(response["max"], 4.5e6)
        self.assertGreaterEqual(lag["max"], 4e6)
        self.assertLessEqual(service["p95"], 3 * calm["latency_us"]["service_time"]["p95"])
        share = STALL_S / WINDOW_S
        late = sum(n for us, n in response["histogram"] if us > 1e5) / response["count"]
        self.assertGreater(late, share - 0.05, "all that was due meanwhile is late")

    def test_by_rate(self):
        self.check_open("open, by rate")

    def test_poisson(self):
        self.check_open("open, poisson")

    def test_paced(self):
        self.check_open("open, paced")

    def test_closed_hides_it(self):
        calm, stalled = self.both("closed")
        response = stalled["latency_us"]["response_time"]
        self.assertGreaterEqual(response["max"], 4.5e6)
        self.assertLess(response["p99"], 1e6, "a handful of thousands saw it")
        self.assertEqual(sum(n for us, n in response["histogram"] if us > 1e6), VUS)
        self.assertLess(stalled["requests"]["total"], 0.7 * calm["requests"]["total"], "nobody asked meanwhile")


if __name__ == "__main__":
    runner.main()
