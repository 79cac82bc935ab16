"""Failures on live stacks: each service and the database stopped or frozen while pages are asked.

The rules (docs/ARCHITECTURE.md): a needed part that fails is 503 with Retry-After, within the hop's time-out; reviews are
optional, their absence is marked; what does not need the failed part is unharmed; all recovers by itself.
"""
import json
import signal
import sys
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "live"))
import runner
import stacks

PDP, HOME = "/api/products/p000007", "/api/home"
HOP_S = 2.0  # the BFF's hop time-out; every bound below is a multiple of it, since machines are slow at times


def setUpModule():
    global world, plp
    world = stacks.World()
    plp = next(t for t, _, _ in world.manifest if t.startswith("/api/categories/"))


def tearDownModule():
    world.close()


def ask(stack, target, timeout=15):
    client = stack.client(timeout)
    begin = time.monotonic()
    answer = client.get(target)
    client.close()
    return answer, time.monotonic() - begin


class Failures(unittest.TestCase):
    def stack(self, kind, **kw):
        stack = world.stack(kind, **kw)
        self.addCleanup(stack.stop)
        return stack

    def healthy(self, stack):
        for target in (HOME, plp, PDP):
            answer, _ = ask(stack, target)
            self.assertEqual(answer.status, 200, f"{target} {answer}")
            self.assertNotIn("x-duet-degraded", answer.headers, target)

    def recovers(self, stack, seconds=10):
        end = time.monotonic() + seconds
        while True:
            try:
                return self.healthy(stack)
            except (AssertionError, OSError):
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def expect_503(self, stack, target, within):
        answer, took = ask(stack, target)
        self.assertEqual(answer.status, 503, f"{target} {answer}")
        self.assertIn("retry-after", answer.headers)
        self.assertEqual(answer.headers["content-type"], "application/problem+json")
        self.assertLess(took, within, target)

    def expect_degraded(self, stack, target, within):
        answer, took = ask(stack, target)
        self.assertEqual(answer.status, 200, f"{target} {answer}")
        self.assertEqual(answer.headers.get("x-duet-degraded"), "reviews", target)
        body = json.loads(answer.body)
        ratings = [body["rating"]] if "rating" in body else [c["rating"] for c in body.get("products", body.get("featured"))]
        self.assertEqual(set(map(str, ratings)), {"None"})
        self.assertLess(took, within, target)

    def fail_service(self, service, how, back, kind="microservices-sqlite"):
        stack = self.stack(kind)
        self.healthy(stack)
        how(stack, service)
        bound = 2 * HOP_S + 1
        if service == "reviews":
            for target in (HOME, plp, PDP):
                self.expect_degraded(stack, target, bound)
            self.assertEqual(ask(stack, "/readyz")[0].status, 200)
        else:
            for target in (HOME, plp, PDP):
                self.expect_503(stack, target, bound)
            self.assertEqual(ask(stack, "/readyz")[0].status, 503)
        self.assertEqual(ask(stack, "/healthz")[0].status, 200)
        if service != "catalog":
            answer, _ = ask(stack, "/api/products/p999999")
            self.assertEqual(answer.status, 404, "catalog's 404 wins over another part's failure")
        back(stack, service)
        self.recovers(stack)

    @staticmethod
    def kill(stack, service):
        stack.processes[service].proc.kill()
        stack.processes[service].proc.wait()

    @staticmethod
    def freeze(stack, service):
        stack.processes[service].signal(signal.SIGSTOP)

    @staticmethod
    def thaw(stack, service):
        stack.processes[service].signal(signal.SIGCONT)

    def test_catalog_stopped(self):
        self.fail_service("catalog", self.kill, stacks.Stack.restart)

    def test_inventory_stopped(self):
        self.fail_service("inventory", self.kill, stacks.Stack.restart)

    def test_pricing_stopped(self):
        self.fail_service("pricing", self.kill, stacks.Stack.restart)

    def test_reviews_stopped(self):
        self.fail_service("reviews", self.kill, stacks.Stack.restart)

    def test_catalog_frozen(self):
        self.fail_service("catalog", self.freeze, self.thaw)

    def test_inventory_frozen(self):
        self.fail_service("inventory", self.freeze, self.thaw)

    def test_pricing_frozen(self):
        self.fail_service("pricing", self.freeze, self.thaw)

    def test_reviews_frozen(self):
        self.fail_service("reviews", self.freeze, self.thaw)

    def fail_services(self, services, how, back, kind):
        for service in services:
            with self.subTest(service=service):
                self.fail_service(service, how, back, kind)

    def test_services_stopped_over_evhttp(self):
        self.fail_services(stacks.SERVICES, self.kill, stacks.Stack.restart, "wire-evhttp")

    def test_services_frozen_over_evhttp(self):
        self.fail_services(("inventory", "reviews"), self.freeze, self.thaw, "wire-evhttp")

    def test_services_stopped_over_binary(self):
        self.fail_services(stacks.SERVICES, self.kill, stacks.Stack.restart, "wire-binary")

    def test_services_frozen_over_binary(self):
        self.fail_services(("inventory", "reviews"), self.freeze, self.thaw, "wire-binary")

    def test_requests_in_flight_when_a_service_freezes_all_end(self):
        for kind in ("microservices-sqlite", "wire-evhttp", "wire-binary"):
            with self.subTest(kind=kind):
                self.freeze_in_flight(kind)

    def freeze_in_flight(self, kind):
        """64 shoppers ask while inventory freezes and thaws: each gets an answer, and nothing but 200 or 503."""
        stack = self.stack(kind)
        statuses, stop = [], time.monotonic() + 4

        def shop(i):
            client = stack.client()
            while time.monotonic() < stop:
                statuses.append(client.get(f"/api/products/p{i + 1:06d}").status)
            client.close()

        shoppers = [threading.Thread(target=shop, args=(i,)) for i in range(64)]
        for t in shoppers:
            t.start()
        time.sleep(0.5)
        self.freeze(stack, "inventory")
        time.sleep(1.5)
        self.thaw(stack, "inventory")
        for t in shoppers:
            t.join(20)
        self.assertFalse(any(t.is_alive() for t in shoppers))
        self.assertEqual(set(statuses) - {200, 503}, set())
        self.recovers(stack)

    def database_fails(self, kind, freeze):
        stack = self.stack(kind)
        self.healthy(stack)
        mongod = world.mongod
        if freeze:
            mongod.process.signal(signal.SIGSTOP)
        else:
            mongod.process.proc.kill()
            mongod.process.proc.wait()
        try:
            for target in (HOME, plp, PDP):
                self.expect_503(stack, target, 2 * HOP_S + 1)
            self.assertEqual(ask(stack, "/healthz")[0].status, 200)
            self.assertEqual(ask(stack, "/api/products/nope")[0].status, 404, "malformed ids ask nobody")
        finally:
            if freeze:
                mongod.process.signal(signal.SIGCONT)
            else:
                mongod.process.log.close()
                mongod.start()
        self.recovers(stack, 20)

    def test_mongod_frozen_under_microservices(self):
        self.database_fails("microservices-mongodb", True)

    def test_mongod_stopped_under_microservices(self):
        self.database_fails("microservices-mongodb", False)

    def test_mongod_frozen_under_unified(self):
        self.database_fails("unified-mongodb", True)

    def test_mongod_stopped_under_unified(self):
        self.database_fails("unified-mongodb", False)

    def test_unified_on_sqlite_needs_nobody(self):
        stack = self.stack("unified-sqlite")
        world.mongod.process.signal(signal.SIGSTOP)
        try:
            self.healthy(stack)
        finally:
            world.mongod.process.signal(signal.SIGCONT)

    def test_sigterm_finishes_what_is_in_flight(self):
        for kind in ("unified-sqlite", "microservices-sqlite", "wire-evhttp", "wire-binary"):
            stack = self.stack(kind)
            answers, begin = [], threading.Barrier(17)

            def shop(i):
                client = stack.client()
                client.get(HOME)
                begin.wait()
                try:
                    while True:
                        answers.append(client._exchange(f"GET /api/products/p{i + 1:06d} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), False).status)
                except OSError:
                    pass  # closed between answers: the server has stopped

            shoppers = [threading.Thread(target=shop, args=(i,)) for i in range(16)]
            for t in shoppers:
                t.start()
            begin.wait()
            time.sleep(0.3)
            front = stack.processes.get("unified") or stack.processes["bff"]
            self.assertEqual(front.stop(), 0, kind)
            for t in shoppers:
                t.join(15)
            self.assertGreater(len(answers), 16)
            self.assertEqual(set(answers) - {200, 503}, set(), kind)


class BadInput(unittest.TestCase):
    """One clear line on stderr, a non-zero exit, nothing half-written."""

    def refused(self, argv, code, *words):
        import subprocess
        done = subprocess.run([str(a) for a in argv], cwd=stacks.ROOT, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, code, done)
        lines = done.stderr.strip().splitlines()
        self.assertTrue(any(all(w in l for w in words) for l in lines), f"{words} not in one line of {done.stderr!r}")
        return done

    def test_wrong_flags(self):
        for name in ("unified", "bff", "catalog", "inventory", "pricing", "reviews", "seed", "loadgen"):
            self.refused([stacks.BIN / name, "--nonsense"], 2, "--nonsense")
        self.refused([stacks.BIN / "unified", "--stor", "x"], 2, "--stor", "--store")
        self.refused([stacks.BIN / "unified", "--store", "memory:", "--threads", "zero"], 2, "threads", "zero")
        self.refused([stacks.BIN / "seed", "--products", "1201", "--manifest", world.dir / "m"], 2, "1201", "multiple of 8", "1200")

    def test_help_and_version(self):
        import subprocess
        for name in ("unified", "bff", "catalog", "inventory", "pricing", "reviews", "seed", "loadgen", "duet"):
            done = subprocess.run([stacks.BIN / name, "--help"], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), name)
            self.assertIn("--help", done.stdout)
            done = subprocess.run([stacks.BIN / name, "--version"], capture_output=True, text=True)
            self.assertRegex(done.stdout, rf"^{name} \d+\.\d+\.\d+")

    def test_port_that_is_taken(self):
        stack = world.stack("unified-sqlite")
        try:
            self.refused([stacks.BIN / "unified", "--listen", f"127.0.0.1:{stack.port}", "--store", world.sqlite["unified"]], 1, str(stack.port), "unified")
        finally:
            stack.stop()

    def test_store_that_was_not_seeded(self):
        self.refused([stacks.BIN / "unified", "--listen", "127.0.0.1:0", "--store", f"sqlite:{world.dir}/nothing.db"], 1, "nothing.db")
        self.assertFalse((world.dir / "nothing.db").exists())

    def test_store_of_another_service(self):
        self.refused([stacks.BIN / "pricing", "--listen", "127.0.0.1:0", "--store", world.sqlite["catalog"]], 1, "pricing")
        self.refused([stacks.BIN / "unified", "--listen", "127.0.0.1:0", "--store", world.sqlite["catalog"]], 1, "catalog.db")

    def test_store_that_is_down(self):
        uri = f"mongodb://127.0.0.1:{stacks.free_port()}/duet_unified"
        self.refused([stacks.BIN / "unified", "--listen", "127.0.0.1:0", "--store", uri], 1, "mongodb://127.0.0.1")

    def test_seed_refuses_what_is_not_ours(self):
        foreign = world.dir / "foreign.db"
        foreign.write_bytes(b"something that somebody needs")
        self.refused([stacks.BIN / "seed", "--store", f"sqlite:{foreign}"], 1, "foreign.db")
        self.assertEqual(foreign.read_bytes(), b"something that somebody needs")

    def test_seed_is_idempotent(self):
        before = Path(world.sqlite["unified"][7:]).stat().st_mtime_ns
        world.seed(world.sqlite["unified"])
        self.assertEqual(Path(world.sqlite["unified"][7:]).stat().st_mtime_ns, before)

    def test_devices_and_folders_are_not_replaced(self):
        import stat
        for target in ("/dev/null", world.dir):
            self.refused([stacks.BIN / "seed", "--store", "memory:?seed=42&products=8", "--dump", target], 1, str(target))
            self.refused([stacks.BIN / "seed", "--products", "8", "--manifest", target], 1, str(target))
        self.assertTrue(stat.S_ISCHR(Path("/dev/null").stat().st_mode))

    def test_full_disk(self):
        import subprocess
        full = world.dir / "full"
        full.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", full], capture_output=True).returncode:
            self.skipTest("no right to mount a small file system")
        try:
            self.refused([stacks.BIN / "seed", "--store", "memory:?seed=42&products=1200", "--dump", full / "dump"], 1, "full/dump", "No space left")
            self.refused([stacks.BIN / "seed", "--manifest", full / "manifest"], 1, "full/manifest", "No space left")
            self.refused([stacks.BIN / "seed", "--store", f"sqlite:{full}/shop.db"], 1, "shop.db", "full")
            self.assertEqual(list(full.iterdir()), [], "nothing half-written")
        finally:
            subprocess.run(["umount", full], check=True)


if __name__ == "__main__":
    runner.main()
