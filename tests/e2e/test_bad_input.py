"""Bad input at every program: one clear line that names the input and the mend, a non-zero exit, nothing half-written."""
import json
import os
import re
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "live"))
import runner
import stacks

BIN = stacks.BIN
PLAN = {
    "id": "bad", "seed": 7, "data_seed": 42, "products": 1200, "blocks": 1, "pages": ["pdp"],
    "arms": [{"id": "unified", "architecture": "unified", "store": "sqlite"}],
    "think": "1s", "levels": [{"vus": 20, "warmup": "200ms", "duration": "300ms"}], "sweep": True,
}
HARD_FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def setUpModule():
    global tmp, work, data, taken, holder, free, env
    tmp = tempfile.TemporaryDirectory(prefix="duet-bad-")
    work, data = Path(tmp.name) / "work", Path(tmp.name) / "data"
    work.mkdir()
    data.mkdir()
    stacks.run([BIN / "seed", "--store", f"sqlite:{data}/unified.db", "--manifest", data / "manifest"])
    stacks.run([BIN / "seed", "--store", f"sqlite:{data}/pricing.db", "--service", "pricing"])
    with sqlite3.connect(data / "other.db") as other:
        other.execute("create table t(x)")
    other.close()
    (data / "text").write_text("no database\n")
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    holder.listen()
    taken, free = holder.getsockname()[1], stacks.free_port()
    env = dict(os.environ, DUET_BIN=str(BIN), DUET_PORT_BASE=str(stacks.free_port()), DUET_DATA_DIR=str(Path(tmp.name) / "shop"))
    env["DUET_PORT_BASE"] = str(min(int(env["DUET_PORT_BASE"]), 64900))


def tearDownModule():
    holder.close()
    tmp.cleanup()


def plan_file(name, **changes):
    path = Path(tmp.name) / f"{name}.json"
    path.write_text(json.dumps({**PLAN, "id": name, **changes}))
    return path


def files_limit(soft, hard=None):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard or soft))


def call(argv, files=None, timeout=60, **more):
    return subprocess.run([str(a) for a in argv], cwd=stacks.ROOT, env=dict(env, **more), capture_output=True, text=True,
                          timeout=timeout, stdin=subprocess.DEVNULL, preexec_fn=files)


