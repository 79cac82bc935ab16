#!/usr/bin/python3
"""Runs loadgen in each of its kinds against a real server and holds what it writes to
results/schema.json with a JSON Schema validator; checks its exit codes and arithmetic on the way.

Usage: tests/schema/check.py [BUILD]   (default: build; needs BUILD/bin/{seed,unified,loadgen})
"""
import json
import math
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import jsonschema
from scipy.stats import binom

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build").resolve() / "bin"
WAIT_S = 10
PERCENTILES = {"p50": 50, "p75": 75, "p90": 90, "p95": 95, "p99": 99, "p99_9": 99.9}

passed = failed = 0


def expect(holds, message):
    global passed, failed
    if holds:
        passed += 1
    else:
        failed += 1
        print(f"not ok: {message}")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def loadgen(args, **more):
    command = [str(BIN / "loadgen"), "--no-progress", *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **more)


def start_server(port):
    server = subprocess.Popen(
        [str(BIN / "unified"), "--listen", f"127.0.0.1:{port}",
         "--store", "memory:?seed=7&products=80"], stderr=subprocess.DEVNULL)
    for _ in range(WAIT_S * 20):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1):
                return server
        except OSError:
            time.sleep(0.05)
    server.kill()
    sys.exit("tests/schema/check.py: unified did not become ready")


