#!/usr/bin/python3
"""scripts/tune.py: both sides have the same number of tries, every patch applies, and the rule of keeping says what it should."""
import importlib.util
import math
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("tune", ROOT / "scripts/tune.py")
tune = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(tune)


def pages(pdp, plp):
    return {page: {"rps": [math.nan, *ends]} for page, ends in (("pdp", pdp), ("plp", plp))}


class Tune(unittest.TestCase):
    def test_the_table_is_fair(self):
        self.assertIsNone(tune.check_table(tune.TRIES))
        self.assertEqual(tune.check_table(tune.TRIES[1:]), "9 tries of unified; both sides have 10")
        twice = (*tune.TRIES[:9], tune.TRIES[0]._replace(what="again"), *tune.TRIES[10:])
        self.assertEqual(tune.check_table(twice), "two tries have the same name")
        idle = (*tune.TRIES[:9], tune.Try("idle", "unified", "nothing"), *tune.TRIES[10:])
        self.assertEqual(tune.check_table(idle), "nothing is tried by idle")

    def test_every_patch_applies_and_is_used(self):
        used = {t.patch for t in tune.TRIES if t.patch}
        self.assertEqual({path.stem for path in tune.PATCHES.iterdir()}, used)
        for name in used:
            done = subprocess.run(["patch", "--dry-run", "-p1", "-i", tune.PATCHES / f"{name}.patch"], cwd=ROOT, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_what_is_shared_is_tried_on_both_sides(self):
        for field in ("opt", "env", "pgo"):
            mine, theirs = ({getattr(t, field) for t in tune.TRIES if t.side == side} for side in tune.SIDES)
            self.assertEqual(mine, theirs)

    def test_the_rule(self):
        one = tune.Try("x", "unified", "x")
        self.assertEqual(tune.verdict(one, pages((1.03, 1.10), (0.95, 1.01))), "**faster**")
        self.assertEqual(tune.verdict(one, pages((1.01, 1.10), (0.95, 1.01))), "not kept: no faster")
        self.assertEqual(tune.verdict(one, pages((1.03, 1.10), (0.90, 0.99))), "not kept: slower")
        self.assertEqual(tune.verdict(one._replace(costs="time-outs"), pages((1.03, 1.10), (1, 1.1))), "not kept: time-outs")
        kept = one._replace(kept=True)
        self.assertEqual(tune.verdict(kept, pages((0.80, 0.90), (0.95, 1.01))), "**kept**: it is in the base")
        self.assertEqual(tune.verdict(kept, pages((1.03, 1.10), (0.95, 1.01))), "in the base, but slower with it")

    def test_an_interval(self):
        try:
            import scipy  # noqa: F401
        except ImportError:
            self.skipTest("no scipy")
        ratio, low, high = tune.interval([math.log(x) for x in (1.1, 1.2, 1.3)])
        self.assertAlmostEqual(ratio, (1.1 * 1.2 * 1.3) ** (1 / 3))
        self.assertAlmostEqual(low * high, ratio**2)  # t(0.975, 2) = 4.303; the deviation of the logarithms is 0.0836
        self.assertAlmostEqual(math.log(high / ratio), 4.3027 * 0.08357 / math.sqrt(3), places=3)


if __name__ == "__main__":
    unittest.main()
