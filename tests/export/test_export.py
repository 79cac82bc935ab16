"""`duet export` of a stored run, each format read back by another reader: Python's csv and json, arithmetic on the stored
buckets, and prometheus_client's OpenMetrics parser."""
import csv
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "live"))
import runner
import stacks

RUN = stacks.ROOT / "results/reference/headline"


def export(*argv, **more):
    return subprocess.run([stacks.BIN / "duet", "export", *map(str, argv)], cwd=stacks.ROOT, capture_output=True, text=True,
                          timeout=120, **more)


def k6(*argv):
    return subprocess.run([stacks.BIN / "duet", "k6", *map(str, argv)], cwd=stacks.ROOT, capture_output=True, text=True, timeout=120)


def setUpModule():
    global tmp, results, every
    tmp = tempfile.TemporaryDirectory(prefix="duet-export-")
    every = {p.name: json.loads(p.read_text()) for p in RUN.glob("results_*.json")}
    results = standing(every)


def standing(trials):
    """Of several attempts at a load of a block, the one with the most valid arms, the earliest of equals."""
    def load(r):
        return (*(r["scenario"][k] for k in ("page", "kind", "vus")), r["run"]["block"])
    valid = {}
    for r in trials.values():
        attempts = valid.setdefault(load(r), {})
        attempts[r["run"]["attempt"]] = attempts.get(r["run"]["attempt"], 0) + r["valid"]
    best = {which: max(sorted(attempts), key=attempts.get) for which, attempts in valid.items()}
    return {name: r for name, r in trials.items() if r["run"]["attempt"] == best[load(r)]}


def tearDownModule():
    tmp.cleanup()


def written(form):
    out = Path(tmp.name) / form
    if not out.exists():
        done = export(RUN, "--format", form, "--out", out)
        assert done.returncode == 0, done.stderr
    return out


def valid(arm, page, vus):
    """The valid trials of a closed level."""
    return [r for r in results.values() if r["valid"] and r["scenario"]["kind"] == "closed" and
            (r["scenario"]["arm"], r["scenario"]["page"], r["scenario"]["vus"]) == (arm, page, vus)]


def merged(trials, latency="response_time"):
    """Sorted (us, count) of all trials' latencies."""
    buckets = {}
    for trial in trials:
        for us, count in trial["latency_us"][latency]["histogram"]:
            buckets[us] = buckets.get(us, 0) + count
    return sorted(buckets.items())


def percentile(buckets, p):
    need, seen = p / 100 * sum(n for _, n in buckets), 0
    for us, count in buckets:
        seen += count
        if seen >= need - 1e-6:
            return us