class BadInput(unittest.TestCase):
    def refused(self, code, words, argv, **how):
        """One line on stderr (of the words), nothing on stdout, no new file."""
        before = sorted(work.rglob("*"))
        with self.subTest(" ".join(map(str, argv))):
            done = call(argv, **how)
            lines = done.stderr.splitlines()
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertEqual(len(lines), 1, done.stderr)
            for word in words:
                self.assertIn(word, lines[0])
            self.assertEqual(done.stdout, "")
            self.assertEqual(sorted(work.rglob("*")), before)

    def test_flags(self):
        load = [BIN / "loadgen", "--urls", data / "manifest"]
        url = f"http://127.0.0.1:{free}"
        for code, words, argv in (
            (2, ["--listn", "--listen"], [BIN / "unified", "--listn", "x"]),
            (2, ["--catalg", "--catalog"], [BIN / "bff", "--catalg", "x"]),
            (2, ["--stor", "--store"], [BIN / "pricing", "--stor", "x"]),
            (2, ["--vuss", "--vus"], [*load, "--vuss", "3", url]),
            (2, ["--page pd", "home, plp, pdp"], [*load, "--page", "pd", url]),
            (2, ["--duration 1", "10s"], [*load, "--page", "pdp", "-d", "1", url]),
            (2, ["--produkts", "--products"], [BIN / "seed", "--produkts", "8"]),
            (2, ["1201", "multiple of 8", "1200"], [BIN / "seed", "--products", "1201", "--manifest", work / "m"]),
            (2, ["--service catalogue", "catalog"], [BIN / "seed", "--service", "catalogue", "--store", f"sqlite:{work}/a.db"]),
            (2, ["--cache-ttl 1:", "10s"], [BIN / "unified", "--store", "memory:", "--cache-ttl", "1"]),
            (2, ["--cache-ttl 2h:", "3600s"], [BIN / "bff", "--cache-ttl", "2h"]),
            (2, ["--cache-ttl", "--precomputed"], [BIN / "unified", "--store", "memory:", "--cache-ttl", "1s", "--precomputed"]),
            (2, ["nothing to do"], [BIN / "seed"]),
            (2, ["rnu", "run"], [BIN / "duet", "rnu"]),
            (2, ["--ot", "--out"], [BIN / "duet", "run", "x", "--ot", "y"]),
            (2, ["PLAN must be given"], [BIN / "duet", "run"]),
            (2, ["give http://HOST:PORT"], [BIN / "bff", "--listen", f"127.0.0.1:{free}", "--catalog", "foo"]),
        ):
            self.refused(code, words, argv)

    def test_plans(self):
        broken = Path(tmp.name) / "broken.json"
        broken.write_text('{"id": ')
        arm = PLAN["arms"][0]
        for words, path in (
            (["none.json", "No such file", "runner/plans/"], Path(tmp.name) / "none.json"),
            (["cannot be read", "directory"], Path(tmp.name)),
            (["broken.json", "line 1"], broken),
            (["blockz", "blocks"], plan_file("key", blockz=1)),
            (["arms[0]", "coalesc", "coalesce"], plan_file("arm-key", arms=[dict(arm, coalesc=1)])),
            (["unifed", "unified"], plan_file("arm", arms=[dict(arm, architecture="unifed")])),
            (["sqlit", "sqlite"], plan_file("store", arms=[dict(arm, store="sqlit")])),
            (["hom", "home"], plan_file("page", pages=["hom"])),
            (["taken by arms[0]"], plan_file("twice", arms=[arm, arm])),
            (["multiple of 8"], plan_file("products", products=1201)),
        ):
            self.refused(1, words, [BIN / "duet", "run", path, "--out", work / "never"])

    def test_stores(self):
        down, listen = f"mongodb://127.0.0.1:{free}/duet_catalog", ["--listen", "127.0.0.1:0"]
        gone = f"sqlite:{work}/none.db"
        for words, argv in (
            ([str(free), "mend: start mongod"], [BIN / "catalog", *listen, "--store", down]),
            ([str(free), "mend: start mongod"], [BIN / "unified", *listen, "--store", down]),
            ([str(free), "mend: start mongod"], [BIN / "seed", "--store", down]),
            (["there is no such file", "make data"], [BIN / "unified", *listen, "--store", gone]),
            (["there is no such file", "make data"], [BIN / "reviews", *listen, "--store", gone]),
            (["unknown scheme", "sqlite:PATH"], [BIN / "unified", *listen, "--store", f"sqlit:{work}/a.db"]),
            (["no Duet database (file is not a database)"], [BIN / "unified", *listen, "--store", f"sqlite:{data}/text"]),
            (["no Duet database (file is not a database)"], [BIN / "unified", *listen, "--store", f"sqlite:{data}/other.db"]),
            (["is left alone"], [BIN / "seed", "--store", f"sqlite:{data}/other.db"]),
            (["holds no catalog data"], [BIN / "unified", *listen, "--store", f"sqlite:{data}/pricing.db"]),
            (["holds no catalog data", "--service catalog"], [BIN / "catalog", *listen, "--store", f"sqlite:{data}/pricing.db"]),
        ):
            self.refused(1, words, argv)

    def test_files_that_cannot_be_read_or_written(self):
        load = [BIN / "loadgen", "--page", "pdp", "-u", "2", "-d", "30s"]
        url = f"http://127.0.0.1:{free}"
        for words, argv in (
            (["none", "make data"], [*load, "--urls", data / "none", url]),
            (["unified.db", "make data"], [*load, "--urls", data / "unified.db", url]),
            # found before the load, not after
            (["/none/out.json", "No such file"], [*load, "--urls", data / "manifest", "-o", work / "none/out.json", url]),
            (["/dev/full", "not a regular file"], [*load, "--urls", data / "manifest", "-o", "/dev/full", url]),
            (["/none/m", "No such file"], [BIN / "seed", "--manifest", work / "none/m"]),
            (["/none/a.db", "is the folder there"], [BIN / "seed", "--store", f"sqlite:{work}/none/a.db"]),
            (["No such file"], [BIN / "seed", "--store", f"sqlite:{data}/unified.db", "--dump", work / "none/dump"]),
            (["is it a run folder?"], [BIN / "duet", "report", data]),
            (["No such file"], [BIN / "duet", "report", work / "none"]),
        ):
            self.refused(1, words, argv)

    def test_a_port_that_is_taken_names_its_owner(self):
        owner, store = f"pid {os.getpid()}", f"sqlite:{data}/unified.db"
        upstreams = [w for s in stacks.SERVICES for w in (f"--{s}", f"http://127.0.0.1:{free}")]
        for argv in (
            [BIN / "unified", "--listen", f"127.0.0.1:{taken}", "--store", store],
            [BIN / "unified", "--listen", f"127.0.0.1:{taken}", "--store", store, "--threads", "2"],
            [BIN / "catalog", "--listen", f"127.0.0.1:{taken}", "--store", store],
            [BIN / "bff", "--listen", f"127.0.0.1:{taken}", *upstreams],
        ):
            self.refused(1, [str(taken), owner, "--listen"], argv)
        self.refused(1, [f"port {taken} is taken by {os.getpid()} ("], ["scripts/mongod.sh", "prepare", tmp.name + "/mongo", taken])

    def test_a_taken_port_stops_a_run(self):
        done = call([BIN / "duet", "run", plan_file("port"), "--out", Path(tmp.name) / "port"], DUET_PORT_BASE=str(taken))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr.splitlines()[-1], rf"port {taken}, needed by unified, is taken by pid {os.getpid()}\b.*DUET_PORT_BASE")
        self.assertEqual(list((Path(tmp.name) / "port").glob("results_*")), [])

    def test_too_few_files(self):
        store = f"sqlite:{data}/unified.db"
        load = [BIN / "loadgen", "--page", "pdp", "--urls", data / "manifest", "-u", "2000", f"http://127.0.0.1:{free}"]
        self.refused(1, ["2000 VUs need", "hard limit is 256", "raise it"], load, files=files_limit(256))
        many = plan_file("files", levels=[dict(PLAN["levels"][0], vus=2000)])
        self.refused(1, ["needs 3024", "hard limit is 256", "raise it"], [BIN / "duet", "run", many, "--out", work / "never"],
                     files=files_limit(256))
        for program in ("unified", "catalog"):
            self.refused(1, ["only 40 files", "ulimit -n"], [BIN / program, "--listen", "127.0.0.1:0", "--store", store],
                         files=files_limit(40))
        self.refused(1, ["only 40 files", "ulimit -n"], [BIN / "bff", "--listen", "127.0.0.1:0"], files=files_limit(40))

    def started(self, name, files):
        """Standard error of a server that was let start and then stopped, and its limit of open files."""
        argv = {"bff": [], "catalog": ["--store", f"sqlite:{data}/unified.db"], "unified": ["--store", f"sqlite:{data}/unified.db"]}
        port = stacks.free_port()
        proc = subprocess.Popen([BIN / name, "--listen", f"127.0.0.1:{port}", *argv[name]], stderr=subprocess.PIPE, text=True,
                                preexec_fn=files)
        try:
            stacks.wait_ready(port, path="/healthz")
            limits = Path(f"/proc/{proc.pid}/limits").read_text()
        finally:
            proc.terminate()
            said = proc.communicate(timeout=30)[1]
        return said, int(re.search(r"Max open files +(\d+)", limits)[1])

    def test_servers_raise_the_limit_or_say_so(self):
        for name in ("unified", "bff", "catalog"):
            with self.subTest(name):
                said, soft = self.started(name, files_limit(128, HARD_FILES))
                self.assertEqual(soft, HARD_FILES)
                if HARD_FILES > 17000:
                    self.assertNotIn("few_files", said)
                said, soft = self.started(name, files_limit(256))
                self.assertRegex(said, r"few_files limit=256 wanted=\d+ mend=\"raise `ulimit -n`")

    @unittest.skipIf(0 < HARD_FILES < 4096, "the hard limit of open files is below 4096")
    def test_a_run_raises_the_soft_limit(self):
        out = Path(tmp.name) / "raised"
        plan = plan_file("raised", levels=[{"vus": 2000, "warmup": "1s", "duration": "1s"}])
        done = call([BIN / "duet", "run", plan, "--out", out], files=files_limit(128, HARD_FILES), timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        result = json.loads((out / "results_unified_pdp_2000_b0.json").read_text())
        self.assertEqual(sum(result["requests"]["errors"].values()), 0)

    def test_another_data_set_is_made_again_and_a_changed_one_is_refused(self):
        shop = Path(env["DUET_DATA_DIR"])
        plan = plan_file("data")
        done = call([BIN / "duet", "run", plan, "--out", Path(tmp.name) / "data-run"])
        self.assertEqual(done.returncode, 0, done.stderr)
        for name in shop.glob("unified.db*"):
            name.unlink()
        stacks.run([BIN / "seed", "--seed", "43", "--store", f"sqlite:{shop}/unified.db"])
        done = call([BIN / "duet", "run", plan, "--out", Path(tmp.name) / "other-seed"])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"seeding sqlite:{shop}/unified.db", done.stderr)
        db = sqlite3.connect(shop / "unified.db")
        tables = [r[0] for r in db.execute("select name from sqlite_master where sql like '%brand%' and type = 'table'")]
        for table in tables:
            db.execute(f"update {table} set brand = 'X' where rowid in (select rowid from {table} limit 1)")
        db.commit()
        db.close()
        out = Path(tmp.name) / "changed"
        done = call([BIN / "duet", "run", plan, "--out", out])
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr.splitlines()[-1], r"^duet: parity: .*otherwise than the manifest.*remove")
        self.assertEqual(list(out.glob("results_*")) + list(out.glob("REPORT*")), [])
        shutil.rmtree(shop)


