"""The rules of a run, on live stacks in memory: repetitions, twins, builds, spinners, and reports that
rest on the files alone."""
import json
import os
import shutil
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

PLAN = {
    "id": "rules", "seed": 7, "data_seed": 42, "products": 1200, "blocks": 1, "pages": ["pdp"],
    "arms": [{"id": "u", "architecture": "unified", "store": "memory"},
             {"id": "m", "architecture": "microservices", "store": "memory"}],
    "think": "500ms", "capacity": {"vus": 20, "warmup": "100ms", "duration": "300ms"},
    "levels": [{"vus": 10, "warmup": "200ms", "duration": "500ms"}], "repeats": 0,
}

# Does what loadgen does, then calls the first results of a kind invalid, as many as a file says.
SPOILER = """#!{python}
import json, pathlib, subprocess, sys
argv = sys.argv[1:]
fd = int(argv[argv.index("--control-fd") + 1])
code = subprocess.run(["{loadgen}", *argv], pass_fds=[fd]).returncode
out, left = pathlib.Path(argv[argv.index("--output") + 1]), pathlib.Path("{left}")
result, count = json.loads(out.read_text()), int(left.read_text())
result["valid"], result["invalid_why"] = True, []
if result["scenario"]["kind"] == "capacity" and count > 0:
    left.write_text(str(count - 1))
    result["valid"], result["invalid_why"] = False, ["spoiled by the test"]
out.write_text(json.dumps(result))
sys.exit(code)
"""


def setUpModule():
    global tmp, env, bin_folder
    tmp = tempfile.TemporaryDirectory(prefix="duet-rules-")
    bin_folder = Path(tmp.name) / "build/bin"
    bin_folder.mkdir(parents=True)
    for program in stacks.BIN.iterdir():
        target = bin_folder / program.name
        if program.name == "duet":  # it looks for the others beside its own file
            shutil.copy2(program, target)
        else:
            target.symlink_to(program.resolve())
    env = dict(os.environ, DUET_PORT_BASE=os.environ.get("DUET_PORT_BASE", str(12000 + os.getpid() % 15000)))


def tearDownModule():
    tmp.cleanup()


def plan_file(name, **changes):
    path = Path(tmp.name) / f"{name}.json"
    path.write_text(json.dumps({**PLAN, "id": name, **changes}))
    return path