def served(port):
    """Answers to page routes so far, by route, from the server's own count."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as reply:
        lines = reply.read().decode().splitlines()
    pages = ('route="home"', 'route="plp"', 'route="pdp"')
    return sum(int(float(line.split()[-1])) for line in lines
               if line.startswith("http_requests_total{") and any(page in line for page in pages))


def at_rank(latency, rank):
    """The value of a rank by the histogram alone; None past the last answer."""
    for value, count in latency["histogram"]:
        rank -= count
        if rank <= 0:
            return min(value, latency["max"])
    return None


def same(ours, theirs):
    return ours == theirs if None in (ours, theirs) else abs(ours - theirs) < 1e-6


def check_percentiles(name, latency, requests, degraded_count):
    """Each percentile, its interval and its reason, again from the histogram, by SciPy."""
    total = requests["total"] - (0 if degraded_count else requests["degraded"])
    for key, percent in PERCENTILES.items():
        share = percent / 100
        rank = max(1, math.ceil(round(share * total, 9)))
        why = latency["no_value"].get(key)
        if total - rank < 10:
            expect(latency[key] is None and why == "few_samples", f"{name} {key}: few")
            expect(latency["interval_95"][key] is None, f"{name} {key}: no interval")
            continue
        expect(same(latency[key], at_rank(latency, rank)), f"{name} {key}")
        expect((why is None) == (latency[key] is not None) and why != "few_samples", f"{name} {key}: why")
        low, high = (int(binom.ppf(p, total, share)) for p in (0.025, 0.975))
        expect(same(latency["interval_95"][key][0], at_rank(latency, low)), f"{name} {key}: low")
        expect(same(latency["interval_95"][key][1], at_rank(latency, high + 1)), f"{name} {key}: high")


def check_result(name, result, validator):
    errors = [f"{'/'.join(map(str, e.path))}: {e.message}" for e in validator.iter_errors(result)]
    expect(not errors, f"{name}: {errors[:3]}")
    requests = result["requests"]
    parts = sum(requests[key] for key in ("ok", "degraded", "unfinished", "dropped"))
    expect(requests["total"] == parts + sum(requests["errors"].values()), f"{name}: total")
    expect(sum(s["requests"] for s in result["series"]) == requests["total"], f"{name}: series")
    for key, latency in result["latency_us"].items():
        counted = requests["ok"] + requests["degraded"] if key == "send_lag" else requests["ok"]
        exact = key != "send_lag" or not (any(requests["errors"].values()) or requests["unfinished"])
        expect(latency["count"] == counted or not exact, f"{name}: {key} count")
        check_percentiles(f"{name}: {key}", latency, requests, key == "send_lag")
        expect(sum(n for _, n in latency["histogram"]) == latency["count"], f"{name}: {key} histogram")
        values = [latency[p] for p in ("p50", "p75", "p90", "p95", "p99", "p99_9")]
        known = [v for v in values if v is not None]
        expect(known == sorted(known) and values[:len(known)] == known, f"{name}: {key} order")
        edges = [v for v, _ in latency["histogram"]]
        expect(edges == sorted(set(edges)), f"{name}: {key} edges")
    expect(result["valid"] == (not result["invalid_why"]), f"{name}: valid without a why")


def run_kinds(base, port, manifest, out, validator):
    common = ["--urls", manifest, "--output", out, "--format", "json"]
    short = ["--duration", "600ms", "--warmup", "200ms"]
    kinds = [
        ("closed", "home", ["--page", "home", "-u", "10", "--think", "20ms", *short]),
        ("closed", "pdp", ["--page", "pdp", "-u", "9", "--think", "20ms", "--threads", "2",
                           "--think-jitter", "exponential", "--no-stagger", *short]),
        ("capacity", "plp", ["--page", "plp", "-u", "4", "--think", "0s", *short]),
        ("open", "pdp", ["--page", "pdp", "-u", "20", "--rate", "200", *short]),
        ("open", "home", ["--page", "home", "-u", "20", "--rate", "900", "--arrivals", "poisson", "--threads", "2", *short]),
        ("open", "plp", ["--page", "plp", "-u", "20", "--pacing", "schedule", "--think", "20ms", *short]),
        ("closed", "home", ["--page", "home", "-u", "3", "--no-connection-reuse",
                            "--think", "10ms", *short]),
        ("closed", "pdp", ["--page", "pdp", "-u", "9", "--think", "20ms", "--popularity", "zipf:1.1", *short]),
        ("sweep", "pdp", ["--page", "pdp", "--sweep"]),
        ("sweep", "home", ["--page", "home", "--sweep"]),
    ]
    for kind, page, args in kinds:
        name = f"{kind} {page}"
        before = served(port)
        done = loadgen([*args, *common, base])
        expect(done.returncode == 0, f"{name}: exit {done.returncode}: {done.stderr}")
        result = json.loads(pathlib.Path(out).read_text())
        expect(json.loads(done.stdout) == result, f"{name}: stdout and file differ")
        check_result(name, result, validator)
        expect((result["scenario"]["kind"], result["scenario"]["page"]) == (kind, page), name)
        requests = result["requests"]
        expect(requests["sent_all"] == requests["answered_all"], f"{name}: sent")
        expect(served(port) - before == requests["sent_all"], f"{name}: server's count")
        expect((result["parity"] is not None) == (kind == "sweep"), f"{name}: parity")
        if kind == "sweep":
            expect(result["parity"]["equal_to_manifest"], f"{name}: equal")
            expect(result["parity"]["answers"] == requests["total"], f"{name}: answers")
        if name == "open pdp":
            expect(requests["total"] == 120, f"{name}: {requests['total']}")
        config = result["config"]
        expect(config["popularity"] == ("zipf:1.1" if "--popularity" in args else "uniform"), f"{name}: popularity")
        by_rate = "--rate" in args
        expect((config["rate_rps"] is None) == (kind != "open"), f"{name}: rate")
        expect(config["rate_rps"] == 1000 or name != "open plp", f"{name}: 20 VUs every 20 ms")
        expect((config["arrivals"] is not None) == by_rate, f"{name}: arrivals")
        expect((config["pacing"] == "schedule") == ("--pacing" in args), f"{name}: pacing")
        expect(config["turns"] == 1, f"{name}: turns")


def run_turns(base, port, manifest, out, validator):
    """Each kind in turns: all are in one result, as one window; no turn loses what another has."""
    turns, window_s = 4, 0.8
    kinds = [
        ("closed", ["-u", "10", "--think", "20ms"]),
        ("closed", ["-u", "9", "--think", "20ms", "--threads", "2", "--no-stagger"]),
        ("capacity", ["-u", "4", "--think", "0s"]),
        ("open", ["-u", "40", "--rate", "1000"]),
        ("open", ["-u", "40", "--rate", "1000", "--arrivals", "poisson", "--threads", "2"]),
        ("open", ["-u", "20", "--pacing", "schedule", "--think", "20ms"]),
    ]
    for kind, args in kinds:
        name = f"turns, {kind} {' '.join(args)}"
        before = served(port)
        done = loadgen(["--urls", manifest, "--page", "pdp", "--turns", str(turns), "-d", f"{window_s * 1e3:g}ms",
                        "--warmup", "100ms", "-o", out, *args, base])
        expect(done.returncode == 0, f"{name}: exit {done.returncode}: {done.stderr}")
        result = json.loads(pathlib.Path(out).read_text())
        check_result(name, result, validator)
        requests = result["requests"]
        expect(requests["sent_all"] == requests["answered_all"], f"{name}: sent")
        expect(served(port) - before == requests["sent_all"] > requests["total"], f"{name}: server's count")
        expect(requests["connections"] >= turns, f"{name}: connections")
        expect(result["config"]["turns"] == turns and result["config"]["duration_s"] == window_s, f"{name}: config")
        expect(abs(result["window_s"] - window_s) < 1e-9, f"{name}: window {result['window_s']}")
        starts = [row["t"] for row in result["series"]]
        expect(len(starts) == turns and all(abs(t - i * window_s / turns) < 1e-9 for i, t in enumerate(starts)), f"{name}: {starts}")
        expect(all(row["requests"] > 0 for row in result["series"]), f"{name}: empty turns")
        ended = result["throughput_rps"] * window_s
        expect(abs(ended - round(ended)) < 1e-6 and 0 < ended <= requests["answered_all"], f"{name}: {ended} ended in {window_s} s")
        balance = [c["value"] for c in result["checks"] if c["name"] == "time_balance"]
        expect(len(balance) == (kind != "open") and all(abs(v) < 1e-9 for v in balance), f"{name}: balance {balance}")
        if "uniform" == result["config"]["arrivals"]:
            expect(requests["total"] == 1000 * window_s, f"{name}: {requests['total']} due")
        if kind == "open":
            expect(requests["ok"] >= 0.99 * requests["total"], f"{name}: achieved {requests['ok']} of {requests['total']}")


def cpu_ns(pid):
    """CPU time of all threads of a process, and how many they are."""
    tasks = list(pathlib.Path(f"/proc/{pid}/task").iterdir())
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks), len(tasks)


def run_told_turns(base, port, manifest, out, validator):
    """Turns that wait for their go: nothing is sent and no CPU used before it; the end of the file interrupts."""
    turns, said = 3, 2
    control, control_out = os.pipe()
    go_in, go = os.pipe()
    before = served(port)
    process = subprocess.Popen(
        [str(BIN / "loadgen"), "--no-progress", "--quiet", "--urls", manifest, "-u", "8", "--think", "10ms",
         "-d", "600ms", "--turns", str(turns), "--warmup", "100ms", "-o", out, "--busy-poll",
         "--control-fd", str(control_out), "--turn-fd", str(go_in), base], pass_fds=[control_out, go_in])
    os.close(control_out)
    os.close(go_in)
    windows = []
    with os.fdopen(control) as lines:
        for turn in range(said):
            time.sleep(0.3)  # it starts, or is back from a turn
            count, (cpu, tasks) = served(port), cpu_ns(process.pid)
            time.sleep(0.5)
            later, _ = cpu_ns(process.pid)
            expect(tasks == 1 and later - cpu < 0.02 * 0.5e9, f"turn {turn}: {tasks} threads used {later - cpu} ns while they waited")
            expect(served(port) == count, f"turn {turn}: nothing is sent before the go")
            os.write(go, b"g")
            words = [lines.readline().split() for _ in range(3)]
            expect([w[0] for w in words] == ["window_start", "window_end", "turn_done"], f"turn {turn}: {words}")
            windows.append((int(words[0][1]), int(words[1][1])))
        os.close(go)
        expect(lines.read() == "done\n", "after the end of the file there is only a done")
    expect(process.wait(timeout=WAIT_S) == 105, "the end of the file is exit 105")
    expect([end - start for start, end in windows] == [200_000_000] * said, f"windows {windows}")
    result = json.loads(pathlib.Path(out).read_text())
    check_result("told turns", result, validator)
    expect(result["invalid_why"] == ["interrupted"], f"{result['invalid_why']}")
    expect(abs(result["window_s"] - 0.2 * said) < 1e-9 and len(result["series"]) == said, f"told turns: {result['window_s']} s")
    expect(served(port) - before == result["requests"]["sent_all"] > 0, "told turns: server's count")


def run_failures(base, manifest, out, validator):
    refused = f"http://127.0.0.1:{free_port()}"
    short = ["--urls", manifest, "--duration", "300ms", "--warmup", "0s", "--think", "10ms"]
    expect(loadgen([*short, "-o", out, refused]).returncode == 1, "no success is exit 1")
    result = json.loads(pathlib.Path(out).read_text())
    check_result("refused", result, validator)
    expect(result["requests"]["errors"]["connect_refused"] > 0 and not result["valid"], "refused")

    wrong = pathlib.Path(out).with_name("wrong")
    lines = pathlib.Path(manifest).read_text().splitlines(keepends=True)
    page = next(i for i, line in enumerate(lines) if line.startswith("/api/products/"))
    lines[page] = lines[page][:-2] + ("0" if lines[page][-2] != "0" else "1") + "\n"
    wrong.write_text("".join(lines))
    done = loadgen(["--urls", str(wrong), "--page", "pdp", "--sweep", "-o", out, base])
    named = lines[page].split()[0] in done.stderr
    expect(done.returncode == 1 and named, "a wrong hash is exit 1, named")
    result = json.loads(pathlib.Path(out).read_text())
    check_result("wrong hash", result, validator)
    expect(result["requests"]["errors"]["bad_body"] == 1 and not result["valid"], "bad_body")
    expect(not result["parity"]["equal_to_manifest"], "parity differs")

    rule = ["--threshold", "http_req_duration:avg<0.001", "--threshold", "http_req_failed:rate<0.5"]
    expect(loadgen([*short, *rule, base]).returncode == 99, "a missed threshold is exit 99")
    expect(loadgen([*short, *rule[2:], base]).returncode == 0, "a held threshold is exit 0")

    other = ["--threshold", "http_req_duration{page:pdp}:avg<0.001", "--threshold", "http_req_failed{page:home}:rate<0.5"]
    done = loadgen([*short, *other, base])
    expect(done.returncode == 0 and "n/a     http_req_duration{page:pdp}" in done.stdout, "another page's threshold cannot be missed")
    expect("ok      http_req_failed{page:home}" in done.stdout, "all thresholds are listed")
    done = loadgen([*short, *rule, "--format", "csv", base])
    expect("MISSED  http_req_duration" in done.stderr and "ok      http_req_failed" in done.stderr, "listed in every format")
    done = loadgen([*short, *rule, "--quiet", "-o", out, base])
    expect(done.returncode == 99 and done.stdout == "", "quiet says nothing on stdout")
    listed = json.loads(pathlib.Path(out).read_text())["thresholds"]
    expect([t["ok"] for t in listed] == [False, True] and all(t["applies"] for t in listed), "thresholds in the result")

    full = [*short, "-o", "/dev/full/x", base]
    expect(loadgen(full).returncode == 1, "a result that cannot be written is exit 1")


def run_interrupted(base, manifest, out, validator):
    reader, writer = os.pipe()
    command = [str(BIN / "loadgen"), "--no-progress", "--urls", manifest, "--duration", "1h",
               "--warmup", "100ms", "--think", "10ms", "-o", out, "--control-fd", str(writer), base]
    process = subprocess.Popen(command, pass_fds=[writer], stdout=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader) as control:
        first = control.readline().split()
        expect(first[:1] == ["window_start"], f"control says {first}")
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        rest = control.read().split()
    expect(process.wait(timeout=WAIT_S) == 105, "interrupted is exit 105")
    expect(rest[0] == "window_end" and rest[2:] == ["turn_done", "done"], f"control says {rest}")
    expect(int(rest[1]) - int(first[1]) >= 300_000_000, "the window lasted until the signal")
    result = json.loads(pathlib.Path(out).read_text())
    check_result("interrupted", result, validator)
    expect(result["invalid_why"] == ["interrupted"], f"{result['invalid_why']}")
    expect(result["requests"]["ok"] > 0, "partial results")


def run_usage(base, manifest):
    cases = [[], ["http://192.0.2.1:80"], ["ftp://127.0.0.1"], [base, "extra"],
             [base, "--rate", "x"], [base, "--vuss", "2"], [base, "-u", "0"],
             [base, "--threads", "3", "-u", "2"], [base, "--stagger", "--no-stagger"],
             [base, "--sweep", "--rate", "5"], [base, "--rate", "0"], [base, "--rate", "-1"],
             [base, "--arrivals", "poisson"], [base, "--rate", "5", "--pacing", "schedule"],
             [base, "--pacing", "schedule", "--think", "0s"], [base, "--sweep", "--pacing", "schedule"],
             [base, "--rate", "5", "--arrivals", "gauss"], [base, "--popularity", "zipf:-1"],
             [base, "--popularity", "zipf:x"], [base, "--threshold", "p(95)<5"],
             [base, "--threshold", "http_req_duration{page:cart}:p(95)<5"],
             [base, "--threshold", "http_req_duration{arm:x}:p(95)<5"],
             [base, "--page", "cart"], [base, "--control-fd", "999"], [base, "--turn-fd", "999"],
             [base, "--turn-fd", "2"], [base, "--turns", "0"], [base, "--turns", "101"], [base, "--turns", "2", "--sweep"],
             [base, "--turns", "3", "-d", "149ms"]]
    for args in cases:
        done = loadgen(["--urls", manifest, *args])
        lines = done.stderr.strip().splitlines()
        expect(done.returncode == 2 and len(lines) == 1 and not done.stdout, f"{args}: {done}")
    done = loadgen(["--urls", "/nonexistent", base])
    expect(done.returncode == 1 and "/nonexistent" in done.stderr, "a missing manifest is named")
    few = ["sh", "-c", 'ulimit -n 300; exec "$@"', "sh", str(BIN / "loadgen")]
    done = subprocess.run([*few, "--urls", manifest, "-u", "2000", base], capture_output=True,
                          text=True, timeout=60)
    expect(done.returncode == 1 and "2000 VUs need" in done.stderr, f"few files: {done.stderr}")


def check_k6(args, base):
    """k6's data for handleSummary, and the same values where --summary-export has them."""
    rule = ["--threshold", "http_req_duration{page:home}:p(95)<5000", "--threshold", "http_req_failed:rate<0.5",
            "--threshold", "http_req_duration{page:pdp}:p(95)<5"]
    done = loadgen([*args, "--duration", "1s", *rule, "--format", "k6", base])
    summary = json.loads(done.stdout)
    metrics = summary["metrics"]
    kinds = {"checks": "rate", "data_received": "counter", "data_sent": "counter", "http_req_duration": "trend", "http_reqs": "counter",
             "http_req_failed": "rate", "http_req_blocked": "trend", "iterations": "counter", "vus": "gauge", "vus_max": "gauge"}
    for name, kind in kinds.items():
        expect(metrics[name]["type"] == kind, f"k6: {name} is a {kind}")
        flat = {k: v for k, v in metrics[name].items() if k not in ("type", "contains", "values", "thresholds")}
        expect(flat == metrics[name]["values"], f"k6: {name} in both shapes")
    values = metrics["http_req_duration"]["values"]
    expect(0 < values["min"] <= values["med"] <= values["p(90)"] <= values["p(95)"] <= values["max"], f"k6: {values}")
    reqs, failed, checks = (metrics[k]["values"] for k in ("http_reqs", "http_req_failed", "checks"))
    expect(reqs["count"] > 1000 and abs(reqs["rate"] - reqs["count"]) < 0.01 * reqs["rate"], f"k6: {reqs}")
    expect((failed["passes"], failed["fails"], failed["rate"]) == (0, reqs["count"], 0), f"k6: {failed}")
    expect((checks["passes"], checks["fails"], checks["rate"]) == (reqs["count"], 0, 1), f"k6: {checks}")
    expect(metrics["vus"]["values"] == {"value": 30, "min": 30, "max": 30}, "k6: vus")
    expect(metrics["http_req_duration{page:home}"]["thresholds"] == {"p(95)<5000": {"ok": True}}, "k6: tagged threshold")
    expect(metrics["http_req_failed"]["thresholds"] == {"rate<0.5": {"ok": True}}, "k6: threshold")
    expect("thresholds" not in metrics["http_req_duration"], "k6: only where it was asked for")
    expect("http_req_duration{page:pdp}" not in metrics, "k6: not of this run")
    group = summary["root_group"]
    expect([c["passes"] for c in group["checks"]] == [reqs["count"]] and group["groups"] == [], "k6: checks")
    expect(abs(summary["state"]["testRunDurationMs"] - 1000) < 1e-6, "k6: duration")


