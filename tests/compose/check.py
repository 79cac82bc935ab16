"""Checks docker-compose.yml by its schema and by the rules of this project; argument: compose_spec.json."""
import json
import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "live"))
import jsonschema
import runner
import yaml

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads(Path(sys.argv.pop(1)).read_text())
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVERS = ("mongodb", "catalog", "inventory", "pricing", "reviews", "bff", "unified")


class Compose(unittest.TestCase):
    def test_schema(self):
        jsonschema.validate(COMPOSE, SCHEMA)

    def test_a_broken_file_is_refused(self):
        with self.assertRaises(jsonschema.ValidationError):
            jsonschema.validate({**COMPOSE, "services": {"x": {"image": 1}}}, SCHEMA)

    def test_services(self):
        self.assertEqual(set(COMPOSE["services"]), {*SERVERS, "seed"})
        for name in SERVERS:
            service = COMPOSE["services"][name]
            self.assertIn("healthcheck", service, name)
            self.assertIn("memory", service["deploy"]["resources"]["limits"], name)
        self.assertRegex(COMPOSE["services"]["mongodb"]["image"], r"^mongo:\d+\.\d+\.\d+$")

    def test_ports_are_published_on_loopback_only(self):
        for name, service in COMPOSE["services"].items():
            for port in service.get("ports", []):
                self.assertTrue(port.startswith("127.0.0.1:"), f"{name} {port}")

    def test_flags_are_known_to_the_programs(self):
        import os
        import subprocess
        build = ROOT / os.environ.get("DUET_BUILD", "build") / "bin"
        for name, service in COMPOSE["services"].items():
            if name == "mongodb":
                continue
            text = json.dumps(service.get("command", []))
            program = service["command"][0] if name != "seed" else "seed"
            known = subprocess.run([build / program, "--help"], capture_output=True, text=True).stdout
            for flag in re.findall(r"--[a-z-]+", text):
                self.assertIn(flag, known, name)

    def test_dockerfile(self):
        text = (ROOT / "Dockerfile").read_text()
        self.assertEqual(len(re.findall(r"^FROM debian:bookworm\S*", text, re.M)), 2, "multi-stage, Debian 12")
        self.assertNotRegex(text, r"OPT=|CFLAGS=", "the flags are the Makefile's")
        self.assertRegex(text, r"(?m)^USER ")


if __name__ == "__main__":
    runner.main()