def start(*argv):
    return subprocess.Popen([bin_folder / "duet", *map(str, argv)], cwd=stacks.ROOT, env=env, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def duet(*argv):
    done = start(*argv)
    out, err = done.communicate(timeout=300)
    return done.returncode, out, err


def results(out):
    schema = json.loads((stacks.ROOT / "results/schema.json").read_text())
    found = {f.name: json.loads(f.read_text()) for f in sorted(out.glob("results_*.json"))}
    for name, result in found.items():
        errors = [e.message[:200] for e in jsonschema.Draft202012Validator(schema).iter_errors(result)]
        assert not errors, (name, errors)
    return found


class Repeats(unittest.TestCase):
    def spoiled(self, name, count, **changes):
        """A run whose first `count` capacity results are invalid and whose others are valid."""
        left, loadgen = Path(tmp.name) / f"{name}.left", bin_folder / "loadgen"
        left.write_text(str(count))
        loadgen.unlink()
        loadgen.write_text(SPOILER.format(python=sys.executable, loadgen=(stacks.BIN / "loadgen").resolve(), left=left))
        loadgen.chmod(0o755)
        try:
            out = Path(tmp.name) / name
            code, _, err = duet("run", plan_file(name, **changes), "--out", out)
        finally:
            loadgen.unlink()
            loadgen.symlink_to((stacks.BIN / "loadgen").resolve())
        self.assertEqual(code, 0, err[-2000:])
        return out, [f.stem for f in sorted(out.glob("results_u_*capacity*"))], json.loads((out / "run.json").read_text())

    def test_a_failed_check_runs_the_block_again_twice_at_most(self):
        # The first arm is spoiled in every attempt; a busy machine's own checks may fail others.
        out, files, about = self.spoiled("again", 99, repeats=2, pages=["pdp", "home"], blocks=2)
        # 4 pages of blocks: a quarter is 1
        self.assertEqual(len(about["repeats"]), 1)
        attempts = {name: r["run"]["attempt"] for name, r in results(out).items()}
        self.assertEqual(set(attempts.values()), {0, 1})
        again = {(r["scenario"]["page"], r["run"]["block"]) for r in results(out).values() if r["run"]["attempt"] == 1}
        self.assertEqual(again, {(about["repeats"][0]["page"], about["repeats"][0]["block"])})
        arms = {r["scenario"]["arm"] for r in results(out).values() if r["run"]["attempt"] == 1}
        self.assertEqual(arms, {"u", "m"}, "the whole pair is run again")
        report = (out / "REPORT.md").read_text()
        self.assertIn("spoiled by the test", report)
        self.assertIn("1 times in all", report)

    def test_repeats_0_never_runs_again(self):
        _, files, about = self.spoiled("once", 99)
        self.assertEqual(about["repeats"], [])
        self.assertEqual(files, ["results_u_pdp_capacity_b0"])


class Map(unittest.TestCase):
    def test_a_map_is_measured_fitted_and_carried_by_the_report(self):
        works = ("0s", "200us", "500us")
        places = (("0s", "0s"), ("200us", "0s"), ("0s", "1ms"), ("500us", "2ms"), ("200us", "1ms"))
        arms = [{"id": f"u{i}", "architecture": "unified", "store": "memory", "work": w} for i, w in enumerate(works)]
        arms += [{"id": f"m{i}", "architecture": "microservices", "store": "memory", "work": w, "hop_delay": d}
                 for i, (w, d) in enumerate(places)]
        load = {"warmup": "100ms", "duration": "500ms"}
        out = Path(tmp.name) / "map"
        code, _, err = duet("run", plan_file("map", arms=arms, think="0s", sweep=False, capacity={"vus": 4, **load},
                                             levels=[{"vus": 1, **load}], map={"slo": "p50<10ms"}), "--out", out)
        self.assertEqual(code, 0, err[-2000:])
        found = results(out)
        # Neither has think time, and yet one is the level and the other the capacity.
        self.assertEqual({(r["scenario"]["kind"], r["scenario"]["vus"]) for r in found.values()}, {("closed", 1), ("capacity", 4)})
        report = json.loads((out / "report.json").read_text())
        schema = json.loads((stacks.ROOT / "results/report.schema.json").read_text())
        errors = [e.message[:200] for e in jsonschema.Draft202012Validator(schema).iter_errors(report)]
        self.assertEqual(errors, [])
        forms = [piece for piece in report["pieces"] if piece["kind"] == "estimator"]
        if not all(result["valid"] for result in found.values()):
            # Other work on this machine may leave too few cells for a model: then the report says so.
            self.assertTrue(forms or "pdp: no model, and so neither map nor form" in (out / "REPORT.md").read_text())
            return
        self.assertEqual([page["page"] for form in forms for page in form["pages"]], ["pdp"])
        unified, services = forms[0]["pages"][0]["sides"]
        self.assertEqual([cell[:2] for cell in unified["cells"]], [[0, None], [800, None], [2000, None]])
        self.assertEqual([cell[:2] for cell in services["cells"]],
                         [[0, 0], [800, 0], [0, 1000], [2000, 2000], [800, 1000]])
        for side in (unified, services):
            for place in side["cells"]:
                self.assertTrue(place[2] > 0 and place[3] > 0, place)
        # Work is CPU time, and a delay is waited for: each shows whole, whatever else the machine does.
        self.assertGreater(services["latency"][1], 0.8)
        self.assertGreater(services["latency"][2], 0.5)
        self.assertIn("map", [piece.get("shape") for piece in report["pieces"]])


class Twins(unittest.TestCase):
    def test_twin_open_twin_and_builds(self):
        layout = bin_folder.parent / "layout-1"
        layout.mkdir()
        for program in ("unified", "bff", "catalog", "inventory", "pricing", "reviews"):
            (layout / program).symlink_to((stacks.BIN / program).resolve())
        out = Path(tmp.name) / "twins"
        code, _, err = duet("run", "--builds", 2, plan_file("twins", twin=True, open_twin=True, blocks=2), "--out", out)
        self.assertEqual(code, 0, err[-2000:])
        found = results(out)
        self.assertEqual({r["scenario"]["arm"] for r in found.values()}, {"u", "m", "u-twin"})
        self.assertEqual({r["run"]["build"] for r in found.values()}, {0, 1})
        for name, result in found.items():
            scenario = result["scenario"]
            self.assertEqual(result["run"]["build"], result["run"]["block"] % 2)
            self.assertEqual(result["config"]["arm"].get("twin_of"), "u" if scenario["arm"] == "u-twin" else None)
            if "twin_of_vus" in scenario:
                closed = found[name.replace("10open", "10")]
                self.assertAlmostEqual(result["config"]["rate_rps"], closed["throughput_rps"], delta=0.01)
                self.assertLess(closed["load_factor"], 0.7)
        report = (out / "REPORT.md").read_text()
        for words in ("Arm u-twin (the twin)", "What equal arms differ by", "10 VUs, open", "duet run --builds 2"):
            self.assertTrue(words in report, words)

    def test_the_report_comes_from_the_files_alone(self):
        out, copy = Path(tmp.name) / "whole", Path(tmp.name) / "elsewhere" / "copy"
        # an aborted run of the same plan lies beside it
        aborted = Path(tmp.name) / "dropped"
        aborted.mkdir()
        (aborted / "run.json").write_text(json.dumps(
            {"id": "dropped", "plan_id": "whole", "started_at": "2026-01-01T00:00:00Z", "commit": "abc", "finished_at": None}))
        code, _, err = duet("run", plan_file("whole"), "--out", out)
        self.assertEqual(code, 0, err[-2000:])
        about = json.loads((out / "run.json").read_text())
        self.assertRegex(about["analysis_sha256"], r"^[0-9a-f]{64}$")
        self.assertEqual([a["id"] for a in about["aborted"]], ["dropped"])
        self.assertIn("not finished: dropped, begun 2026-01-01T00:00:00Z at commit abc", (out / "REPORT.md").read_text())
        names = ("REPORT.md", "report.html", "report.json")
        first = [(out / n).read_bytes() for n in names]
        shutil.copytree(out, copy)
        for n in names:
            (copy / n).unlink()
        for folder in (out, copy):
            self.assertEqual(duet("report", folder)[0], 0)
            self.assertEqual([(folder / n).read_bytes() for n in names], first, folder)


class KeepAwake(unittest.TestCase):
    def spinners(self, pid):
        children = Path(f"/proc/{pid}/task/{pid}/children")
        found = [int(c) for c in children.read_text().split()] if children.exists() else []
        return [c for c in found if os.sched_getscheduler(c) == os.SCHED_IDLE]

    def test_spinners_are_killed_with_the_run(self):
        for number in (signal.SIGKILL, signal.SIGTERM):
            out = Path(tmp.name) / f"awake-{number}"
            run = start("run", plan_file(f"awake{number}", keep_awake=True), "--out", out)
            spinners, end = [], time.monotonic() + 60
            while len(spinners) < len(os.sched_getaffinity(0)) and time.monotonic() < end and run.poll() is None:
                time.sleep(0.05)
                try:
                    spinners = self.spinners(run.pid)
                except OSError:  # one of the children ended meanwhile
                    spinners = []
            self.assertEqual(len(spinners), len(os.sched_getaffinity(0)))
            run.send_signal(number)
            run.communicate(timeout=60)
            end = time.monotonic() + 5
            left = spinners
            while left and time.monotonic() < end:
                left = [p for p in left if Path(f"/proc/{p}/stat").exists()
                        and Path(f"/proc/{p}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"]
                time.sleep(0.05)
            self.assertEqual(left, [])


# Does what loadgen does, and writes down which turns it is given.
TURN_LOG = """#!{python}
import pathlib, select, socket, subprocess, sys
argv = sys.argv[1:]
at = argv.index("--control-fd") + 1
runner, fd = socket.socket(fileno=int(argv[at])), argv[at]
if "--turns" not in argv:
    sys.exit(subprocess.run(["{loadgen}", *argv], pass_fds=[runner.fileno()]).returncode)
ours, its = socket.socketpair()
argv[at] = argv[argv.index("--turn-fd") + 1] = str(its.fileno())
child = subprocess.Popen(["{loadgen}", *argv], pass_fds=[its.fileno()])
its.close()
while True:
    for ready in select.select([runner, ours], [], [])[0]:
        heard = ready.recv(256)
        if ready is ours and not heard:
            sys.exit(child.wait())
        if ready is runner:
            with open("{log}", "a") as log:
                print(argv[-1], file=log)
        (ours if ready is runner else runner).sendall(heard)
"""


class Turns(unittest.TestCase):
    ARMS = [{"id": "u", "architecture": "unified", "store": "memory"},
            {"id": "d", "architecture": "unified", "store": "mongodb", "schema": "document"},
            {"id": "m", "architecture": "microservices", "store": "mongodb", "coalesce": 32}]

    def plan(self, name, **changes):
        return plan_file(name, **{"turns": 4, "arms": self.ARMS, "capacity": {"vus": 20, "warmup": "100ms", "duration": "800ms"},
                                  "levels": [{"vus": 10, "warmup": "600ms", "duration": "1200ms"}], **changes})

    def test_arms_are_measured_in_alternation(self):
        out, log, loadgen = Path(tmp.name) / "turns", Path(tmp.name) / "turns.log", bin_folder / "loadgen"
        loadgen.unlink()
        loadgen.write_text(TURN_LOG.format(python=sys.executable, loadgen=(stacks.BIN / "loadgen").resolve(), log=log))
        loadgen.chmod(0o755)
        try:
            near = {"of_own_capacity": 0.5, "vus": 20, "warmup": "100ms", "duration": "800ms"}
            code, _, err = duet("run", self.plan("turns", open_twin=True, near=near), "--out", out)
        finally:
            loadgen.unlink()
            loadgen.symlink_to((stacks.BIN / "loadgen").resolve())
        self.assertEqual(code, 0, err[-2000:])
        found = results(out)
        self.assertEqual(len(found), 12)  # capacity, a level, its open twin, and near its limit, of three arms
        for arm in ("u", "d", "m"):
            near, capacity = found[f"results_{arm}_pdp_near_b0.json"], found[f"results_{arm}_pdp_capacity_b0.json"]
            self.assertEqual((near["scenario"]["kind"], near["scenario"]["of_own_capacity"]), ("open", 0.5))
            self.assertAlmostEqual(near["config"]["rate_rps"], 0.5 * capacity["throughput_rps"], delta=0.01)
        for name, result in found.items():
            self.assertEqual(result["config"]["turns"], 4, name)
            self.assertEqual(len(result["series"]), 4, name)
            self.assertAlmostEqual(result["window_s"], result["config"]["duration_s"], delta=0.001)
            checks = {c["name"]: c for c in result["checks"]}
            self.assertTrue(checks["server_count"]["ok"], (name, checks))  # its servers heard its own generator alone
            used = sum(p["cpu_s"] for p in result["resources"]["server"].values())
            self.assertTrue(0 < used < 2.5 * result["window_s"], (name, used))
        order = json.loads((out / "run.json").read_text())["order"]
        arms = [trial["arm"] for trial in order]
        at = {"u": 0, "d": 1, "m": 2}
        ports = [int(line.rsplit(":", 1)[1]) - int(env["DUET_PORT_BASE"]) for line in log.read_text().split()]
        seen = [port // 20 for port in ports]
        once = [at[a] for a in arms]
        self.assertEqual(seen[:12], (once + once[::-1]) * 2)
        self.assertEqual(len(seen), 4 * 12)
        report = (out / "REPORT.md").read_text()
        self.assertIn("cut into 4", report)
        self.assertIn("(near capacity)", report)

    def test_what_was_stopped_between_turns_goes_on(self):
        out, plan = Path(tmp.name) / "stopped", self.plan("stopped", blocks=2)
        run = start("run", plan, "--out", out)
        end = time.monotonic() + 120
        while not list(out.glob("results_*_b0.json")) and run.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(2)
        children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
        pids = [int(p) for p in children.read_text().split()] if children.exists() else []
        run.send_signal(signal.SIGTERM)
        _, err = run.communicate(timeout=60)
        self.assertEqual(run.returncode, 105, err[-2000:])
        self.assertEqual([p for p in pids if Path(f"/proc/{p}").exists()], [])
        first = {f.name: f.read_bytes() for f in out.glob("results_*_b0.json")}
        self.assertEqual(len(first), 6)
        code, _, err = duet("run", plan, "--out", out)
        self.assertEqual(code, 0, err[-2000:])
        self.assertEqual(len(results(out)), 12)
        self.assertEqual({n: (out / n).read_bytes() for n in first}, first)


class Placement(unittest.TestCase):
    PROGRAMS = ("unified", "bff", "catalog", "inventory", "pricing", "reviews", "mongod", "loadgen")

    def seen_of(self, pid):
        """The name, CPUs, real-time or not, and niceness of a program; None for others."""
        try:
            status = dict(l.split(":", 1) for l in Path(f"/proc/{pid}/status").read_text().splitlines())
            name = status["Name"].strip()
            cpus = set()
            for part in status["Cpus_allowed_list"].strip().split(","):
                low, _, high = part.partition("-")
                cpus |= set(range(int(low), int(high or low) + 1))
            argv = Path(f"/proc/{pid}/cmdline").read_bytes()  # empty once it has ended and nobody has waited for it
            if name not in self.PROGRAMS or not argv or b"--version" in argv:
                return None
            return name, frozenset(cpus), os.sched_getscheduler(pid) == os.SCHED_RR, os.getpriority(os.PRIO_PROCESS, pid)
        except OSError:  # it ended meanwhile
            return None

    @unittest.skipUnless(Path("/proc/self/task").exists() and Path(f"/proc/self/task/{os.getpid()}/children").exists(),
                         "this kernel does not list children")
    def test_programs_run_where_their_results_say(self):
        arms = [{"id": "together", "architecture": "unified", "store": "memory"},
                {"id": "everywhere", "architecture": "microservices", "store": "memory", "placement": "2cpu"},
                {"id": "apart", "architecture": "unified", "store": "mongodb", "schema": "document", "placement": "db-apart"}]
        out, seen, ours = Path(tmp.name) / "placement", set(), os.getpriority(os.PRIO_PROCESS, 0)
        run = start("run", plan_file("placement", arms=arms), "--out", out, "--quiet")
        children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
        end = time.monotonic() + 300  # the first run of all makes MongoDB's data
        while run.poll() is None and time.monotonic() < end:
            if (out / "logs").exists():
                try:
                    pids = children.read_text().split()
                except OSError:
                    pids = []
                seen |= {self.seen_of(int(p)) for p in pids} - {None}
            time.sleep(0.01)
        _, err = run.communicate(timeout=60)
        self.assertEqual(run.returncode, 0, err[-2000:])
        cpus = sorted(os.sched_getaffinity(0))
        wanted, niceness = set(), lambda text: min(19, ours + int(text.removeprefix("nice +"))) if "nice" in text else ours
        for result in results(out).values():
            e = result["environment"]
            self.assertEqual(e["placement"], next(a for a in arms if a["id"] == result["scenario"]["arm"]).get("placement", "1cpu"))
            on = {k: frozenset(map(int, e[f"cpus_{k}"].split(","))) for k in ("server", "generator", "store") if e[f"cpus_{k}"] != "none"}
            for name in result["resources"]["server"]:
                side = "store" if name == "mongod" else "server"
                wanted.add((name, on[side], False, niceness(e[f"priority_{side}"])))
            wanted.add(("loadgen", on["generator"], e["priority_generator"].startswith("real-time"), ours))
            if result["scenario"]["arm"] == "everywhere":
                self.assertEqual(on["server"], frozenset(cpus))
                self.assertTrue(any("servers and generator share CPUs" in w for w in e["warnings"]))
            if result["scenario"]["arm"] == "apart":
                self.assertTrue(len(cpus) == 1 or not on["store"] & on["server"])
                self.assertEqual(any("the database shares CPUs with the generator" in w for w in e["warnings"]),
                                 len(cpus) in (2, 3))
        self.assertEqual(seen, wanted)
        report = (out / "REPORT.md").read_text()
        self.assertIn("## Where what ran", report)


class TcpClose(unittest.TestCase):
    ARMS = [{"id": "tcp", "architecture": "microservices", "store": "sqlite"},
            {"id": "tcp-close", "architecture": "microservices", "store": "sqlite", "rung": "tcp-close"}]

    def run_at(self, name, share):
        out = Path(tmp.name) / name
        load = {"of_slowest_capacity": share, "vus": 5, "warmup": "200ms", "duration": "1s"}
        return out, *duet("run", plan_file(name, arms=self.ARMS, levels=[], open=load), "--out", out)

    def test_a_rate_that_the_ports_do_not_bear_is_refused(self):
        out, code, _, err = self.run_at("too-fast", 0.9)
        self.assertEqual(code, 1, err[-2000:])
        self.assertRegex(err, r"tcp-close pdp: \d+ pages/s x 4 connections x 60 s hold \d+ local ports of \d+; lower")
        self.assertEqual(list(out.glob("results_*")), [])

    def test_it_takes_the_open_load_alone(self):
        out, code, _, err = self.run_at("slow-enough", 0.01)
        self.assertEqual(code, 0, err[-2000:])
        found = results(out)
        self.assertEqual(sorted(found), ["results_tcp-close_pdp_open_b0.json", "results_tcp_pdp_capacity_b0.json",
                                         "results_tcp_pdp_open_b0.json"])
        rates = {r["config"]["rate_rps"] for r in found.values() if r["scenario"]["kind"] == "open"}
        self.assertEqual(len(rates), 1)
        about = json.loads((out / "run.json").read_text())
        self.assertEqual(list(about["pilot"]["pdp"]), ["tcp"])
        report = (out / "REPORT.md").read_text()
        self.assertNotIn("This run is not complete", report)
        # a finished run is not begun again for the capacity that it never had
        self.assertIn("is complete", duet("run", plan_file("slow-enough", arms=self.ARMS, levels=[], open={
            "of_slowest_capacity": 0.01, "vus": 5, "warmup": "200ms", "duration": "1s"}), "--out", out)[2])


class Caches(unittest.TestCase):
    def test_a_cache_tells_its_hits_and_their_age(self):
        arms = [{"id": "plain", "architecture": "unified", "store": "memory"},
                {"id": "u-kept", "architecture": "unified", "store": "memory", "cache_ttl": "300ms"},
                {"id": "m-kept", "architecture": "microservices", "store": "memory", "cache_ttl": "300ms"}]
        out = Path(tmp.name) / "caches"
        code, _, err = duet("run", plan_file("caches", arms=arms, popularity="zipf:1"), "--out", out)
        self.assertEqual(code, 0, err[-2000:])
        for name, result in results(out).items():
            self.assertEqual(result["config"]["popularity"], "zipf:1", name)
            self.assertEqual("cache" in result, result["scenario"]["arm"] != "plain", name)
            if "cache" not in result:
                continue
            cache = result["cache"]
            self.assertEqual(cache["ttl_s"], 0.3)
            self.assertEqual(cache["hits"] + cache["misses"], result["requests"]["answered_all"], name)
            self.assertAlmostEqual(cache["hit_rate"], cache["hits"] / (cache["hits"] + cache["misses"]), places=9)
            if result["scenario"]["kind"] == "capacity":
                self.assertGreater(cache["hits"], 0, name)
                self.assertTrue(0 <= cache["age_mean_s"] <= cache["age_max_s"] < 0.3, cache)
        self.assertIn("## What came from caches", (out / "REPORT.md").read_text())


if __name__ == "__main__":
    runner.main()