def run_formats(base, manifest):
    args = ["--urls", manifest, "-u", "30", "--duration", "300ms", "--warmup", "0s",
            "--think", "5ms"]
    text = loadgen([*args, base]).stdout
    expect("response_time" in text and "requests/s" in text, "text")
    csv = loadgen([*args, "--format", "csv", base]).stdout
    rows = [line.split(",") for line in csv.splitlines()]
    expect(len(rows) == 2 and len(rows[0]) == len(rows[1]), "csv has a header and a row")
    csv = loadgen([*args, "--duration", "2500ms", "--rate", "100", "--format", "csv", base]).stdout
    rows = [dict(zip(csv.splitlines()[0].split(","), line.split(","))) for line in csv.splitlines()[1:]]
    expect([r["t_s"] for r in rows] == ["0", "1", "2"], f"csv has a row a second: {csv}")
    expect([r["length_s"] for r in rows] == ["1", "1", "0.5"], f"csv says how long each is: {csv}")
    expect([int(r["requests"]) for r in rows] == [100, 100, 50], "csv counts what was due")
    expect(all(r["ok"] == r["requests"] and float(r["p50_ms"]) <= float(r["max_ms"]) for r in rows), "csv")
    hgrm = loadgen([*args, "--format", "hgrm", base]).stdout.splitlines()
    expect(hgrm[0].split()[:2] == ["Value", "Percentile"] and hgrm[-2].startswith("#[Buckets"), "hgrm")
    check_k6(args, base)
    shares = [float(line.split()[1]) for line in hgrm[2:] if not line.startswith("#")]
    expect(shares == sorted(shares) and shares[-1] == 1.0, "hgrm ends at 1")


def main():
    schema = json.loads((ROOT / "results" / "schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        manifest, out = f"{folder}/manifest", f"{folder}/result.json"
        subprocess.run([str(BIN / "seed"), "--seed", "7", "--products", "80",
                        "--manifest", manifest], check=True, stdout=subprocess.DEVNULL)
        server = start_server(port)
        try:
            run_kinds(base, port, manifest, out, validator)
            run_turns(base, port, manifest, out, validator)
            run_told_turns(base, port, manifest, out, validator)
            run_failures(base, manifest, out, validator)
            run_interrupted(base, manifest, out, validator)
            run_usage(base, manifest)
            run_formats(base, manifest)
            leftovers = sorted(p.name for p in pathlib.Path(folder).iterdir())
            expect(leftovers == ["manifest", "result.json", "wrong"], f"files left: {leftovers}")
        finally:
            server.terminate()
            server.wait(timeout=WAIT_S)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
