"""Starts real stacks for the live tests: mongod, seeded stores, and the two architectures on each store.

Every process is started here, on a free port of 127.0.0.1, and ended here by its pid.
"""
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("DUET_BUILD", ROOT / "build")).resolve()
BIN = BUILD / "bin"
SERVICES = ("catalog", "inventory", "pricing", "reviews")
SEED, PRODUCTS = 42, 1200


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def key(self):
        """What the contract promises to be equal: status, content type, body."""
        return self.status, self.headers.get("content-type"), self.body

    def __repr__(self):
        return f"{self.status} {self.headers.get('content-type')} {self.body[:120]!r}"


class Client:
    """One keep-alive connection that sends exactly the bytes it is given: no normalising of targets."""

    def __init__(self, port, timeout=15):
        self.port, self.timeout, self.sock = port, timeout, None

    def close(self):
        if self.sock:
            self.sock.close()
            self.sock = None

    def _read_until(self, buf, mark):
        while mark not in buf:
            more = self.sock.recv(65536)
            if not more:
                raise ConnectionError(f"closed after {len(buf)} bytes")
            buf += more
        return buf

    def raw(self, request, head=False):
        """Sends request bytes on a fresh connection and reads one response."""
        self.close()
        return self._exchange(request, head)

    def get(self, target, method="GET", headers=()):
        lines = [f"{method} {target} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", *headers, "", ""]
        request = "\r\n".join(lines).encode("latin-1")
        for attempt in (0, 1):
            fresh = self.sock is None
            try:
                return self._exchange(request, method == "HEAD")
            except (ConnectionError, BrokenPipeError):
                self.close()
                if fresh or attempt:
                    raise

    def _exchange(self, request, head):
        if self.sock is None:
            self.sock = socket.create_connection(("127.0.0.1", self.port), timeout=self.timeout)
        self.sock.sendall(request)
        buf = self._read_until(b"", b"\r\n\r\n")
        top, _, rest = buf.partition(b"\r\n\r\n")
        lines = top.decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        headers = {k.strip().lower(): v.strip() for k, v in (l.split(":", 1) for l in lines[1:] if ":" in l)}
        if head or status in (204, 304) or status < 200:
            body = b""
        elif "content-length" in headers:
            need = int(headers["content-length"])
            while len(rest) < need:
                more = self.sock.recv(65536)
                if not more:
                    raise ConnectionError(f"body ended at {len(rest)} of {need} bytes")
                rest += more
            body = rest[:need]
        else:  # delimited by close
            while True:
                more = self.sock.recv(65536)
                if not more:
                    break
                rest += more
            body = rest
            self.close()
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Response(status, headers, body)


class Process:
    def __init__(self, name, argv, logs):
        self.name, self.argv = name, [str(a) for a in argv]
        self.log_path = Path(logs) / f"{name}-{time.monotonic_ns()}.log"
        self.log = open(self.log_path, "wb")
        self.proc = subprocess.Popen(self.argv, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, cwd=ROOT)

    def tail(self):
        return self.log_path.read_text(errors="replace")[-2000:]

    def signal(self, number):
        os.kill(self.proc.pid, number)

    def stop(self, timeout=15):
        if self.proc.poll() is None:
            self.signal(signal.SIGCONT)
            self.proc.terminate()
            try:
                self.proc.wait(timeout)
            except subprocess.TimeoutExpired:
                self.proc.kill()
                self.proc.wait()
        self.log.close()
        return self.proc.returncode


def wait_ready(port, process=None, path="/readyz", seconds=20):
    end = time.monotonic() + seconds
    last = "no answer"
    while time.monotonic() < end:
        if process and process.proc.poll() is not None:
            raise RuntimeError(f"{process.name} ended with {process.proc.returncode}:\n{process.tail()}")
        try:
            client = Client(port, timeout=3)
            answer = client.get(path)
            client.close()
            if answer.status == 200:
                return
            last = repr(answer)
        except OSError as e:
            last = str(e)
        time.sleep(0.02)
    raise RuntimeError(f"not ready on port {port} within {seconds} s: {last}\n{process.tail() if process else ''}")


