"""Parity on live stacks: five stacks and the rungs between them, one contract, the same bytes.

Each stack is compared with the manifest (computed from the seed alone), with the table of odd requests, and with the
others, method by method. Live answers are validated against docs/openapi.yaml.
"""
import hashlib
import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "live"))
import jsonschema
import odd_requests
import runner
import stacks
import yaml

KINDS = ("unified-sqlite", "unified-mongodb", "unified-mongodb-split", "microservices-mongodb", "microservices-sqlite")
RUNGS = tuple(stacks.RUNGS)
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW")


def setUpModule():
    global world, live, everyone
    world = stacks.World()
    live, everyone = {}, {}
    try:
        for kind in KINDS + RUNGS:
            everyone[kind] = world.stack(kind)
            if kind in KINDS:
                live[kind] = everyone[kind]
    except Exception:
        tearDownModule()
        raise


def tearDownModule():
    codes = {kind: stack.stop() for kind, stack in everyone.items()}
    world.close()
    bad = {k: c for k, c in codes.items() if any(c.values())}
    assert not bad, f"servers did not end with 0 on SIGTERM: {bad}"


class Parity(unittest.TestCase):
    maxDiff = 2000

    def category(self):
        target = next(t for t, _, _ in world.manifest if t.startswith("/api/categories/"))
        return target.split("/")[3].split("?")[0]

    def test_manifest_is_whole(self):
        kinds = [t.split("/")[2].split("?")[0] for t, _, _ in world.manifest]
        self.assertEqual(kinds.count("home"), 1)
        self.assertEqual(kinds.count("categories"), 8 * 4)
        self.assertEqual(kinds.count("products"), 1200)

    def test_every_page_equals_the_manifest(self):
        digests = {}
        for kind, stack in everyone.items():
            client, answered = stack.client(), hashlib.sha256()
            for target, length, sha in world.manifest:
                answer = client.get(target)
                got = (answer.status, len(answer.body), hashlib.sha256(answer.body).hexdigest())
                self.assertEqual(got, (200, length, sha), f"{kind} {target}: {answer}")
                self.assertEqual(answer.headers["content-type"], "application/json", target)
                answered.update(f"{target} {got[1]} {got[2]}\n".encode())
            client.close()
            digests[kind] = answered.hexdigest()
        self.assertEqual(len(set(digests.values())), 1, digests)

    def test_cached_answers_are_the_same(self):
        """Every page twice from the stacks that keep answers: asked for once at most, with equal headers."""
        for kind in ("cached", "cached-unified"):
            stack = everyone[kind]
            read = lambda name: stacks.metric(stack.port, name)
            client, hits = stack.client(), read("page_cache_hits_total")
            for target, length, sha in world.manifest:
                answers = [client.get(target) for _ in range(2)]
                for answer in answers:
                    got = (answer.status, len(answer.body), hashlib.sha256(answer.body).hexdigest())
                    self.assertEqual(got, (200, length, sha), f"{kind} {target}: {answer}")
                first, second = ({k: v for k, v in a.headers.items() if k != "date"} for a in answers)
                self.assertEqual(first, second, f"{kind} {target}")
            client.close()
            self.assertGreaterEqual(read("page_cache_hits_total") - hits, len(world.manifest), kind)
            self.assertEqual(read("page_cache_entries"), len(world.manifest), kind)
            self.assertEqual(read("page_cache_evicted_total"), 0, kind)
        for kind in ("unified-sqlite", "microservices-sqlite"):
            client = live[kind].client()
            self.assertNotIn(b"page_cache", client.get("/metrics").body, kind)
            client.close()

    def test_no_page_number_is_page_1(self):
        c = self.category()
        for kind, stack in live.items():
            client = stack.client()
            self.assertEqual(client.get(f"/api/categories/{c}").body, client.get(f"/api/categories/{c}?page=1").body, kind)
            client.close()

    def test_odd_requests(self):
        rows = odd_requests.table(self.category())
        self.assertGreaterEqual(len(rows), 100)
        for target, status in rows:
            answers = {}
            for kind, stack in everyone.items():
                client = stack.client()
                answers[kind] = client.get(target)
                client.close()
            first = answers[KINDS[0]]
            with self.subTest(target=target):
                self.assertEqual(first.status, status, first)
                for kind, answer in answers.items():
                    self.assertEqual(answer.key(), first.key(), kind)
                if status >= 400:
                    self.assertEqual(first.headers["content-type"], "application/problem+json")
                    self.assertEqual(json.loads(first.body)["status"], status)

    def test_every_method_on_each_route(self):
        targets = ["/api/home", f"/api/categories/{self.category()}?page=1", "/api/products/p000001",
                   "/api/products/p999999", "/nope"]
        for target in targets:
            for method in METHODS:
                answers = {}
                for kind, stack in everyone.items():
                    client = stack.client()
                    answers[kind] = client.get(target, method)
                    client.close()
                first = answers[KINDS[0]]
                with self.subTest(target=target, method=method):
                    for kind, answer in answers.items():
                        self.assertEqual(answer.key(), first.key(), kind)
                        self.assertEqual(answer.headers.get("allow"), first.headers.get("allow"), kind)
                        self.assertEqual(answer.headers.get("content-length"), first.headers.get("content-length"), kind)
                    if method == "HEAD":
                        client = live[KINDS[0]].client()
                        get = client.get(target)
                        client.close()
                        self.assertEqual(first.status, get.status)
                        self.assertEqual(first.headers["content-length"], str(len(get.body)))
                    elif method == "OPTIONS" and target.startswith("/api/"):
                        self.assertEqual((first.status, first.headers["allow"]), (204, "GET, HEAD, OPTIONS"))
                    elif method not in ("GET", "OPTIONS") and target.startswith("/api/"):
                        self.assertEqual((first.status, first.headers["allow"]), (405, "GET, HEAD, OPTIONS"))

    def test_rejected_before_routing(self):
        for name, request, allowed in odd_requests.early("127.0.0.1"):
            with self.subTest(name=name):
                statuses = {}
                for kind, stack in live.items():
                    client = stack.client()
                    statuses[kind] = client.raw(request).status
                    client.close()
                self.assertTrue(set(statuses.values()) <= allowed, statuses)
                self.assertEqual(len(set(statuses.values())), 1, statuses)

    def test_answers_match_openapi(self):
        spec = yaml.safe_load((stacks.ROOT / "docs/openapi.yaml").read_text())
        routes = {"/api/home": "/api/home", "/api/categories/": "/api/categories/{category}", "/api/products/": "/api/products/{id}"}
        checked = 0

        def validate(path, answer):
            described = spec["paths"][path]["get"]["responses"][str(answer.status)]
            if "$ref" in described:
                described = spec["components"]["responses"][described["$ref"].rsplit("/", 1)[1]]
            schema = described["content"][answer.headers["content-type"]]["schema"]
            jsonschema.Draft202012Validator({**schema, "components": spec["components"]}).validate(json.loads(answer.body))

        for stack in (live["unified-sqlite"], live["microservices-mongodb"]):
            client = stack.client()
            for target, _, _ in world.manifest:
                prefix = next(p for p in routes if target.startswith(p))
                validate(routes[prefix], client.get(target))
                checked += 1
            for target, prefix in (("/api/products/p999999", "/api/products/"), ("/api/categories/nope", "/api/categories/"),
                                   (f"/api/categories/{self.category()}?page=x", "/api/categories/")):
                validate(routes[prefix], client.get(target))
                checked += 1
            client.close()
        self.assertEqual(checked, 2 * (1233 + 3))

    def test_per_process_routes(self):
        for kind, stack in live.items():
            client = stack.client()
            self.assertEqual(client.get("/healthz").status, 200, kind)
            self.assertEqual(client.get("/readyz").status, 200, kind)
            metrics = client.get("/metrics")
            self.assertTrue(metrics.headers["content-type"].startswith("application/openmetrics-text"), metrics)
            self.assertTrue(metrics.body.endswith(b"# EOF\n"))
            client.close()

    def test_server_counts_what_it_answers(self):
        for kind, stack in live.items():
            before = stacks.metric(stack.port, "http_requests_total", route="pdp", status="200")
            client = stack.client()
            for _ in range(25):
                client.get("/api/products/p000007")
            client.close()
            after = stacks.metric(stack.port, "http_requests_total", route="pdp", status="200")
            self.assertEqual(after - before, 25, kind)

    def test_server_timing_only_when_asked_for(self):
        for kind, stack in live.items():
            client = stack.client()
            self.assertNotIn("server-timing", client.get("/api/products/p000007").headers, kind)
            timed = client.get("/api/products/p000007", headers=["X-Duet-Timing: 1"])
            stretch = "store" if kind.startswith("unified") else "merge"
            self.assertIn(f"{stretch};dur=", timed.headers["server-timing"], kind)
            self.assertEqual(timed.body, client.get("/api/products/p000007").body)
            client.close()

    def test_dumps_have_one_hash(self):
        def dump(*uris):
            argv = [stacks.BIN / "seed", "--dump", world.dir / "dump.jsonl"]
            for uri in uris:
                argv += ["--store", uri]
            lines = dict(line.split() for line in stacks.run(argv).stdout.splitlines())
            return lines["all"], hashlib.sha256((world.dir / "dump.jsonl").read_bytes()).hexdigest()

        dumps = {
            "memory": dump(f"memory:?seed={stacks.SEED}&products={stacks.PRODUCTS}"),
            "sqlite": dump(world.sqlite["unified"]),
            "sqlite x 4": dump(*[world.sqlite[s] for s in stacks.SERVICES]),
            "mongodb document": dump(world.mongo["unified"]),
            "mongodb split": dump(world.mongo["split"]),
            "mongodb x 4": dump(*[world.mongo[s] for s in stacks.SERVICES]),
        }
        self.assertEqual(len(set(dumps.values())), 1, dumps)


if __name__ == "__main__":
    runner.main()
