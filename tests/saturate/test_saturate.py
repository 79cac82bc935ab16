"""Searches on a real server: an answer with its curve, an interruption that is kept and marked, a search taken up again, a
disk that is full, and what is refused. Goals for a whole run."""
import json
import os
import re
import resource
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
    "id": "search", "seed": 7, "data_seed": 42, "products": 80, "blocks": 1, "pages": ["pdp"], "repeats": 0,
    "arms": [{"id": "unified", "architecture": "unified", "store": "memory"}],
    "capacity": {"vus": 20, "warmup": "100ms", "duration": "400ms"}, "levels": [],
    "saturation": {"slo": "p90<200ms,errors<5%", "vus": 100, "warmup": "100ms", "duration": "300ms", "precision": 0.3,
                   "runs_max": 25, "time_max": "60s"},
}


def setUpModule():
    global tmp, env, validator
    tmp = tempfile.TemporaryDirectory(prefix="duet-saturate-")
    base = os.environ.get("DUET_PORT_BASE", str(12000 + os.getpid() % 15000))
    env = dict(os.environ, DUET_PORT_BASE=base, DUET_BIN=str(stacks.BIN), DUET_DATA_DIR=f"{tmp.name}/data")
    schema = json.loads((stacks.ROOT / "results/saturation.schema.json").read_text())
    result = json.loads((stacks.ROOT / "results/schema.json").read_text())
    resolver = jsonschema.RefResolver.from_schema(schema, store={result["$id"]: result})
    validator = jsonschema.Draft202012Validator(schema, resolver=resolver)


def tearDownModule():
    tmp.cleanup()


def write_plan(name, **changes):
    path = Path(tmp.name) / f"{name}.json"
    path.write_text(json.dumps({**PLAN, "saturation": {**PLAN["saturation"], **changes}}))
    return path


def duet(*argv, **more):
    return subprocess.run([DUET, *map(str, argv)], cwd=stacks.ROOT, capture_output=True, text=True, env=env, timeout=180, **more)


def documents(folder):
    found = {p.name: json.loads(p.read_text()) for p in sorted(Path(folder).glob("saturation_*.json"))}
    for document in found.values():
        validator.validate(document)
    return found


def litter(folder):
    """Files that nobody asked for: temporary ones, or halves."""
    known = re.compile(r"run\.json|plan\.json|REPORT\.md|report\.(html|json)|(results|saturation)_[a-z0-9_-]+\.json|logs")
    return [p.name for p in Path(folder).iterdir() if not known.fullmatch(p.name)]