class Export(unittest.TestCase):
    def test_csv_has_a_row_a_trial(self):
        with open(written("csv") / "trials.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual({row["file"] for row in rows}, set(every))
        self.assertEqual(len(rows), len(every))
        for row in rows:
            result = every[row["file"]]
            self.assertEqual(row["arm"], result["scenario"]["arm"])
            self.assertEqual(int(row["ok"]), result["requests"]["ok"])
            self.assertEqual(int(row["http_5xx"]), result["requests"]["errors"]["http_5xx"])
            self.assertEqual(row["valid"], "true" if result["valid"] else "false")
            p99 = result["latency_us"]["response_time"]["p99_9"]
            self.assertEqual(row["response_p99_9_us"], "" if p99 is None else f"{p99:.10g}")

    def test_csv_has_a_row_a_second(self):
        with open(written("csv") / "seconds.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), sum(len(r["series"]) for r in every.values()))
        self.assertEqual(sum(int(row["requests"]) for row in rows), sum(r["requests"]["total"] for r in every.values()))

    def test_hgrm_is_the_merge_of_valid_trials(self):
        for arm, page, vus in (("unified-sqlite", "pdp", 2000), ("microservices-mongodb", "home", 20)):
            lines = (written("hgrm") / f"{arm}_{page}_{vus}.hgrm").read_text().splitlines()
            buckets = merged(valid(arm, page, vus))
            self.assertEqual(lines[0].split(), ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"])
            points = [list(map(float, line.split()[:3])) for line in lines[2:] if not line.startswith("#")]
            self.assertEqual(points[-1][1:], [1.0, sum(n for _, n in buckets)])
            self.assertRegex(lines[-2], rf"^#\[Max +=.*Total count += +{sum(n for _, n in buckets)}\]$")
            for ms, share, _ in points:
                if 0 < share < 1:
                    self.assertAlmostEqual(ms, percentile(buckets, 100 * share) / 1e3, delta=ms / 500)

    def test_k6_has_the_published_names_and_shape(self):
        names = {f"results_{arch}_{page}_{vus}.json" for arch in ("unified", "microservices")
                 for page in ("home", "plp", "pdp") for vus in (20, 200, 2000)}
        self.assertEqual({p.name for p in written("k6").iterdir()}, names)
        summary = json.loads((written("k6") / "results_unified_pdp_200.json").read_text())
        trials = valid("unified-sqlite", "pdp", 200)
        self.assertEqual(sorted(summary), ["metrics", "options", "root_group", "state"])
        duration = summary["metrics"]["http_req_duration"]
        self.assertEqual((duration["type"], duration["contains"]), ("trend", "time"))
        for key, p in (("med", 50), ("p(90)", 90), ("p(95)", 95)):
            self.assertAlmostEqual(duration["values"][key], percentile(merged(trials), p) / 1e3, delta=duration[key] / 500)
        self.assertEqual(summary["metrics"]["http_reqs"]["values"]["count"], sum(t["requests"]["ok"] for t in trials))
        self.assertEqual(summary["metrics"]["http_req_failed"]["values"]["rate"], 0)

    def test_arms_of_one_architecture_keep_their_ids(self):
        out = Path(tmp.name) / "factorial"
        done = export(stacks.ROOT / "results/reference/factorial", "--format", "k6", "--out", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = [p.name for p in out.iterdir()]
        arms = {json.loads(p.read_text())["scenario"]["arm"] for p in RUN.with_name("factorial").glob("results_*_200_*.json")}
        self.assertEqual(len(found), 3 * len(arms))
        self.assertFalse([n for n in found if re.match(r"results_(unified|microservices)_", n)])

    def test_openmetrics_is_read_by_a_real_parser(self):
        try:
            from prometheus_client.openmetrics.parser import text_string_to_metric_families
        except ImportError:
            self.skipTest("prometheus_client is not installed; tests/packages.sh openapi brings it")
        text = (written("openmetrics") / "metrics.txt").read_text()
        families = {f.name: f for f in text_string_to_metric_families(text)}
        total = sum(s.value for s in families["duet_requests"].samples)
        self.assertEqual(total, sum(r["requests"]["total"] for r in results.values()))
        p95 = [s.value for s in families["duet_response_time_seconds"].samples if s.labels.get("quantile") == "0.95" and
               (s.labels["arm"], s.labels["page"], s.labels["vus"], s.labels["block"]) == ("unified-sqlite", "plp", "200", "3")]
        wanted = results["results_unified-sqlite_plp_200_b3.json"]["latency_us"]["response_time"]["p95"]
        self.assertEqual(len(p95), 1)
        self.assertAlmostEqual(p95[0], wanted / 1e6, places=12)
        self.assertTrue(text.endswith("\n# EOF\n"))

    def test_a_load_near_capacity_is_not_taken_for_the_open_one(self):
        folder = Path(tmp.name) / "near"
        folder.mkdir()
        for name in ("run.json", "plan.json"):
            (folder / name).write_bytes((RUN / name).read_bytes())
        for kind, more in (("open", {}), ("near", {"of_own_capacity": 0.8})):
            result = json.loads((RUN / "results_unified-sqlite_pdp_20_b0.json").read_text())
            result["scenario"].update(kind="open", **more)
            (folder / f"results_unified-sqlite_pdp_{kind}_b0.json").write_text(json.dumps(result))
        for form in ("openmetrics", "csv"):
            self.assertEqual(export(folder, "--format", form, "--out", folder / form).returncode, 0)
        samples = [line.rpartition(" ")[0] for line in (folder / "openmetrics/metrics.txt").read_text().splitlines() if line[0] != "#"]
        self.assertEqual(sorted(samples), sorted(set(samples)), "a sample stands twice")
        with open(folder / "csv/trials.csv", newline="") as file:
            self.assertEqual(sorted(row["kind"] for row in csv.DictReader(file)), ["near", "open"])

    def test_summaries_of_k6_stand_beside_the_run(self):
        folder = Path(tmp.name) / "k6-of-others"
        folder.mkdir()
        service = merged(valid("unified-sqlite", "pdp", 200), "service_time")
        med, p95 = 2 * percentile(service, 50) / 1e3, 4 * percentile(service, 95) / 1e3
        values, rate = {"med": med, "p(95)": p95}, {"rate": 123}
        # as handleSummary() gets it, and as --summary-export writes it
        data = {"metrics": {"http_req_duration": {"values": values}, "http_reqs": {"values": rate}}}
        (folder / "results_unified_pdp_200.json").write_text(json.dumps(data))
        (folder / "results_unified-sqlite_pdp_20.json").write_text(
            json.dumps({"metrics": {"http_req_duration": values, "http_reqs": rate}}))
        done = k6(RUN, folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines() if line.startswith("| pdp")]
        self.assertEqual([row[:3] for row in rows], [["pdp", "20", "unified-sqlite"], ["pdp", "200", "unified-sqlite"]])
        self.assertAlmostEqual(float(rows[1][5]), 2, delta=0.01)
        self.assertAlmostEqual(float(rows[1][8]), 4, delta=0.02)
        self.assertEqual([row[10] for row in rows], ["123", "123"])
        for status, says, *argv in ((1, "holds no summary", RUN, tmp.name), (1, "/nonexistent", "/nonexistent", folder), (2, "DIR", RUN)):
            done = k6(*argv)
            self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
            self.assertIn(says, done.stderr)

    def test_a_full_disk_is_one_line_and_leaves_no_half_file(self):
        def small_files():  # what a full disk does, without filling one
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 10, 1 << 10))

        for form in ("csv", "hgrm", "k6", "openmetrics"):
            out = Path(tmp.name) / f"full-{form}"
            done = export(RUN, "--format", form, "--out", out, preexec_fn=small_files)
            self.assertEqual(done.returncode, 1, form)
            said = [line for line in done.stderr.splitlines() if "mongoc" not in line]  # the library's counters
            self.assertEqual(len(said), 1, done.stderr)
            self.assertIn("File too large", said[0])
            self.assertEqual(list(out.iterdir()), [])

    def test_what_cannot_be_exported_is_refused(self):
        for status, says, *argv in ((2, "format", RUN, "--format", "xml"), (1, "/nonexistent", "/nonexistent"), (2, "DIR",),
                                    (1, "results_", stacks.ROOT / "docs")):
            done = export(*argv)
            self.assertEqual(done.returncode, status, (argv, done.stderr))
            self.assertIn(says, done.stderr)
            self.assertEqual((len(done.stderr.splitlines()), done.stdout), (1, ""), done.stderr)


if __name__ == "__main__":
    runner.main()
