"""Single requests on live stacks: what the servers say of a request's way is in order on one clock, costs nothing when nobody
asks, and a run with "stamps" takes each request apart without a remainder."""
import json
import os
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

PLAN = {
    "id": "stamped", "seed": 7, "data_seed": 42, "products": 80, "blocks": 1, "pages": ["home", "pdp"], "repeats": 0,
    "arms": [{"id": "unified", "architecture": "unified", "store": "memory"},
             {"id": "micro", "architecture": "microservices", "store": "memory"},
             {"id": "binary", "architecture": "microservices", "store": "memory", "wire": "binary"}],
    "think": "200ms", "capacity": {"vus": 20, "warmup": "100ms", "duration": "400ms"},
    "levels": [{"vus": 5, "warmup": "200ms", "duration": "3s"}],
    "open": {"of_slowest_capacity": 0.1, "vus": 20, "warmup": "100ms", "duration": "400ms"},
    "stamps": {"requests": 150},
}
CALLS = {"home": 5, "pdp": 4}
TRACK = ["queued", "sent", "arrived", "store", "stored", "write", "written", "told", "answered", "read"]


def setUpModule():
    global tmp, env, out
    tmp = tempfile.TemporaryDirectory(prefix="duet-stamps-")
    base = os.environ.get("DUET_PORT_BASE", str(12000 + os.getpid() % 15000))
    env = dict(os.environ, DUET_PORT_BASE=base, DUET_BIN=str(stacks.BIN), DUET_DATA_DIR=f"{tmp.name}/data")
    plan, out = Path(tmp.name) / "plan.json", Path(tmp.name) / "run"
    plan.write_text(json.dumps(PLAN))
    done = duet("run", plan, "--out", out)
    assert done.returncode == 0, done.stderr[-2000:]


def tearDownModule():
    tmp.cleanup()


def duet(*argv):
    return subprocess.run([stacks.BIN / "duet", *map(str, argv)], cwd=stacks.ROOT, capture_output=True, text=True, env=env, timeout=180)


def documents():
    return {(d["scenario"]["arm"], d["scenario"]["page"]): d
            for d in (json.loads(p.read_text()) for p in sorted(out.glob("stamps_*.json")))}


class Stamps(unittest.TestCase):
    def test_files_keep_the_schema(self):
        schema = json.loads((stacks.ROOT / "results/stamps.schema.json").read_text())
        result = json.loads((stacks.ROOT / "results/schema.json").read_text())
        resolver = jsonschema.RefResolver.from_schema(schema, store={result["$id"]: result})
        self.assertEqual(len(documents()), 6)
        for document in documents().values():
            jsonschema.Draft202012Validator(schema, resolver=resolver).validate(document)

    def test_every_request_is_taken_apart_without_a_remainder(self):
        for (arm, page), document in documents().items():
            requests = document["requests"]
            self.assertEqual(requests["plain"], 150, (arm, page))
            self.assertEqual(requests["stamped"] + requests["broken"], 150)
            self.assertLessEqual(requests["broken"], 1)
            self.assertEqual(document["residual_us"], 0)
            parts = {p["name"]: p["mean_us"] for p in document["parts"]}
            self.assertAlmostEqual(sum(parts.values()), document["stamped_us"]["mean"], delta=0.02)
            each = 7 if arm == "unified" else 7 + len(TRACK) * CALLS[page]
            self.assertEqual(requests["stamps_each"], each, (arm, page))
            own = {"in", "admission", "store", "page_write", "out", "tell"}
            called = {"coordination", "call", "answer", "part_write", "part_read", "merge"}
            for name in own | (called if arm != "unified" else set()):
                self.assertGreater(parts[name], 0, (arm, page, name))
            for name in called if arm == "unified" else ():
                self.assertEqual(parts[name], 0, (arm, page, name))
            quantiles = document["plain_us"]["quantiles"]
            self.assertEqual((len(quantiles), quantiles), (100, sorted(quantiles)))

    def test_the_report_has_both_sections(self):
        for path in out.glob("stamps_*.json"):  # a busy machine may have ruled a trial out
            path.write_text(path.read_text().replace('"valid":false', '"valid":true'))
        for path in out.glob("results_*.json"):
            path.write_text(path.read_text().replace('"valid":false', '"valid":true'))
        self.assertEqual(duet("report", out).returncode, 0)
        report = (out / "REPORT.md").read_text()
        self.assertIn("## A lone request's way", report)
        self.assertIn("## Under load: what a queue explains", report)
        self.assertIn("M/G/1", report)

    def test_a_precomputed_arm_has_no_way(self):
        plan = Path(tmp.name) / "floor.json"
        arms = [{"id": "floor", "architecture": "unified", "store": "memory", "precomputed": True}]
        plan.write_text(json.dumps({**PLAN, "arms": arms}))
        done = duet("run", plan, "--out", Path(tmp.name) / "floor")
        self.assertEqual(done.returncode, 1)
        self.assertIn("stamps: arms[0] answers with stored bytes", done.stderr)


class Servers(unittest.TestCase):
    def test_each_track_goes_forwards_on_one_clock(self):
        stack = stacks.Stack("stamps", tmp.name).microservices(dict.fromkeys(stacks.SERVICES, "memory:?seed=42&products=80"))
        try:
            client = stack.client()
            self.assertNotIn("x-duet-stamps", client.get("/api/products/p000007").headers)
            before = time.monotonic_ns()
            stamps = client.get("/api/products/p000007", headers=["X-Duet-Timing: 1"]).headers["x-duet-stamps"]
            after = time.monotonic_ns()
            client.close()
        finally:
            stack.stop()
        first, *rest = stamps.split()
        tracks = {}
        for word in rest:
            track, station, ns = word.replace(".", "+").split("+")
            tracks.setdefault(int(track), []).append((station, int(first) + int(ns)))
        self.assertEqual([s for s, _ in tracks.pop(0)], ["arrived", "admitted", "merge", "merged", "write", "written", "told"])
        self.assertEqual(sorted(tracks), [1, 2, 3, 4])
        for stations in tracks.values():
            self.assertEqual([s for s, _ in stations], TRACK)
            times = [at for _, at in stations]
            self.assertEqual(times, sorted(times))
            self.assertTrue(before < times[0] and times[-1] < after, (before, times, after))


if __name__ == "__main__":
    runner.main()
