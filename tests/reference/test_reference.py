"""The committed runs under results/reference, whichever folders are there: each is whole, one run of its plan, keeps the
schemas, is named in the README, and its report is what `duet report` makes of its files, byte for byte."""
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "live"))
import jsonschema
import runner
import stacks

REFERENCE = stacks.ROOT / "results/reference"
RUNS = sorted(p.parent for p in REFERENCE.glob("*/run.json"))
REPORTS = ("REPORT.md", "report.html", "report.json")
DESCRIBED = ("run.json", "plan.json", *REPORTS)
# A trial's files: what their names begin with, and their schema.
KINDS = {"results": "schema.json", "saturation": "saturation.schema.json", "stamps": "stamps.schema.json"}


def setUpModule():
    global validators
    schemas = {p.name: json.loads(p.read_text()) for p in (stacks.ROOT / "results").glob("*schema.json")}
    store = {schema["$id"]: schema for schema in schemas.values()}
    validators = {name: jsonschema.Draft202012Validator(schema, resolver=jsonschema.RefResolver.from_schema(schema, store=store))
                  for name, schema in schemas.items()}


def complaints(name, document):
    return [f"{'/'.join(map(str, e.path))}: {e.message[:200]}" for e in validators[name].iter_errors(document)]


def kind_of(path):
    return path.name.split("_")[0]


def of_each_run(check):
    def test(self):
        self.assertTrue(RUNS, "no reference run")
        for run in RUNS:
            with self.subTest(run.name):
                check(self, run)
    return test


class Reference(unittest.TestCase):
    @of_each_run
    def test_each_report_is_made_from_its_files_byte_for_byte(self, run):
        with tempfile.TemporaryDirectory(prefix="duet-reference-") as tmp:
            copy = Path(tmp) / "copy"
            shutil.copytree(run, copy, ignore=shutil.ignore_patterns(*REPORTS))
            done = subprocess.run([stacks.BIN / "duet", "report", copy], cwd=stacks.ROOT, capture_output=True, text=True, timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
            for name in REPORTS:
                self.assertTrue((copy / name).read_bytes() == (run / name).read_bytes(),
                                f"{run.name}/{name}: run `duet report {run.relative_to(stacks.ROOT)}`")

    @of_each_run
    def test_each_is_one_finished_run_of_its_plan_from_a_clean_commit(self, run):
        about = json.loads((run / "run.json").read_text())
        plan = hashlib.sha256((run / "plan.json").read_bytes()).hexdigest()
        self.assertEqual(about["plan_sha256"], plan)
        self.assertTrue(about["clean"])
        self.assertTrue(about["finished_at"])
        files = [p for p in run.iterdir() if p.name not in DESCRIBED]
        self.assertTrue(files)
        for path in files:
            self.assertIn(kind_of(path), KINDS, path.name)
            of = json.loads(path.read_text())["run"]
            self.assertEqual((of["id"], of["plan_sha256"]), (about["id"], plan), path.name)

    @of_each_run
    def test_files_keep_the_schemas(self, run):
        """Of all files that differ in their block alone, the first: the rest was written by the same code."""
        self.assertEqual(complaints("report.schema.json", json.loads((run / "report.json").read_text())), [])
        for path in sorted(run.glob("*_b0*.json")):
            self.assertEqual(complaints(KINDS[kind_of(path)], json.loads(path.read_text())), [], path.name)

    def test_the_readme_lists_them_with_their_commits(self):
        rows = re.findall(r"^\| `([^`]+)` \| `[^`]+` \| ([0-9a-f]{12}) \|", (REFERENCE / "README.md").read_text(), re.M)
        commits = {run.name: json.loads((run / "run.json").read_text())["commit"][:12] for run in RUNS}
        self.assertEqual(dict(rows), commits)


if __name__ == "__main__":
    runner.main()
