"""Runs k6 on scenario.js. For scripts/crosscheck.py and scripts/k6/run.py."""
import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SLACK_S = 60


def find():
    """The path of k6, or None after a word on stderr."""
    done = subprocess.run(["scripts/k6/get.sh"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


def run(k6, port, targets, vus, seconds, think, summary, cpu=None):
    """One scenario; its summary as k6 wrote it to `summary`. Raises RuntimeError with k6's words when it failed."""
    env = dict(os.environ, K6_NO_USAGE_REPORT="true")
    argv = ["taskset", "-c", str(cpu)] if cpu is not None else []
    argv += [k6, "run", "--quiet", "--no-color", "--log-output=stderr", "--address="]
    for key, value in (("BASE_URL", f"http://127.0.0.1:{port}"), ("TARGETS", targets), ("VUS", vus), ("SECONDS", f"{seconds:g}"),
                       ("THINK", f"{think:g}"), ("SUMMARY", summary)):
        argv += ["-e", f"{key}={value}"]
    done = subprocess.run([*map(str, argv), str(ROOT / "scripts/k6/scenario.js")], env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=seconds + think + SLACK_S)
    if done.returncode:
        raise RuntimeError(f"k6: exit {done.returncode}\n{done.stdout[-2000:]}")
    return json.loads(Path(summary).read_text())["metrics"]
