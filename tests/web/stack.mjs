// Both architectures on SQLite, started on free ports of 127.0.0.1 and ended by their pids.

import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SERVICES = ['catalog', 'inventory', 'pricing', 'reviews'];
const READY_MS = 30000;

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export class Stacks {
  constructor(bin, web) {
    this.bin = bin;
    this.web = web;
    this.dir = mkdtempSync(join(tmpdir(), 'duet-web-'));
    this.results = join(this.dir, 'results');
    mkdirSync(this.results);
    this.processes = new Map();
    this.argv = new Map();
  }

  seed(name, more) {
    const done = spawnSync(join(this.bin, 'seed'), [
      '--seed',
      '42',
      '--store',
      this.store(name),
      ...more,
    ]);
    if (done.status !== 0) throw new Error(`seed ended with ${done.status}: ${done.stderr}`);
  }

  store(name) {
    return `sqlite:${join(this.dir, `${name}.db`)}`;
  }

  async start(name) {
    const { port, args } = this.argv.get(name);
    const log = join(this.dir, `${name}.log`);
    const out = openSync(log, 'a');
    const child = spawn(join(this.bin, name), ['--listen', `127.0.0.1:${port}`, ...args], {
      stdio: ['ignore', out, out],
    });
    this.processes.set(name, child);
    const end = Date.now() + READY_MS;
    while (Date.now() < end && child.exitCode === null) {
      try {
        if ((await fetch(`http://127.0.0.1:${port}/readyz`)).ok) return;
      } catch {
        /* not yet */
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`${name} is not ready: ${readFileSync(log, 'utf8')}`);
  }

  async stop(name) {
    const child = this.processes.get(name);
    this.processes.delete(name);
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const hard = setTimeout(() => child.kill('SIGKILL'), 15000);
    await ended;
    clearTimeout(hard);
  }

  async up() {
    const ports = {};
    for (const name of ['unified', 'bff', ...SERVICES]) ports[name] = await freePort();
    this.origins = {
      unified: `http://127.0.0.1:${ports.unified}`,
      microservices: `http://127.0.0.1:${ports.bff}`,
    };
    const shop = [
      '--web',
      this.web,
      '--results',
      this.results,
      '--origin-unified',
      this.origins.unified,
      '--origin-microservices',
      this.origins.microservices,
    ];
    this.seed('unified', []);
    this.argv.set('unified', {
      port: ports.unified,
      args: ['--store', this.store('unified'), ...shop],
    });
    for (const service of SERVICES) {
      this.seed(service, ['--service', service]);
      this.argv.set(service, { port: ports[service], args: ['--store', this.store(service)] });
    }
    this.argv.set('bff', {
      port: ports.bff,
      args: [...SERVICES.flatMap((s) => [`--${s}`, `http://127.0.0.1:${ports[s]}`]), ...shop],
    });
    for (const name of [...SERVICES, 'unified', 'bff']) await this.start(name);
  }

  log(name) {
    return readFileSync(join(this.dir, `${name}.log`), 'utf8');
  }

  /** Starts again what a case left stopped. */
  async restore() {
    for (const name of this.argv.keys()) if (!this.processes.has(name)) await this.start(name);
  }

  async down() {
    for (const name of [...this.processes.keys()].reverse()) await this.stop(name);
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** How many answers an architecture gave on its API, by its own count. */
  async answered(architecture) {
    const text = await (await fetch(`${this.origins[architecture]}/metrics`)).text();
    let sum = 0;
    for (const [, count] of text.matchAll(
      /^http_requests_total\{route="(?:home|plp|pdp)",status="(?!204)\d+"\} (\d+)$/gm,
    )) {
      sum += Number(count);
    }
    return sum;
  }
}
