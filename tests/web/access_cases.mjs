// For everyone: accessibility, widths, colour schemes, print, motion, valid HTML, still layout.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { HtmlValidate } from 'html-validate';
import { PAGES } from './shop_cases.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WIDTHS = [360, 768, 1280, 1920];
const ALL = [...PAGES, '/p/p999999', '/nowhere', '/compare'];
const NOT_FOUND = /status of 40[04]/;
const NO_ANSWER = /ERR_CONNECTION_REFUSED/;

/* The policy of the pages forbids foreign script; the debugger's door is not the page's. */
async function violations(page) {
  const client = await page.context().newCDPSession(page);
  await client.send('Runtime.evaluate', { expression: axe });
  const { result } = await client.send('Runtime.evaluate', {
    expression:
      'axe.run(document, { resultTypes: ["violations"] }).then((r) => ' +
      'JSON.stringify(r.violations.map((v) => ' +
      '[v.id, v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160) + " " + n.failureSummary)])))',
    awaitPromise: true,
    returnByValue: true,
  });
  return JSON.parse(result.value);
}

export async function checkAxe(page, what) {
  assert.deepEqual(await violations(page), [], what);
}

const validator = new HtmlValidate({
  extends: ['html-validate:standard'],
  // Serialised DOM has these three otherwise than written HTML; a toggle's radios share a legend.
  rules: {
    'void-style': 'off',
    'attr-quotes': 'off',
    'no-trailing-whitespace': 'off',
    'doctype-style': 'off',
    'attribute-boolean-style': 'off',
    'attribute-empty-style': 'off',
    'no-inline-style': 'off',
    'long-title': 'off',
  },
});

export async function checkHtml(html, what) {
  const report = await validator.validateString(html);
  const messages = report.results.flatMap((r) =>
    r.messages.map((m) => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`),
  );
  assert.deepEqual(messages, [], what);
}

export const accessCases = [
  {
    name: 'axe-core finds nothing on any page, light and dark, wide and narrow',
    expected: [NOT_FOUND],
    run: async (world) => {
      for (const colorScheme of ['light', 'dark']) {
        for (const width of [360, 1280]) {
          for (const address of ALL) {
            const page = await world.open(address, {
              colorScheme,
              viewport: { width, height: 800 },
            });
            await checkAxe(page, `${address} ${colorScheme} ${width}`);
            if (address === '/p/p000007') {
              await world.flip(page, 'microservices');
              await page.locator('#price summary').click();
              await checkAxe(page, `${address} unfolded ${colorScheme} ${width}`);
            }
            await world.closeAll();
          }
        }
      }
    },
  },
  {
    name: 'axe-core finds nothing when a server is gone, or after fifty pairs',
    expected: [NO_ANSWER],
    run: async (world) => {
      for (const colorScheme of ['light', 'dark']) {
        const compare = await world.open('/compare', { colorScheme });
        await compare.getByRole('button', { name: 'Ask both 50 times' }).click();
        await compare.getByText('50 of 50 pairs').waitFor({ timeout: 60000 });
        await checkAxe(compare, `compared ${colorScheme}`);
        const page = await world.open('/', { colorScheme });
        await world.stacks.stop('bff');
        await page.locator('#toggle input[value=microservices]').check();
        await page.getByRole('button', { name: 'Try again' }).waitFor();
        await checkAxe(page, `failed ${colorScheme}`);
        await checkHtml(await page.content(), 'failed');
        await world.stacks.start('bff');
      }
    },
  },
  {
    name: 'no width needs sideways scrolling',
    expected: [NOT_FOUND],
    run: async (world) => {
      for (const address of ALL) {
        const page = await world.open(address);
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 800 });
          const wide = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(wide <= width, `${address}: ${wide} at ${width}`);
        }
      }
    },
  },
  {
    name: 'the layout stands still while pages load and answers change',
    run: async (world) => {
      for (const width of [360, 1280]) {
        for (const address of [...PAGES, '/compare']) {
          const page = await world.open(address, { viewport: { width, height: 800 } });
          if (address !== '/compare') {
            await world.flip(page, 'microservices');
            await world.flip(page, 'unified');
          }
          await page.waitForTimeout(300);
          const shift = await page.evaluate(() => window.shift);
          assert.ok(shift < 0.05, `${address}: ${shift} at ${width}`);
        }
      }
    },
  },
  {
    name: 'a slow answer is waited for with shapes of its own, without a shift',
    run: async (world) => {
      const page = await world.open('/');
      await page.route('**/api/categories/**', async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 800));
        await route.continue();
      });
      await page.locator('main').getByRole('link', { name: 'Kitchen' }).click();
      await page.locator('.loading').waitFor();
      await page.getByRole('heading', { name: 'Kitchen' }).waitFor();
      assert.ok((await page.evaluate(() => window.shift)) < 0.05);
    },
  },
  {
    name: 'every page is valid HTML, as sent and as drawn',
    expected: [NOT_FOUND],
    run: async (world) => {
      await checkHtml(await (await fetch(world.stacks.origins.unified)).text(), 'as sent');
      for (const address of ALL) {
        const page = await world.open(address);
        await checkHtml(await page.content(), address);
      }
    },
  },
  {
    name: 'colour scheme, print and reduced motion are kept',
    run: async (world) => {
      const page = await world.open('/', { reducedMotion: 'reduce' });
      const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const moving = await page.evaluate(
        () =>
          [...document.querySelectorAll('*')].filter(
            (e) =>
              parseFloat(getComputedStyle(e).transitionDuration) > 0 ||
              getComputedStyle(e).animationName !== 'none',
          ).length,
      );
      assert.equal(moving, 0);
      await page.emulateMedia({ colorScheme: 'light' });
      const light = await ground();
      await page.emulateMedia({ colorScheme: 'dark' });
      assert.notEqual(await ground(), light);
      await page.emulateMedia({ media: 'print' });
      assert.equal(await ground(), 'rgb(255, 255, 255)');
      assert.equal(
        await page.evaluate(() => getComputedStyle(document.getElementById('price')).position),
        'static',
      );
    },
  },
];
