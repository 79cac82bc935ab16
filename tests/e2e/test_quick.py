"""The whole spine in small: plans, a run with its report, interruption and resuming, up and down."""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "live"))
import jsonschema
import runner
import stacks

DUET = stacks.BIN / "duet"
PLAN = {
    "id": "e2e", "title": "End-to-end test", "seed": 7, "data_seed": 42, "products": 1200, "blocks": 2,
    "pages": ["home", "plp", "pdp"],
    "arms": [
        {"id": "unified", "architecture": "unified", "store": "sqlite"},
        {"id": "microservices", "architecture": "microservices", "store": "mongodb"},
    ],
    "think": "1s", "capacity": {"vus": 50, "warmup": "200ms", "duration": "500ms"},
    "levels": [{"vus": 20, "warmup": "500ms", "duration": "1s"}, {"vus": 40, "warmup": "500ms", "duration": "1s"}],
    "sweep": True, "repeats": 0,
}


def setUpModule():
    global tmp, env
    tmp = tempfile.TemporaryDirectory(prefix="duet-e2e-")
    env = dict(os.environ, DUET_PORT_BASE=str(12000 + os.getpid() % 15000), DUET_BIN=str(stacks.BIN))


def tearDownModule():
    tmp.cleanup()


def duet(*argv, timeout=600):
    return subprocess.run([DUET, *map(str, argv)], cwd=stacks.ROOT, capture_output=True, text=True, env=env, timeout=timeout)


def descendants_left(marker):
    """Processes of ours whose command line mentions `marker`."""
    left = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            cmd = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if marker in cmd and int(pid) != os.getpid():
            left.append((pid, cmd))
    return left


def plan_file(name, **changes):
    path = Path(tmp.name) / f"{name}.json"
    path.write_text(json.dumps({**PLAN, "id": name, **changes}))
    return path


class Plans(unittest.TestCase):
    def test_every_plan_says_how_long_it_takes(self):
        limits = {"headline": (15, 25), "quick": (0.5, 3), "published": (18, 30), "factorial": (5, 30),
                  "aa": (20, 45), "ladder": (15, 30), "placement": (15, 30), "headline-reference": (45, 70), "open-twins": (25, 45)}
        for name, (least, most) in limits.items():
            done = duet("plan", f"runner/plans/{name}.json")
            self.assertEqual(done.returncode, 0, done)
            m = re.search(r"expected time: ([0-9.]+) (minutes|seconds)", done.stdout + done.stderr)
            self.assertTrue(m, done.stdout[:400])
            minutes = float(m[1]) / (60 if m[2] == "seconds" else 1)
            self.assertTrue(least <= minutes <= most, f"{name}: {minutes} min")

    def test_headline_is_the_18_scenarios(self):
        plan = json.loads((stacks.ROOT / "runner/plans/headline.json").read_text())
        self.assertEqual([a["architecture"] for a in plan["arms"]], ["unified", "microservices"])
        self.assertEqual([a["store"] for a in plan["arms"]], ["sqlite", "mongodb"])
        self.assertEqual(plan["pages"], ["home", "plp", "pdp"])
        self.assertEqual([l["vus"] for l in plan["levels"]], [20, 200, 2000])
        self.assertEqual(plan["blocks"], 5)

    def test_bad_plans(self):
        broken = Path(tmp.name) / "broken.json"
        broken.write_text("{")
        bad_arm = [dict(PLAN["arms"][0], architecture="unifed")]
        for path, words in (
            (Path(tmp.name) / "none.json", ["none.json"]),
            (broken, ["broken.json"]),
            (plan_file("key", blockz=1), ["blockz", "blocks"]),
            (plan_file("arm", arms=bad_arm), ["unifed", "unified"]),
            (plan_file("page", pages=["hom"]), ["hom", "home"]),
        ):
            done = duet("run", path, "--out", Path(tmp.name) / "never")
            self.assertNotEqual(done.returncode, 0)
            for word in words:
                self.assertIn(word, done.stderr)
            self.assertFalse((Path(tmp.name) / "never").exists())

    def test_unknown_command(self):
        done = duet("rnu")
        self.assertEqual(done.returncode, 2)
        self.assertIn("run", done.stderr)


