// What both front doors send: policies, tags, names and origins, without a browser.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseTiming } from './web/assets/api.js';
import { medianInterval, quantile } from './web/assets/stats.js';

const SHELLS = [
  '/',
  '/c/tea',
  '/c/tea?page=2',
  '/p/p000001',
  '/compare',
  '/results',
  '/results?run=reference/headline',
];

/** Sends a target as it is; fetch would tidy it. */
function raw(origin, target) {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(new URL(origin).port), '127.0.0.1', () => {
      socket.write(
        `GET ${target} HTTP/1.1\r\nHost: t\r\nAccept: text/html\r\nConnection: close\r\n\r\n`,
        'latin1',
      );
    });
    socket.on('data', (data) => {
      text += data;
    });
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
}

async function onBoth({ stacks }, check) {
  for (const [architecture, origin] of Object.entries(stacks.origins))
    await check(origin, architecture);
}

/** Runs `check` beside a run `served/one` in the folder of runs, and things that are none. */
async function withRun({ stacks }, check) {
  const at = (name) => join(stacks.results, 'served', name);
  mkdirSync(at('one'), { recursive: true });
  mkdirSync(at('none'));
  writeFileSync(join(stacks.dir, 'secret.json'), '{"secret":1}');
  writeFileSync(at('one/run.json'), '{"id":"one"}');
  writeFileSync(at('one/report.json'), '{"torn":');
  writeFileSync(at('one/REPORT.md'), '# One');
  writeFileSync(at('none/other.json'), '{}');
  symlinkSync(join(stacks.dir, 'secret.json'), at('one/link.json'));
  symlinkSync('one', at('alias'));
  execFileSync('mkfifo', [at('one/pipe.json')]);
  try {
    await check(at);
  } finally {
    rmSync(at(''), { recursive: true });
  }
}

function names(stacks) {
  return readdirSync(join(stacks.web, 'assets')).filter((name) => name !== 'link.js');
}

