#!/usr/bin/env python3
"""run: the 18 scenarios with k6: unified on SQLite and microservices on MongoDB, each page, 20, 200 and 2,000 virtual users.

Servers (database included) run on CPU 0, k6 on CPU 1. Each scenario is warmed by a short one of the same kind. The summaries
are k6's own, under the published names results_{arch}_{page}_{vus}.json; `duet k6 RUN FOLDER` shows them beside a run.

  scripts/k6/run.py BUILD [--out results/k6] [--seconds 10] [--vus 20,200,2000] [--pages home,plp,pdp]
"""
import argparse
import os
import shutil
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/live"), str(ROOT / "scripts/k6")]
import k6  # noqa: E402

SERVER_CPU, LOAD_CPU, WARMUP_S = 0, 1, 2
STACKS = (("unified", "unified-sqlite"), ("microservices", "microservices-mongodb"))
PREFIX = {"home": "/api/home", "plp": "/api/categories/", "pdp": "/api/products/"}

parser = argparse.ArgumentParser(prog="run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("build", nargs="?", default="build")
parser.add_argument("--out", default="results/k6", help="folder of the summaries (default results/k6)")
parser.add_argument("--seconds", type=float, default=10, help="length of a scenario (default 10)")
parser.add_argument("--vus", default="20,200,2000")
parser.add_argument("--pages", default="home,plp,pdp")
options = parser.parse_args()


def main():
    program = k6.find()
    if not program:
        sys.exit(1)
    if not shutil.which("taskset") or len(os.sched_getaffinity(0)) < 2:
        sys.exit("run: two CPUs and taskset are needed, one CPU for the servers and one for k6")
    os.environ["DUET_BUILD"] = str(Path(options.build).resolve())
    import stacks
    levels, pages = [int(v) for v in options.vus.split(",")], options.pages.split(",")
    unknown = [page for page in pages if page not in PREFIX]
    if unknown:
        sys.exit(f"run: unknown page {', '.join(unknown)}; there are home, plp, pdp")
    expected = len(STACKS) * len(pages) * len(levels) * (options.seconds + WARMUP_S + 2)
    print(f"run: expected to take {expected / 60:.1f} minutes", flush=True)
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    os.sched_setaffinity(0, {SERVER_CPU})
    world = stacks.World()
    try:
        for arch, kind in STACKS:
            stack = world.stack(kind)
            try:
                for page in pages:
                    targets = world.dir / f"targets-{page}"
                    targets.write_text("".join(t + "\n" for t, _, _ in world.manifest if t.startswith(PREFIX[page])))
                    for vus in levels:
                        name = f"results_{arch}_{page}_{vus}.json"
                        part = world.dir / name  # moved when it is whole
                        k6.run(program, stack.port, targets, vus, WARMUP_S, 1, part, LOAD_CPU)
                        metrics = k6.run(program, stack.port, targets, vus, options.seconds, 1, part, LOAD_CPU)
                        shutil.copyfile(part, out / (name + ".part"))
                        os.replace(out / (name + ".part"), out / name)
                        duration = metrics["http_req_duration"]["values"]
                        print(f"{time.strftime('%H:%M:%S')} {name}: {metrics['http_reqs']['values']['rate']:.0f} requests/s, "
                              f"p50 {duration['med']:.3f} ms, p95 {duration['p(95)']:.3f} ms, "
                              f"{100 * metrics['http_req_failed']['values']['rate']:.2f} % failed", flush=True)
            finally:
                stack.stop()
    finally:
        world.close()
    print(f"{out}: beside a run by `duet k6 RUN {out}`")


if __name__ == "__main__":
    main()