class Runs(unittest.TestCase):
    def check_results(self, out, blocks=2):
        schema = json.loads((stacks.ROOT / "results/schema.json").read_text())
        validator = jsonschema.Draft202012Validator(schema)
        files = sorted(out.glob("results_*.json"))
        self.assertEqual(len(files), 2 * 3 * 3 * blocks, [f.name for f in files])
        parity = {}
        for f in files:
            result = json.loads(f.read_text())
            errors = [f"{f.name}: {'/'.join(map(str, e.path))}: {e.message[:200]}" for e in validator.iter_errors(result)]
            self.assertEqual(errors, [])
            self.assertTrue(result["parity"]["equal_to_manifest"])
            page = result["scenario"]["page"]
            self.assertEqual(result["parity"]["answers"], {"home": 1, "plp": 32, "pdp": 1200}[page])
            parity.setdefault(page, set()).add(result["parity"]["sha256"])
            self.assertEqual(sum(result["requests"]["errors"].values()), 0, f.name)
            self.assertGreater(result["requests"]["ok"], 0)
            self.assertGreater(result["resources"]["cpu_us_per_request"], 0)
            for name, used in result["resources"]["server"].items():
                if name != "mongod":
                    self.assertGreater(used["counts"]["answer_turns"], 0, (f.name, name))
                    self.assertGreaterEqual(used["counts"]["answers"], used["counts"]["answer_turns"], (f.name, name))
        self.assertEqual({page: len(hashes) for page, hashes in parity.items()}, {"home": 1, "plp": 1, "pdp": 1})
        for name in ("run.json", "REPORT.md", "report.html", "report.json"):
            self.assertTrue((out / name).stat().st_size > 500, name)
        report = json.loads((out / "report.json").read_text())
        contract = jsonschema.Draft202012Validator(json.loads((stacks.ROOT / "results/report.schema.json").read_text()))
        self.assertEqual([f"{'/'.join(map(str, e.path))}: {e.message[:200]}" for e in contract.iter_errors(report)], [])
        self.assertEqual(sum(report["run"]["trials"].values()), len(files))
        self.assertEqual(list(out.glob("*.tmp*")), [])

    def test_run_report_and_resume_of_a_finished_run(self):
        out = Path(tmp.name) / "whole"
        done = duet("run", plan_file("whole"), "--out", out)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        self.check_results(out)
        names = "report.html", "REPORT.md", "report.json"
        report = [(out / name).read_bytes() for name in names]
        self.assertEqual(duet("report", out).returncode, 0)
        self.assertEqual([(out / name).read_bytes() for name in names], report, "rebuilt from files: same bytes")
        html = report[0].decode()
        self.assertNotRegex(html, r"src=\"|href=\"http|@import")
        self.assertEqual(descendants_left(str(out)), [])
        stamps = {f.name: f.stat().st_mtime_ns for f in out.glob("results_*")}
        again = duet("run", plan_file("whole"), "--out", out)
        self.assertEqual(again.returncode, 0, again.stderr[-2000:])
        self.assertEqual({f.name: f.stat().st_mtime_ns for f in out.glob("results_*")}, stamps, "nothing is measured twice")
        changed = duet("run", plan_file("whole", seed=8), "--out", out)
        self.assertNotEqual(changed.returncode, 0)
        self.assertIn("plan", changed.stderr)

    def interrupted(self, number, expected):
        out = Path(tmp.name) / f"interrupted-{number}"
        plan = plan_file(f"interrupted{number}", blocks=1)
        with open(Path(tmp.name) / f"log-{number}", "wb") as log:
            proc = subprocess.Popen([DUET, "run", str(plan), "--out", str(out)], cwd=stacks.ROOT, env=env, stdout=log, stderr=log)
            end = time.monotonic() + 120
            while len(list(out.glob("results_*.json"))) < 4 and time.monotonic() < end and proc.poll() is None:
                time.sleep(0.05)
            proc.send_signal(number)
            code = proc.wait(60)
        self.assertEqual(code, expected, (Path(tmp.name) / f"log-{number}").read_text()[-2000:])
        end = time.monotonic() + 5
        port = env["DUET_PORT_BASE"]
        while descendants_left(f"127.0.0.1:{port}") and time.monotonic() < end:
            time.sleep(0.05)
        for offset in (0, 10, 11, 12, 13, 14):
            self.assertEqual(descendants_left(f"127.0.0.1:{int(port) + offset}"), [])
        whole = {f.name: f.stat().st_mtime_ns for f in out.glob("results_*.json")}
        for f in out.glob("results_*.json"):
            json.loads(f.read_text())
        done = duet("run", plan, "--out", out)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        self.check_results(out, blocks=1)
        kept = [n for n, t in whole.items() if (out / n).stat().st_mtime_ns == t]
        self.assertGreaterEqual(len(kept), 3, "finished trials are kept")

    def test_killed_run_leaves_nothing_and_resumes(self):
        self.interrupted(signal.SIGKILL, -signal.SIGKILL)

    def test_ctrl_c_leaves_nothing_and_resumes(self):
        self.interrupted(signal.SIGINT, 105)

    def test_sigterm_leaves_nothing_and_resumes(self):
        self.interrupted(signal.SIGTERM, 105)

    def test_up_status_down(self):
        base = int(env["DUET_PORT_BASE"])
        try:
            done = duet("up", timeout=180)
            self.assertEqual(done.returncode, 0, done.stderr[-2000:])
            bodies = []
            for port in (base, base + 10):
                client = stacks.Client(port)
                answer = client.get("/api/products/p000001")
                runs = json.loads(client.get("/results/index.json").body)["runs"]
                client.close()
                self.assertEqual(answer.status, 200)
                bodies.append(answer.body)
                self.assertIn("reference/headline", [run["path"] for run in runs])
            self.assertEqual(bodies[0], bodies[1])
            self.assertEqual(duet("status").returncode, 0)
        finally:
            self.assertEqual(duet("down").returncode, 0)
        for port in (base, base + 10):
            with self.assertRaises(OSError):
                stacks.Client(port).get("/healthz")


if __name__ == "__main__":
    runner.main()
