// Runs the cases of the shop's pages: node check.mjs BIN WEB CHROMIUM. Exit 1 when one fails.

import { cpSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { Stacks } from './stack.mjs';
import { serverCases } from './server_cases.mjs';
import { shopCases } from './shop_cases.mjs';
import { accessCases } from './access_cases.mjs';
import { makeRuns } from './results_data.mjs';
import { resultsCases } from './results_cases.mjs';
import { resultsAccessCases } from './results_access_cases.mjs';

const [bin, web, executablePath] = process.argv.slice(2);
const CASE_MS = 120000;

const cases = [
  ...serverCases,
  ...shopCases,
  ...accessCases,
  ...resultsCases,
  ...resultsAccessCases,
];

const stacks = new Stacks(bin, '');
stacks.web = join(stacks.dir, 'web');
cpSync(web, stacks.web, { recursive: true });
writeFileSync(join(stacks.dir, 'secret.js'), '// outside\n');
symlinkSync(join(stacks.dir, 'secret.js'), join(stacks.web, 'assets', 'link.js'));

/* Every page of every case is watched: what it logs, and whom it asks. `expected` of a case are
 * patterns of console lines that it provokes. */
class World {
  constructor(browser) {
    this.browser = browser;
    this.stacks = stacks;
    this.complaints = [];
    this.contexts = [];
  }

  async open(path, options = {}) {
    const { origin = stacks.origins.unified, ...rest } = options;
    const context = await this.browser.newContext({
      viewport: { width: 1280, height: 900 },
      ...rest,
    });
    this.contexts.push(context);
    const page = await context.newPage();
    page.on('console', (m) => {
      if (m.type() !== 'log') this.complaints.push(m.text());
    });
    page.on('pageerror', (e) => this.complaints.push(`uncaught: ${e.message}`));
    page.on('request', (r) => {
      const { origin: asked, protocol } = new URL(r.url());
      // A file asks for itself alone.
      const itself = protocol === 'file:' && r.url().split(/[?#]/)[0] === origin;
      if (!itself && !Object.values(stacks.origins).includes(asked))
        this.complaints.push(`asked ${r.url()}`);
    });
    await page.addInitScript(() => {
      window.shift = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries())
          if (!entry.hadRecentInput) window.shift += entry.value;
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await page.goto(origin + path);
    await this.settled(page);
    return page;
  }

  /** The page has its content and nothing is on its way. */
  async settled(page) {
    await page.waitForSelector('main:not([aria-busy]) h1');
  }

  async flip(page, architecture) {
    await page.locator(`#toggle input[value=${architecture}]`).check();
    await this.settled(page);
  }

  /** Who answered what is shown, from the price bar. */
  async answeredBy(page) {
    return page.locator('.price-row.current').getAttribute('data-architecture');
  }

  async titled(page, start) {
    await this.until(`the title ${start}`, async () => (await page.title()).startsWith(start));
  }

  async until(what, check) {
    for (let i = 0; i < 200; i++) {
      if (await check()) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`waited in vain: ${what}`);
  }

  async closeAll() {
    for (const context of this.contexts) await context.close();
    this.contexts = [];
  }
}

async function runCase(world, { name, run, expected = [] }) {
  world.complaints = [];
  let timer;
  try {
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done within ${CASE_MS / 1000} s`)), CASE_MS);
    });
    await Promise.race([run(world), late]);
    await world.closeAll();
    const odd = world.complaints.filter((line) => !expected.some((pattern) => pattern.test(line)));
    if (odd.length) throw new Error(`the browser complained: ${odd.join('\n  ')}`);
    console.log(`ok    ${name}`);
    return true;
  } catch (error) {
    await world.closeAll();
    console.log(`FAIL  ${name}\n  ${error.stack}`);
    return false;
  } finally {
    clearTimeout(timer);
    await stacks.restore();
  }
}

let passed = 0;
let failed = 0;
let browser;
try {
  makeRuns(stacks);
  await stacks.up();
  browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const world = new World(browser);
  const only = process.env.DUET_WEB_CASE;
  for (const one of cases) {
    if (only && !one.name.includes(only)) continue;
    if (await runCase(world, one)) passed++;
    else failed++;
  }
} catch (error) {
  console.log(`FAIL  starting\n  ${error.stack}`);
  failed++;
} finally {
  await browser?.close();
  await stacks.down();
}
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exit(failed ? 1 : 0);
