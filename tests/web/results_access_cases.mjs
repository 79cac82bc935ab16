// For everyone, the results: accessibility, widths, valid HTML, keyboard, print, motion, stillness.

import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkAxe, checkHtml } from './access_cases.mjs';
import { FACTORIAL, HEADLINE, RUNS, makeUnreadable, reportUrl } from './results_data.mjs';

const TWO = `/results?run=${FACTORIAL}&with=${HEADLINE}`;
const LOOKS = [
  ['light', 360],
  ['light', 1280],
  ['dark', 360],
  ['dark', 1280],
];
const WIDTHS = [360, 768, 1280, 1920];

/* Everything that draws a run, in as few pages as show it all: [what, opens it]. */
function views({ open, stacks }) {
  const served = (address) => [address, (options) => open(address, options)];
  return [
    served('/results'),
    served('/results?run=no/such'),
    served(`/results?run=${HEADLINE}&page=home&vus=20&statistic=p50`),
    served(TWO),
    [
      `report.html of ${HEADLINE}`,
      (options) => open('', { origin: reportUrl(stacks, HEADLINE), ...options }),
    ],
  ];
}

async function eachView(world, options, check) {
  const open = world.open.bind(world);
  makeUnreadable(world.stacks);
  try {
    for (const [what, opened] of views({ open, stacks: world.stacks })) {
      await check(await opened(options), what);
      await world.closeAll();
    }
  } finally {
    rmSync(join(world.stacks.results, 'broken'), { recursive: true });
  }
}

export const resultsAccessCases = [
  ...LOOKS.map(([colorScheme, width]) => ({
    name: `axe-core finds nothing on the results and in report.html, ${colorScheme}, ${width} px`,
    run: (world) =>
      eachView(world, { colorScheme, viewport: { width, height: 800 } }, async (page, what) => {
        const numbers = page.locator('figure summary:visible');
        if (await numbers.count()) {
          await numbers.first().click();
          await page.locator('.sort:visible').first().click();
        }
        await checkAxe(page, what);
      }),
  })),
  {
    name: 'no width needs sideways scrolling on the results and in report.html',
    run: (world) =>
      eachView(world, {}, async (page, what) => {
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 800 });
          const wide = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(wide <= width, `${what}: ${wide} at ${width}`);
        }
      }),
  },
  {
    name: 'the results and report.html are valid HTML, as written and as drawn',
    run: async (world) => {
      for (const path of [FACTORIAL, HEADLINE]) {
        const file = fileURLToPath(reportUrl(world.stacks, path));
        await checkHtml(readFileSync(file, 'utf8'), file);
      }
      await eachView(world, {}, async (page, what) => checkHtml(await page.content(), what));
    },
  },
  {
    name: 'the layout of the results stands still',
    run: (world) =>
      eachView(world, {}, async (page, what) => {
        if (!what.startsWith('/')) return;
        await page.waitForTimeout(300);
        const shift = await page.evaluate(() => window.shift);
        assert.ok(shift < 0.05, `${what}: ${shift}`);
      }),
  },
  {
    name: 'keyboard alone: to the list, two runs, a filter, a sort and the numbers behind a plot',
    run: async (world) => {
      const page = await world.open('/');
      const tabTo = async (check, what, arg) => {
        for (let i = 0; i < 120; i++) {
          await page.keyboard.press('Tab');
          if (await page.evaluate(check, arg)) return;
        }
        throw new Error(`no way by keyboard: ${what}`);
      };
      await tabTo(() => document.activeElement.textContent === 'Results', 'the link');
      await page.keyboard.press('Enter');
      await page.locator('.run-card').first().waitFor();
      for (const run of RUNS.filter((path) => [FACTORIAL, HEADLINE].includes(path))) {
        await tabTo((path) => document.activeElement.value === path, 'a run', run);
        await page.keyboard.press('Space');
      }
      await page.keyboard.press('Shift+Tab');
      for (let i = 0; i < 60; i++) {
        if (await page.evaluate(() => document.activeElement.textContent === 'Side by side')) break;
        await page.keyboard.press('Shift+Tab');
      }
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Two runs side by side' }).waitFor();
      assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1');
      await tabTo(() => document.activeElement.name === 'page', 'the filter');
      await page.keyboard.press('ArrowDown');
      await world.until('the filter', async () => page.url().includes('page=home'));
      await tabTo(() => document.activeElement.className === 'sort', 'a sort');
      await page.keyboard.press('Enter');
      assert.equal(await page.locator('[aria-sort=ascending]').count(), 1);
      await tabTo(() => document.activeElement.tagName === 'SUMMARY', 'the numbers');
      await page.keyboard.press('Enter');
      assert.equal(await page.locator('figure details[open]').count(), 1);
    },
  },
  {
    name: 'a run prints on white with all its columns, and keeps colour scheme and reduced motion',
    run: async (world) => {
      const reports = [`/results?run=${HEADLINE}`, ''];
      for (const address of reports) {
        const options = address ? {} : { origin: reportUrl(world.stacks, HEADLINE) };
        const page = await world.open(address, { reducedMotion: 'reduce', ...options });
        const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        await page.emulateMedia({ colorScheme: 'light' });
        const light = await ground();
        await page.emulateMedia({ colorScheme: 'dark' });
        assert.notEqual(await ground(), light);
        const moving = await page.evaluate(
          () =>
            [...document.querySelectorAll('*')].filter(
              (e) =>
                parseFloat(getComputedStyle(e).transitionDuration) > 0 ||
                getComputedStyle(e).animationName !== 'none',
            ).length,
        );
        assert.equal(moving, 0);
        await page.emulateMedia({ media: 'print' });
        assert.equal(await ground(), 'rgb(255, 255, 255)');
        assert.equal(await page.locator('.filters').isVisible(), false);
        assert.equal(
          await page.evaluate(() => getComputedStyle(document.querySelector('.scroll')).overflowX),
          'visible',
        );
      }
    },
  },
];