export const serverCases = [
  {
    name: 'pages come with a strict policy, nosniff, a referrer policy, nothing inline',
    run: (world) =>
      onBoth(world, async (origin) => {
        for (const path of SHELLS) {
          const answer = await fetch(origin + path);
          const policy = answer.headers.get('content-security-policy');
          const calls = /connect-src ([^;]*)/.exec(policy)[1].split(' ');
          assert.equal(answer.status, 200, path);
          assert.deepEqual(calls, ["'self'", ...Object.values(world.stacks.origins)]);
          assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
          assert.doesNotMatch(policy, /unsafe|\*/);
          assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
          assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
          assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8');
          const html = await answer.text();
          assert.doesNotMatch(html, /<style|style=|\son\w+=|<script(?![^>]*\ssrc=)/);
        }
      }),
  },
  {
    name: 'every file has its type and a strong tag, and is answered by 304 when known',
    run: (world) =>
      onBoth(world, async (origin) => {
        const types = {
          js: 'text/javascript; charset=utf-8',
          css: 'text/css; charset=utf-8',
          svg: 'image/svg+xml',
        };
        for (const name of names(world.stacks)) {
          const answer = await fetch(`${origin}/assets/${name}`);
          const tag = answer.headers.get('etag');
          assert.equal(answer.headers.get('content-type'), types[name.split('.').pop()], name);
          assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
          assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
          assert.match(tag, /^"[0-9a-f]{32}"$/);
          assert.deepEqual(
            Buffer.from(await answer.arrayBuffer()),
            readFileSync(join(world.stacks.web, 'assets', name)),
          );
          for (const known of [tag, `"other", ${tag}`, `W/${tag}`, '*']) {
            const again = await fetch(`${origin}/assets/${name}`, {
              headers: { 'If-None-Match': known },
            });
            assert.equal(again.status, 304, known);
            assert.equal(again.headers.get('etag'), tag);
          }
          const other = await fetch(`${origin}/assets/${name}`, {
            headers: { 'If-None-Match': '"0"' },
          });
          assert.equal(other.status, 200);
          const head = await fetch(`${origin}/assets/${name}`, { method: 'HEAD' });
          assert.equal(head.headers.get('etag'), tag);
        }
      }),
  },
  {
    name: 'nothing outside of the table of names is served',
    run: (world) =>
      onBoth(world, async (origin) => {
        const targets = [
          '/assets/../index.html',
          '/assets/%2e%2e/index.html',
          '/assets/..%2findex.html',
          '/assets/.',
          '/assets/%00',
          '/assets/style.css%00',
          '/assets/style.css%00.js',
          '/assets//style.css',
          '/assets/./style.css',
          '/assets/link.js',
          '/assets/..\\index.html',
          '/assets/%5c',
          '/assets/',
          '/assets',
          '/assets/STYLE.CSS',
          '/../secret.js',
          '/assets/../../secret.js',
          '/web/index.html',
          '/index.html',
        ];
        for (const target of targets)
          assert.match(await raw(origin, target), /^HTTP\/1\.1 404 /, target);
        // What is no line of HTTP is refused before it is an address.
        const odd = ['/assets/style.css\0', '/assets/\0.js', `/assets/${'a'.repeat(9000)}`];
        for (const target of odd)
          assert.match(await raw(origin, target), /^HTTP\/1\.1 4(00|04|13|14|31) /, target);
        assert.equal((await fetch(`${origin}/assets/style.css`)).status, 200);
      }),
  },
  {
    name: 'runs are listed and their files are sent as they are at that moment',
    run: (world) =>
      withRun(world, (at) =>
        onBoth(world, async (origin) => {
          const listed = async () => {
            const { runs } = await (await fetch(`${origin}/results/index.json`)).json();
            return runs.filter(({ path }) => path.startsWith('served/'));
          };
          const one = { path: 'served/one', files: ['report.json', 'run.json'] };
          assert.deepEqual(await listed(), [one]);
          mkdirSync(at('two'));
          writeFileSync(at('two/run.json'), '{}');
          assert.deepEqual(await listed(), [one, { path: 'served/two', files: ['run.json'] }]);
          rmSync(at('two'), { recursive: true });
          assert.deepEqual(await listed(), [one]);

          const url = `${origin}/results/served/one/run.json`;
          const answer = await fetch(url);
          const tag = answer.headers.get('etag');
          assert.equal(answer.headers.get('content-type'), 'application/json');
          assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
          assert.equal(answer.headers.get('cache-control'), 'no-cache');
          assert.match(answer.headers.get('content-security-policy'), /default-src 'none'/);
          assert.match(tag, /^"[0-9a-f]{32}"$/);
          assert.equal(await answer.text(), '{"id":"one"}');
          const known = { headers: { 'If-None-Match': tag } };
          assert.equal((await fetch(url, known)).status, 304);
          const head = await fetch(url, { method: 'HEAD' });
          assert.equal(head.headers.get('etag'), tag);
          assert.equal(head.headers.get('content-length'), '12');
          writeFileSync(at('one/run.json'), '{"id":"two"}');
          assert.equal(await (await fetch(url, known)).text(), '{"id":"two"}');
          writeFileSync(at('one/run.json'), '{"id":"one"}');
          const torn = await fetch(`${origin}/results/served/one/report.json`);
          assert.equal(await torn.text(), '{"torn":');
        }),
      ),
  },
  {
    name: 'nothing but the JSON files of runs is served below /results/, and no pipe is waited for',
    run: (world) =>
      withRun(world, () =>
        onBoth(world, async (origin) => {
          const targets = [
            '',
            'served',
            'served/one',
            'served/one/',
            'served/one/REPORT.md',
            'served/one/missing.json',
            'served/one/link.json',
            'served/one/pipe.json',
            'served/alias/run.json',
            'served/none/other.json',
            '../secret.json',
            'served/../../secret.json',
            'served/one/../../../secret.json',
            'served/one/../one/run.json',
            '%2e%2e/secret.json',
            'served/%2E%2e/%2e%2E/secret.json',
            '..%2fsecret.json',
            'served%2fone%2frun.json',
            '..%5csecret.json',
            '..\\secret.json',
            'served/one/run.json%00',
            'served/one/run.json%00.json',
            'served//one/run.json',
            '/served/one/run.json',
            '//etc/passwd',
            'served/./one/run.json',
            'served/one/%72un.json',
            `served/${'a'.repeat(3000)}/run.json`,
            `served/one/${'a'.repeat(3000)}.json`,
            `${'a/'.repeat(1000)}run.json`,
          ];
          for (const target of targets)
            assert.match(await raw(origin, `/results/${target}`), /^HTTP\/1\.1 404 /, target);
          // What is no line of HTTP is refused before it is an address.
          for (const target of ['served/one/run.json\0', '\0', `${'a'.repeat(9000)}/run.json`])
            assert.match(
              await raw(origin, `/results/${target}`),
              /^HTTP\/1\.1 4(00|04|13|14|31) /,
              target,
            );
          assert.equal((await fetch(`${origin}/api/home`)).status, 200);
        }),
      ),
  },
  {
    name: 'a folder of runs that is not there is one clear line and exit code 1',
    run: async ({ stacks }) => {
      for (const name of ['unified', 'bff']) {
        const { args } = stacks.argv.get(name);
        const at = args.indexOf('--results') + 1;
        const done = spawnSync(
          join(stacks.bin, name),
          ['--listen', '127.0.0.1:0', ...args.with(at, '/nowhere/runs')],
          { encoding: 'utf8', timeout: 20000 },
        );
        assert.equal(done.status, 1, done.stderr);
        assert.match(done.stderr, /^[^\n]*--results \/nowhere\/runs[^\n]*\n$/);
      }
    },
  },
  {
    name: 'an unknown address is the shell with status 404 for a browser, a problem for a program',
    run: (world) =>
      onBoth(world, async (origin) => {
        const page = await fetch(`${origin}/nowhere`, { headers: { Accept: 'text/html,*/*' } });
        assert.equal(page.status, 404);
        assert.match(page.headers.get('content-security-policy'), /default-src 'none'/);
        assert.equal(page.headers.get('x-content-type-options'), 'nosniff');
        assert.match(await page.text(), /<script type="module"/);
        const program = await fetch(`${origin}/nowhere`, {
          headers: { Accept: 'application/json' },
        });
        assert.equal(program.status, 404);
        assert.equal(program.headers.get('content-type'), 'application/problem+json');
      }),
  },
  {
    name: '/config.json says who serves it and where both are',
    run: (world) =>
      onBoth(world, async (origin, architecture) => {
        const config = await (await fetch(`${origin}/config.json`)).json();
        assert.deepEqual(
          { ...config, version: '' },
          { architecture, origins: world.stacks.origins, version: '' },
        );
        assert.match(config.version, /^\d+\.\d+\.\d+$/);
      }),
  },
  {
    name: 'only the two origins may read answers, and no answer says so unasked',
    run: (world) =>
      onBoth(world, async (origin) => {
        const ask = (from, method = 'GET', more = {}) =>
          fetch(`${origin}/api/home`, {
            method,
            headers: { ...(from && { Origin: from }), ...more },
          });
        for (const from of Object.values(world.stacks.origins)) {
          const answer = await ask(from);
          assert.equal(answer.headers.get('access-control-allow-origin'), from);
          assert.equal(answer.headers.get('timing-allow-origin'), from);
          assert.equal(answer.headers.get('vary'), 'Origin');
          for (const name of [
            'Server-Timing',
            'X-Request-Id',
            'X-Duet-Architecture',
            'X-Duet-Degraded',
          ]) {
            assert.ok(
              answer.headers.get('access-control-expose-headers').split(', ').includes(name),
              name,
            );
          }
          const before = await ask(from, 'OPTIONS', { 'Access-Control-Request-Method': 'GET' });
          assert.equal(before.status, 204);
          assert.equal(before.headers.get('access-control-allow-headers'), 'X-Duet-Timing');
          assert.equal(before.headers.get('access-control-max-age'), '7200');
        }
        const near = Object.values(world.stacks.origins)[0];
        for (const from of [
          'http://evil.example',
          'null',
          `${near}0`,
          near.slice(0, -1),
          near.toUpperCase(),
          `${near}/`,
        ]) {
          for (const method of ['GET', 'OPTIONS']) {
            const answer = await ask(from, method);
            assert.equal(answer.headers.get('access-control-allow-origin'), null, from);
            assert.equal(answer.headers.get('timing-allow-origin'), null, from);
            assert.equal(answer.headers.get('vary'), 'Origin');
          }
        }
        const plain = await ask(null);
        for (const name of [
          'vary',
          'access-control-allow-origin',
          'server-timing',
          'x-request-id',
          'x-duet-architecture',
        ]) {
          assert.equal(plain.headers.get(name), null, name);
        }
      }),
  },
  {
    name: 'asked for times, an answer says who gave it, when each part began, and our own id',
    run: (world) =>
      onBoth(world, async (origin, architecture) => {
        const wanted = {
          unified: ['store', 'write'],
          microservices: ['product', 'stock', 'prices', 'reviews', 'merge', 'write'],
        };
        const answer = await fetch(`${origin}/api/products/p000007`, {
          headers: { 'X-Duet-Timing': '1', 'X-Request-Id': 'mine' },
        });
        const { total, parts } = parseTiming(answer.headers.get('server-timing'));
        assert.equal(answer.headers.get('x-duet-architecture'), architecture);
        assert.match(answer.headers.get('x-request-id'), /^[0-9a-f]{32}$/);
        for (const name of wanted[architecture])
          assert.ok(
            parts.some((part) => part.name === name),
            name,
          );
        for (const part of parts)
          assert.ok(
            part.start >= 0 && part.start + part.length <= total + 0.002,
            JSON.stringify(part),
          );
        const find = (name) => parts.find((part) => part.name === name);
        if (architecture === 'microservices') {
          assert.ok(
            find('stock').start < find('product').start + find('product').length,
            'the four are asked at once',
          );
          assert.ok(
            find('merge').start >= find('product').start + find('product').length - 0.002,
            'merge waits for them',
          );
        }
        if (architecture === 'microservices') {
          for (const service of ['catalog', 'inventory', 'pricing', 'reviews']) {
            await world.until(`the id in the log of ${service}`, () =>
              world.stacks.log(service).includes(answer.headers.get('x-request-id')),
            );
          }
        }
        const missing = await fetch(`${origin}/api/products/p999999`, {
          headers: { 'X-Duet-Timing': '1' },
        });
        assert.equal(missing.status, 404);
        assert.equal(missing.headers.get('x-duet-architecture'), architecture);
      }),
  },
  {
    name: 'the statistics of few samples',
    run: async () => {
      const values = Array.from({ length: 50 }, (_, i) => 50 - i);
      assert.equal(quantile(values, 0.5), 25);
      assert.equal(quantile(values, 0.95), 48);
      assert.equal(quantile([], 0.5), null);
      // Ranks 18 and 33 of 50 are in every table of the sign test.
      assert.deepEqual(medianInterval(values), { median: 25, low: 18, high: 33 });
      assert.deepEqual(medianInterval([1, 2, 3, 4, 5, 6]), { median: 3, low: 1, high: 6 });
      assert.deepEqual(medianInterval([1, 2, 3, 4, 5]), { median: 3, low: null, high: null });
    },
  },
];