def run(argv, **kw):
    done = subprocess.run([str(a) for a in argv], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **kw)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, argv))} -> {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class Mongod:
    """The mongod of the live tests: own data folder, own port, users and databases as in a measured run."""

    def __init__(self, folder, logs):
        self.folder, self.logs, self.port = Path(folder), logs, free_port()
        self.env = dict(os.environ, DUET_BIN=str(BIN))
        run(["scripts/mongod.sh", "prepare", self.folder, self.port], env=self.env)
        self.start()

    def start(self):
        path = run(["scripts/mongod.sh", "path"], env=self.env).stdout.strip()
        args = run(["scripts/mongod.sh", "args", self.folder, self.port], env=self.env).stdout.split("\n")
        self.process = Process("mongod", [path, *filter(None, args)], self.logs)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if self.process.proc.poll() is not None:
                    raise RuntimeError(f"mongod ended: {self.process.tail()}")
                time.sleep(0.05)
        raise RuntimeError("mongod does not listen")

    def uri(self, name):
        return run(["scripts/mongod.sh", "uri", self.folder, self.port, name], env=self.env).stdout.strip()

    def stop(self):
        self.process.stop(30)


# The rungs between unified and the microservices on SQLite, and other ways of asking: where the services are, and the bff's flags.
ONE, FOUR, TCP_ONE = "one database", "four databases", "tcp, one database"
RUNGS = {
    "rung-4q": (ONE, ["--inside", "call", "--one-transaction"]),
    "rung-4txn": (ONE, ["--inside", "call"]),
    "rung-4db": (FOUR, ["--inside", "call"]),
    "rung-json": (FOUR, ["--inside", "json"]),
    "rung-http-self": (FOUR, ["--inside", "loop"]),
    "rung-threads": (FOUR, ["--inside", "threads"]),
    "rung-procs": ("unix", []),
    "rung-tcp-close": ("tcp", ["--no-connection-reuse"]),
    "rung-tcp-1db": (TCP_ONE, []),
    "sequential": ("tcp", ["--fanout", "sequential"]),
    "per-item": ("tcp", ["--fanout", "per-item"]),
    "delayed": (FOUR, ["--inside", "loop", "--hop-delay", "200us", "--work", "20us"]),
    "cached": ("tcp", ["--cache-ttl", "600s"]),
    "cached-unified": ("unified", ["--cache-ttl", "600s"]),
    "wire-evhttp": ("tcp", ["--wire", "http-evhttp"]),
    "wire-binary": ("binary", ["--wire", "binary"]),
}


class Stack:
    """One architecture on one store. `port` answers the public API."""

    def __init__(self, name, logs, flags=()):
        self.name, self.logs, self.flags = name, logs, list(flags)
        self.processes, self.ports = {}, {}

    def _start(self, name, argv):
        port = self.ports.setdefault(name, free_port())
        self.processes[name] = Process(f"{self.name}-{name}", [BIN / name, "--listen", f"127.0.0.1:{port}", *argv], self.logs)
        return port

    def unified(self, store, flags=()):
        self.port = self._start("unified", ["--store", store, *self.flags, *flags])
        wait_ready(self.port, self.processes["unified"])
        return self

    def inside(self, stores, flags=()):
        """The services inside the bff."""
        urls = [f"--{service}={stores[service]}" for service in SERVICES]
        self.port = self._start("bff", [*urls, *self.flags, *flags])
        wait_ready(self.port, self.processes["bff"])
        return self

    def microservices(self, stores, flags=(), service_flags=(), sockets=None, binary=None):
        """`sockets`: a folder for Unix sockets between the bff and its services, instead of TCP; `binary`: the same for
        frames, beside HTTP."""
        urls = []
        self.service_argv = {}
        for service in SERVICES:
            self.service_argv[service] = ["--store", stores[service], *service_flags]
            if sockets:
                path = f"unix:{sockets}/{self.name}-{service}"
                argv = [BIN / service, "--listen", path, *self.service_argv[service]]
                self.processes[service] = Process(f"{self.name}-{service}", argv, self.logs)
                urls += [f"--{service}", path]
                continue
            path = f"unix:{binary}/{self.name}-{service}"
            if binary:
                self.service_argv[service] += ["--binary", path]
            port = self._start(service, self.service_argv[service])
            urls += [f"--{service}", path if binary else f"http://127.0.0.1:{port}"]
        for service in [] if sockets else SERVICES:
            wait_ready(self.ports[service], self.processes[service])
        self.port = self._start("bff", [*urls, *self.flags, *flags])
        wait_ready(self.port, self.processes["bff"])
        return self

    def restart(self, service):
        self._start(service, self.service_argv[service])
        wait_ready(self.ports[service], self.processes[service])

    def client(self, timeout=15):
        return Client(self.port, timeout)

    def stop(self):
        return {name: p.stop() for name, p in reversed(list(self.processes.items()))}


class World:
    """Seeded stores of every kind and the five stacks of the parity tests."""

    def __init__(self):
        self.tmp = tempfile.TemporaryDirectory(prefix="duet-live-")
        self.dir = Path(self.tmp.name)
        self.logs = self.dir / "logs"
        self.logs.mkdir()
        self.manifest_path = self.dir / "manifest"
        run([BIN / "seed", "--seed", SEED, "--products", PRODUCTS, "--manifest", self.manifest_path])
        self.sqlite = {"unified": f"sqlite:{self.dir}/unified.db"}
        self.seed(self.sqlite["unified"])
        for s in SERVICES:
            self.sqlite[s] = f"sqlite:{self.dir}/{s}.db"
            self.seed(self.sqlite[s], "--service", s)
        self.mongod = Mongod(self.dir / "mongo", self.logs)
        self.mongo = {n: self.mongod.uri(n) for n in ("unified", "split", *SERVICES)}
        self.seed(self.mongo["unified"], "--schema", "document")
        self.seed(self.mongo["split"], "--schema", "split")
        for s in SERVICES:
            self.seed(self.mongo[s], "--service", s)
        self.manifest = []
        for line in self.manifest_path.read_text().splitlines():
            if line and not line.startswith("#"):
                target, length, sha = line.split(" ")
                self.manifest.append((target, int(length), sha))

    def seed(self, store, *more):
        return run([BIN / "seed", "--seed", SEED, "--products", PRODUCTS, "--store", store, *more])

    def stack(self, kind, **kw):
        name = f"{kind}-{time.monotonic_ns() % 100000}"
        flags = kw.pop("flags", ())
        stack = Stack(name, self.logs, flags)
        try:
            if kind == "unified-sqlite":
                return stack.unified(self.sqlite["unified"], **kw)
            if kind == "unified-mongodb":
                return stack.unified(self.mongo["unified"], **kw)
            if kind == "unified-mongodb-split":
                return stack.unified(self.mongo["split"], **kw)
            if kind == "microservices-sqlite":
                return stack.microservices(self.sqlite, **kw)
            if kind in RUNGS:
                return self.rung(stack, kind, **kw)
            if kind == "microservices-mongodb":
                return stack.microservices(self.mongo, **kw)
            raise ValueError(kind)
        except Exception:
            stack.stop()
            raise

    def rung(self, stack, kind, **kw):
        where, flags = RUNGS[kind]
        if where == "unified":
            return stack.unified(self.sqlite["unified"], flags=flags, **kw)
        one = dict.fromkeys(SERVICES, self.sqlite["unified"])
        if where in (ONE, FOUR):
            return stack.inside(self.sqlite if where == FOUR else one, flags=flags, **kw)
        folders = {"unix": {"sockets": self.dir}, "binary": {"binary": self.dir}}.get(where, {})
        return stack.microservices(one if where == TCP_ONE else self.sqlite, flags=flags, **folders, **kw)

    def close(self):
        self.mongod.stop()
        self.tmp.cleanup()


def metric(port, name, **labels):
    """Sum of a metric's samples whose labels include `labels`."""
    client = Client(port)
    text = client.get("/metrics").body.decode()
    client.close()
    total = 0.0
    for line in text.splitlines():
        m = re.match(rf"{re.escape(name)}(?:\{{(.*)\}})? (\S+)", line)
        if m and all(f'{k}="{v}"' in (m.group(1) or "") for k, v in labels.items()):
            total += float(m.group(2))
    return total
