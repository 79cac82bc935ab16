"""What is seen while a load runs: a live line on a terminal, plain lines elsewhere, nothing with --quiet."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "live"))
import runner
import stacks

BLOCKS = "▁▂▃▄▅▆▇█"
RED = "\x1b[31m"


def setUpModule():
    global tmp, server, manifest
    tmp = tempfile.TemporaryDirectory(prefix="duet-live-view-")
    manifest = Path(tmp.name) / "manifest"
    stacks.run([stacks.BIN / "seed", "--products", 80, "--manifest", manifest])
    server = stacks.Stack("view", tmp.name).unified("memory:?seed=42&products=80")


def tearDownModule():
    server.stop()
    tmp.cleanup()


def command(*more, port=None, seconds=3):
    return [stacks.BIN / "loadgen", "--urls", manifest, "-u", "8", "--think", "5ms", "-d", f"{seconds}s", "--warmup", "500ms", *more,
            f"http://127.0.0.1:{port or server.port}"]


def environment(**changes):
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM", "LC_ALL", "LC_CTYPE", "LANG")}
    return {**env, "TERM": "xterm", "LANG": "C.UTF-8", **changes}


def on_terminal(argv, columns=140, **changes):
    """The exit code and what a terminal of so many columns is sent on stderr."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=slave, env=environment(**changes)) as process:
        os.close(slave)
        seen = b""
        while True:
            try:
                more = os.read(master, 65536)
            except OSError:  # the other end is closed
                break
            if not more:
                break
            seen += more
        os.close(master)
        return process.wait(60), seen.decode()


def shown(seen):
    """The live lines as a reader sees them."""
    return [re.sub(r"\x1b\[[0-9;]*[mK]", "", line) for line in seen.replace("\r\n", "").split("\r") if line]


LINE = re.compile(r"^\[(#*\.*)\] +(\d+) % (\d\d:\d\d), (\d\d:\d\d) left  (\d+)/s  p50 (\S+ ms|-), p95 (\S+ ms|-)  (\d+) failed(?:  (.*))?$")


class LiveView(unittest.TestCase):
    def test_a_terminal_gets_one_live_line(self):
        code, seen = on_terminal(command())
        self.assertEqual(code, 0)
        self.assertEqual(seen.count("\n"), 1, "one line that rewrites itself")
        lines = [LINE.match(line) for line in shown(seen)]
        self.assertTrue(lines and all(lines), seen)
        self.assertGreater(len(lines), 10, "five a second")
        shares = [int(m[2]) for m in lines]
        self.assertEqual(shares, sorted(shares))
        self.assertTrue(all(len(m[1]) == 20 for m in lines))
        self.assertEqual([lines[0][4], lines[-1][4]], ["00:03", "00:00"], "time left")
        last = lines[-2]
        self.assertGreater(int(last[5]), 100)
        p50, p95 = (float(last[i].removesuffix(" ms")) for i in (6, 7))
        self.assertTrue(0 < p50 <= p95)
        self.assertRegex(lines[-1][9], f"^[{BLOCKS}]{{3}}$", "a spark a second")
        self.assertNotIn(RED, seen, "nothing failed")

    def test_failures_are_red_unless_no_color(self):
        argv = command(port=stacks.free_port(), seconds=1)
        code, seen = on_terminal(argv)
        self.assertEqual(code, 1)
        self.assertIn(RED, seen)
        code, seen = on_terminal(argv, NO_COLOR="1")
        self.assertNotIn("\x1b[3", seen)
        self.assertIn("failed", seen)

    def test_narrow_and_plain_terminals(self):
        _, seen = on_terminal(command(seconds=1), columns=60)
        self.assertTrue(all(len(line) < 60 for line in shown(seen)), seen)
        _, seen = on_terminal(command(seconds=2), LANG="C")
        self.assertTrue(seen.isascii() and LINE.match(shown(seen)[-1]), seen)
        _, seen = on_terminal(command(seconds=1), TERM="dumb")
        self.assertNotIn("\x1b", seen)
        self.assertNotIn("[#", seen)

    def test_a_pipe_gets_plain_lines(self):
        done = subprocess.run(command(seconds=6), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment(), timeout=60)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 2, "one in 5 s, one at the end")
        for line in lines:
            self.assertRegex(line, r"^loadgen: +\d+ % \d\d:\d\d, \d\d:\d\d left  \d+/s  p50 \S+ ms, p95 \S+ ms  0 failed$")

    def test_quiet_is_quiet(self):
        out = Path(tmp.name) / "quiet.json"
        code, seen = on_terminal(command("--quiet", "-o", out, seconds=1))
        self.assertEqual((code, seen, out.exists()), (0, "", True))
        done = subprocess.run(command("--quiet", "-o", out, seconds=1), capture_output=True, env=environment(), timeout=60)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))

    def test_figures_for_a_program(self):
        reader, writer = os.pipe()
        argv = command("--quiet", "--control-live", "--control-fd", str(writer))
        with subprocess.Popen(argv, pass_fds=[writer]) as process:
            os.close(writer)
            with os.fdopen(reader) as control:
                lines = control.read().splitlines()
            self.assertEqual(process.wait(60), 0)
        live = [list(map(float, line.split()[1:])) for line in lines if line.startswith("live ")]
        self.assertIn(len(live), (3, 4, 5), lines)
        for rps, p50, p95, spark, failed in live:
            self.assertTrue(rps > 100 and failed == 0 and spark > 0, lines)
        self.assertTrue(0 < live[-1][1] <= live[-1][2])


if __name__ == "__main__":
    runner.main()
