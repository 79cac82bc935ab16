#!/usr/bin/python3
"""scripts/counts.py reads strace's lines: by hand. And its JSON is what results/counts.schema.json says."""
import importlib.util
import json
import unittest
from pathlib import Path

import jsonschema

ROOT = Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("counts", ROOT / "scripts/counts.py")
counts = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(counts)

# Before 10.0 and from 20.0 on is not asked for. 100 bytes come and 300 + 50 go over sockets; a file's and an eventfd's are none.
LINES = """\
7  9.900000 read(5<TCP:[127.0.0.1:80->127.0.0.1:99]>, ""..., 4096) = 1000
7  10.100000 epoll_wait(3<anon_inode:[eventpoll]>, [{events=EPOLLIN}], 32, -1) = 1
7  10.200000 read(5<TCP:[127.0.0.1:80->127.0.0.1:99]>, ""..., 4096) = 60
8  10.210000 recvmsg(6<UNIX-STREAM:[12->13]>,  <unfinished ...>
7  10.220000 read(9</data/shop.db>, ""..., 4096) = 4096
8  10.230000 <... recvmsg resumed>{msg_namelen=0}, 0) = 40
7  10.300000 writev(5<TCP:[127.0.0.1:80->127.0.0.1:99]>, [{iov_len=200}, {iov_len=100}], 2) = 300
7  10.310000 write(4<anon_inode:[eventfd]>, ""..., 8) = 8
7  10.320000 sendto(10<TCPv6:[[::1]:80->[::1]:99]>, ""..., 50, MSG_NOSIGNAL, NULL, 0) = 50
7  10.330000 read(5<TCP:[127.0.0.1:80->127.0.0.1:99]>, 0x1, 4096) = -1 EAGAIN (Resource temporarily unavailable)
8  10.400000 --- SIGCHLD {si_signo=SIGCHLD} ---
7  20.000000 write(5<TCP:[127.0.0.1:80->127.0.0.1:99]>, ""..., 9) = 9
8  20.100000 +++ exited with 0 +++
"""


def counted(text, begin=10.0, end=20.0):
    counter = counts.Counter()
    counter.add(text, begin, end)
    return counter


class Counts(unittest.TestCase):
    def test_calls_and_bytes_of_a_window(self):
        found = counted(LINES)
        self.assertEqual(found.calls, {"epoll_wait": 1, "read": 3, "recvmsg": 1, "writev": 1, "write": 1, "sendto": 1})
        self.assertEqual((found.received, found.sent), (100, 350))

    def test_a_call_is_counted_where_it_began(self):
        self.assertEqual(counted(LINES, 10.205, 10.215).received, 40)
        self.assertEqual(sum(counted(LINES, 10.225, 10.235).calls.values()), 0)

    def test_what_a_process_does_anyway_is_taken_off(self):
        idle, busy = counted(LINES, 10.0, 10.15), counted(LINES)
        found = counts.a_request(idle, busy, idle_s=1.0, busy_s=1.0, requests=2)
        self.assertEqual(found["system_calls"], 3.5)  # of 8 calls one was idle's; two requests
        self.assertEqual((found["bytes_sent"], found["bytes_received"]), (175, 50))
        self.assertEqual(found["most"], [["read", 1.5], ["recvmsg", 0.5], ["sendto", 0.5], ["write", 0.5]])
        twice = counts.a_request(busy, busy, idle_s=1.0, busy_s=2.0, requests=2)
        self.assertEqual((twice["system_calls"], twice["bytes_sent"]), (0, 0))  # never below nothing

    def test_the_file_keeps_its_schema(self):
        schema = json.loads((ROOT / "results/counts.schema.json").read_text())
        row = {"arm": "tcp", "page": "pdp", "processes": {"bff": counts.a_request(counted(""), counted(LINES), 1, 1, 1)}}
        document = {"schema_version": 1, "made_at": "2026-01-02T03:04:05Z", "commit": "abc", "tool": "strace 6.1", "requests": 1,
                    "rows": [row], "skipped": [{"arm": "x", "why": "y"}]}
        jsonschema.validate(document, schema)
        del row["processes"]["bff"]["bytes_sent"]
        with self.assertRaises(jsonschema.ValidationError):
            jsonschema.validate(document, schema)


if __name__ == "__main__":
    unittest.main()