class FullDisk(unittest.TestCase):
    """On a memory disk of its own, in a mount namespace that ends with the command."""

    def setUp(self):
        self.own = ["unshare", "--mount", "--kill-child", "--fork"] if os.geteuid() == 0 else [
            "unshare", "--map-root-user", "--mount", "--kill-child", "--fork"]
        self.at = Path(tmp.name) / f"disk-{self.id().rsplit('.', 1)[1]}"
        self.at.mkdir()
        if call([*self.own, "mount", "-t", "tmpfs", "tmpfs", self.at]).returncode:
            self.skipTest("no mount namespace of one's own here")

    def on_disk(self, size, script):
        """stdout: what the script prints; then "-- " and the files left, but the filler."""
        return call([*self.own, "bash", "-c", f"mount -t tmpfs -o size={size} tmpfs {self.at}; cd {self.at}; {script}; "
                     f"echo \"exit $?\"; rm -f filler; find . -type f -o -type d ! -name . | sort | tr '\\n' ' '"])

    def full(self, words, *argv):
        with self.subTest(" ".join(map(str, argv))):
            command = " ".join(str(a) for a in argv)
            done = self.on_disk("1m", f"head -c 2000000 /dev/zero >filler 2>/dev/null; cd {stacks.ROOT}; {command}; code=$?; cd {self.at}; (exit $code)")
            lines = done.stderr.splitlines()
            self.assertEqual(done.stdout.splitlines()[0], "exit 1", done.stderr)
            self.assertEqual(done.stdout.splitlines()[1:], [], "nothing is left")
            for word in words:
                self.assertIn(word, lines[-1])

    def test_nothing_is_left_on_a_full_disk(self):
        for words, argv in (
            (["disk is full"], [BIN / "seed", "--store", f"sqlite:{self.at}/a.db"]),
            (["No space left"], [BIN / "seed", "--manifest", self.at / "m"]),
            (["No space left"], [BIN / "seed", "--store", f"sqlite:{data}/unified.db", "--dump", self.at / "dump"]),
            (["MB free, a run needs 64; free some disk space"],
             [BIN / "duet", "run", plan_file("full"), "--out", self.at / "run"]),
            (["MB free, the data needs 83; free some disk space"],
             ["env", f"DUET_DATA_DIR={self.at}", BIN / "duet", "run", plan_file("full2"), "--out", work / "never"]),
        ):
            self.full(words, *argv)
        self.assertFalse((work / "never").exists())

    def test_a_result_that_does_not_fit(self):
        port = stacks.free_port()
        server = stacks.Process("unified", [BIN / "unified", "--listen", f"127.0.0.1:{port}", "--store", f"sqlite:{data}/unified.db"], tmp.name)
        try:
            stacks.wait_ready(port, server)
            self.full(["cannot", "out.json", "No space left"], BIN / "loadgen", "--page", "pdp", "--urls", data / "manifest", "-u", "2",
                      "-d", "200ms", "--warmup", "0s", "--think", "10ms", "--no-progress", "--format", "json", "-o", self.at / "out.json",
                      f"http://127.0.0.1:{port} >/dev/null")
        finally:
            server.stop()

    def test_a_disk_that_fills_up_during_a_run(self):
        """What a full disk still takes is whole; the rest is not there, and one line says why."""
        # The kernel counts a tmpfs's pages by CPU and calls it full a little early, hence the small writes on each of them.
        fill = ("head -c 95000000 /dev/zero >filler 2>/dev/null; for cpu in $(seq 0 $(($(nproc) - 1))) 0; do "
                "taskset -c $cpu dd if=/dev/zero bs=4096 count=1000 >>filler 2>/dev/null; done; ")
        plan = plan_file("fills", levels=[{"vus": 20, "warmup": "1s", "duration": "2s"}])
        done = self.on_disk("90m", f"(cd {stacks.ROOT}; exec {BIN}/duet run {plan} --out {self.at}/run) & "
                            "for i in $(seq 300); do [ -e run/logs/unified_unified.log ] && break; sleep 0.1; done; "
                            f"{fill} wait $!; code=$?; "
                            "/usr/bin/python3 -c 'import glob, json; [json.load(open(f)) for f in glob.glob(\"run/*.json\")]' || code=torn; (exit $code)")
        self.assertEqual(done.stdout.splitlines()[0], "exit 1", done.stderr)
        self.assertRegex(done.stderr.splitlines()[-1], r"^duet: .*(No space left on device|MB free, a result needs 1; free)")
        left = done.stdout.splitlines()[1].split()
        self.assertNotIn("./run/report.html", left)
        self.assertLessEqual(set(left), {"./run", "./run/logs", "./run/plan.json", "./run/run.json", "./run/logs/loadgen.log",
                                         "./run/logs/unified_unified.log", "./run/results_unified_pdp_20_b0.json", "./run/REPORT.md",
                                         "./run/report.json"})


if __name__ == "__main__":
    runner.main()