class Saturate(unittest.TestCase):
    def test_the_answer_lies_between_what_held_and_what_broke(self):
        out = Path(tmp.name) / "one"
        done = duet("saturate", "--plan", write_plan("one"), "--arm", "unified", "--page", "pdp", "--out", out)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        (document,) = documents(out).values()
        runs, outcome = document["runs"], document["outcome"]
        self.assertEqual(outcome["state"], "complete")
        self.assertEqual(outcome["end"], "found", done.stdout)
        held = [r for r in runs if r["rate_rps"] == outcome["highest_rps"] and r["held"]]
        broke = [r for r in runs if r["rate_rps"] == outcome["lowest_broken_rps"] and not r["held"] and r["counted"]]
        self.assertGreaterEqual(len(held), 2)
        self.assertGreaterEqual(len(broke), 2)
        self.assertLessEqual(outcome["lowest_broken_rps"], 1.3001 * outcome["highest_rps"])
        self.assertEqual(outcome["per_core_rps"], outcome["highest_rps"] / document["cores"])
        self.assertLess(outcome["highest_rps"], document["config"]["max_rps"])
        self.assertEqual(outcome["disturbed"], any(r["disturbed"] for r in broke))
        self.assertFalse(document["valid"] and outcome["disturbed"])
        for run in runs:
            self.assertEqual(run["held"], run["missed"] is None, run)
            self.assertTrue(run["counted"] or (run["disturbed"] and not run["held"]), run)
            if run["held"]:
                self.assertGreaterEqual(run["answered_rps"], 0.99 * run["rate_rps"])
        said = f"{round(outcome['highest_rps']):,} requests/s hold p90<200ms,errors<5%"
        self.assertIn(said, done.stdout)
        self.assertIn("expected to take", done.stderr)
        self.assertIn("within the SLO", (out / "REPORT.md").read_text())
        self.assertEqual(litter(out), [])

    def test_its_time_is_bounded_and_the_bound_is_said_and_quiet_says_nothing_else(self):
        plan = write_plan("never", slo="p90<1us", time_max="2s")
        done = duet("saturate", "--quiet", "--plan", plan, "--arm", "unified", "--out", Path(tmp.name) / "never")
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        (document,) = documents(Path(tmp.name) / "never").values()
        self.assertEqual(document["outcome"]["end"], "out_of_time")
        self.assertLess(document["outcome"]["time_s"], 40)
        self.assertIsNone(document["outcome"]["highest_rps"])
        self.assertIn("none of the rates that were tried held p90<1us", done.stdout)
        self.assertEqual([line for line in done.stderr.splitlines() if "differs from commit" not in line], [])

    def test_an_interrupted_search_is_kept_marked_and_taken_up(self):
        plan, out = write_plan("stop", precision=0.01, runs_max=60), Path(tmp.name) / "stop"
        process = subprocess.Popen([DUET, "run", str(plan), "--out", str(out)], cwd=stacks.ROOT, env=env,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        path, end = out / "saturation_unified_pdp_b0.json", time.monotonic() + 60
        while time.monotonic() < end and not (path.exists() and len(documents(out)[path.name]["runs"]) >= 2):
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 105, said)
        document = documents(out)[path.name]
        self.assertEqual(document["outcome"]["state"], "interrupted")
        self.assertFalse(document["valid"])
        self.assertGreaterEqual(len(document["runs"]), 2)
        self.assertIn("what was finished is kept", said.splitlines()[-1])
        self.assertEqual(litter(out), [])
        done = duet("run", plan, "--out", out)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        self.assertIn("resuming", done.stderr)
        self.assertEqual(documents(out)[path.name]["outcome"]["state"], "complete")

    def test_a_full_disk_is_one_line_and_leaves_nothing_half_written(self):
        def small_files():  # what a full disk does, without filling one: no file may grow past this
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (33 << 10, 33 << 10))  # SQLite's shared memory needs 32 KiB

        out = Path(tmp.name) / "full"
        seeded = duet("run", write_plan("seeded", time_max="1s"), "--out", Path(tmp.name) / "seeded")
        self.assertEqual(seeded.returncode, 0, seeded.stderr[-2000:])
        done = duet("run", write_plan("full"), "--out", out, preexec_fn=small_files)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("File too large", done.stderr)
        self.assertTrue(done.stderr.splitlines()[-1].startswith("duet: "), done.stderr)
        self.assertEqual(litter(out), [])
        for path in out.glob("*.json"):
            json.loads(path.read_text())

    def test_what_is_malformed_is_refused_before_anything_starts(self):
        plan = write_plan("bad")
        cases = [
            (2, "the SLO's goal 'p95<50' is not understood", "--plan", plan, "--arm", "unified", "--slo", "p95<50"),
            (2, "the SLO's goal 'p95<0ms' is not understood", "--plan", plan, "--arm", "unified", "--slo", "p95<0ms"),
            (2, "--slo", "--arm", "unified-sqlite"),
            (2, "--arm", "--plan", plan),
            (2, "page", "--plan", plan, "--arm", "unified", "--page", "cart"),
            (1, 'no arm "unifed"; did you mean "unified"?', "--plan", plan, "--arm", "unifed"),
            (1, "/nonexistent.json", "--plan", "/nonexistent.json", "--arm", "unified"),
        ]
        for status, says, *argv in cases:
            done = duet("saturate", *argv)
            self.assertEqual(done.returncode, status, (argv, done.stderr))
            self.assertIn(says, done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            self.assertEqual(done.stdout, "")


class Thresholds(unittest.TestCase):
    def test_all_goals_are_listed_and_a_missed_one_is_99(self):
        path = Path(tmp.name) / "goals.json"
        path.write_text(json.dumps({**PLAN, "saturation": None, "think": "20ms",
                                    "levels": [{"vus": 5, "warmup": "100ms", "duration": "500ms"}]}))
        goals = ("http_req_duration{page:pdp}:med<10000", "http_req_duration{vus:5}:avg<0.0001", "http_req_failed:rate<0.5")
        argv = [word for goal in goals for word in ("--threshold", goal)]
        done = duet("run", path, "--out", Path(tmp.name) / "goals", *argv)
        self.assertEqual(done.returncode, 99, done.stderr[-2000:])
        for result in (Path(tmp.name) / "goals").glob("results_*.json"):  # a busy machine may have ruled the trial out
            result.write_text(result.read_text().replace('"valid":false', '"valid":true'))
        done = duet("run", path, "--out", Path(tmp.name) / "goals", *argv)  # judged anew, nothing is run
        self.assertEqual(done.returncode, 99, done.stderr[-2000:])
        self.assertIn("is complete", done.stderr)
        listed = [line.split()[1:3] for line in done.stdout.splitlines() if line.startswith("threshold")]
        self.assertEqual(listed, [["ok", goals[0]], ["MISSED", goals[1]], ["ok", goals[2]]])
        held = duet("run", path, "--out", Path(tmp.name) / "goals", *argv[:2], *argv[4:])
        self.assertEqual(held.returncode, 0, held.stderr[-2000:])
        wrong = duet("run", path, "--threshold", "http_req_duration{page:plp}:p(95)<5")
        self.assertEqual((wrong.returncode, wrong.stdout, len(wrong.stderr.splitlines())), (2, "", 1), wrong.stderr)


if __name__ == "__main__":
    runner.main()
