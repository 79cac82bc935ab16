// The results: the list, a run, filters, sorting, two runs, and report.html by itself.

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkAxe, checkHtml } from './access_cases.mjs';
import {
  FACTORIAL,
  HEADLINE,
  MAP_RUN,
  MARKUP,
  RUNS,
  UNREADABLE,
  makeMap,
  makeMarkup,
  makeUnreadable,
  makeWaterfall,
  reportOf,
  reportUrl,
} from './results_data.mjs';
import { estimateOf, fieldNumber, ratioOf } from './web/assets/estimate.js';
import { axisScale } from './web/assets/scale.js';
import { keysMatch, numberOf } from './web/assets/table.js';
import { WORDS, holdsOf } from './web/assets/words.js';

const RUN = `/results?run=${HEADLINE}`;
const NO_ANSWER = /ERR_CONNECTION_REFUSED/;
const visible = (page, selector) =>
  page.evaluate(
    (s) => [...document.querySelectorAll(s)].filter((e) => e.checkVisibility()).length,
    selector,
  );
const query = (page) => page.evaluate(() => location.search);
const firstTable = (page, caption) =>
  page
    .locator('.scroll')
    .filter({ has: page.getByText(caption) })
    .first();

/* Cells of a column of a table, as they stand. */
async function columnOf(table, index) {
  return table
    .locator('tbody tr:visible')
    .evaluateAll((rows, i) => rows.map((row) => row.children[i].textContent), index);
}

async function withFolder({ stacks }, name, make, check) {
  make(stacks);
  try {
    await check();
  } finally {
    rmSync(join(stacks.results, name), { recursive: true });
  }
}

/* What a drawn run must hold, by its report.json. */
async function checkDrawn(page, report, what) {
  const tables = report.pieces.filter((piece) => piece.kind === 'table');
  const figures = report.pieces.filter((piece) => piece.kind === 'figure');
  const forms = report.pieces.filter((piece) => piece.kind === 'estimator'); // a form answers in a table
  assert.ok(tables.length > 5 && figures.length > 0, what);
  assert.equal(await page.locator('table').count(), tables.length + forms.length, what);
  assert.equal(await page.locator('figure').count(), figures.length, what);
  for (const { caption } of tables)
    assert.equal((await page.getByText(caption, { exact: true }).count()) > 0, true, caption);
  const drawn = await page.locator('figure').evaluateAll((all) =>
    all.map((figure) => ({
      label: figure.querySelector('svg[role=img]').getAttribute('aria-label'),
      titles: [...figure.querySelectorAll('.axis-title')].map((title) => title.textContent),
      behind: figure.querySelectorAll('details tbody tr').length,
      marks: figure.querySelectorAll('svg[role=img] :is(.line, .bar)').length,
      broken: /NaN|undefined|Infinity/.test(figure.outerHTML),
    })),
  );
  figures.forEach((figure, i) => {
    const { label, titles, behind, marks, broken } = drawn[i];
    const axes = figure.shape === 'lines' ? [figure.x, figure.y] : [figure.y];
    assert.ok(label.startsWith(`${figure.title}. `) && label.length > 60, label);
    for (const { label: name, unit } of axes)
      assert.ok(unit && titles.includes(`${name}, ${unit}`), `${figure.title}: ${titles}`);
    assert.ok(behind > 0, figure.title);
    const joined = figure.series.filter(({ mark }) => mark !== 'points'); // the others are markers alone
    assert.equal(marks, joined.length, figure.title);
    assert.equal(broken, false, figure.title);
  });
}

async function openReport(world, path, options) {
  const page = await world.open('', { origin: reportUrl(world.stacks, path), ...options });
  await page.locator('.filters').waitFor();
  return page;
}

export const resultsCases = [
  {
    name: 'scales, numbers and keys',
    run: async () => {
      const linear = axisScale({ scale: 'linear' }, [3, 47], 0, 100);
      assert.deepEqual(
        linear.ticks.map(({ label }) => label),
        ['0', '10', '20', '30', '40', '50'],
      );
      assert.equal(linear.at(25), 50);
      const log = axisScale({ scale: 'log' }, [0.15, 1985, -1, NaN], 0, 100);
      assert.deepEqual(
        log.ticks.map(({ value }) => value),
        [0.1, 1, 10, 100, 1000, 10000],
      );
      assert.equal(Math.round(log.at(1)), 20);
      const named = axisScale(
        {
          scale: 'log',
          ticks: [
            [1, '0'],
            [2, '50'],
            [100, '99'],
          ],
        },
        [1, 50],
        0,
        1,
      );
      assert.deepEqual(named.ticks, [
        { value: 1, label: '0' },
        { value: 2, label: '50' },
      ]);
      assert.equal(axisScale({ scale: 'linear' }, [], 0, 1).ticks.length > 1, true);
      const one = axisScale({ scale: 'log' }, [5], 0, 1).at(5);
      assert.ok(one > 0 && one < 1);
      assert.equal(numberOf('+2,659'), 2659);
      assert.equal(numberOf('-12.5 (…)'), -12.5);
      assert.equal(numberOf('0.82 knee'), 0.82);
      assert.ok(Number.isNaN(numberOf('–')));
      assert.ok(keysMatch({ page: 'home' }, { page: 'home', vus: '20' }));
      assert.ok(keysMatch(undefined, { page: 'home' }));
      assert.ok(!keysMatch({ page: 'plp' }, { page: 'home' }));
    },
  },
  {
    name: 'the timing bar and the report take a page apart in the same words',
    run: async () => {
      assert.equal(holdsOf('merge'), 'coordination');
      assert.equal(holdsOf('store_wait'), 'store');
      assert.equal(holdsOf('write'), 'the page itself');
      for (const name of ['product', 'stock', 'ratings'])
        assert.equal(WORDS.filter((word) => holdsOf(name).includes(word)).length, 4, name);
    },
  },
  {
    name: 'a waterfall goes on where a bar ended, shows intervals, and says itself in words',
    run: (world) =>
      withFolder(world, 'odd', makeWaterfall, async () => {
        const page = await world.open('/results?run=odd/waterfall');
        const figure = page.locator('figure').filter({ hasText: 'A waterfall of four bars' });
        const label = await figure.locator('svg[role=img]').getAttribute('aria-label');
        for (const part of ['join: 30.0', 'store: −10.0', 'it ends between 18.0 and 22.0'])
          assert.ok(label.includes(part), `${part} in ${label}`);
        assert.ok(label.includes('serialization: +20.0 µs a page (it'), label);
        const bars = await figure.locator('.bar').evaluateAll((all) =>
          all.map((bar) => [Number(bar.getAttribute('x')), Number(bar.getAttribute('width'))]),
        );
        const [base, down, up, top] = bars.map(([left, width]) => [left, left + width]);
        const near = (a, b) => assert.ok(Math.abs(a - b) < 0.3, `${a} and ${b}`);
        near(base[1], down[1]); // falls from where the base ends
        near(down[0], up[0]); // and rises again from where that ended
        near(up[1], top[1]);
        near(base[0], top[0]);
        near((down[1] - down[0]) * 2, up[1] - up[0]);
        assert.equal(await figure.locator('.whisker').count(), 2);
        assert.equal(await figure.locator('.connector').count(), 2);
        assert.equal(await figure.locator('.series-names').count(), 0);
        assert.equal(await figure.locator('details tbody tr').count(), 4);
      }),
  },
  {
    name: 'runs are listed newest first, with plan, date, machine, arms, validity; the rest says why not',
    run: (world) =>
      withFolder(world, 'broken', makeUnreadable, async () => {
        for (const origin of Object.values(world.stacks.origins)) {
          const page = await world.open('/', { origin });
          await page.getByRole('link', { name: 'Results' }).click();
          await page.getByRole('heading', { name: 'Results' }).waitFor();
          assert.equal(await page.title(), 'Results · Duet');
          assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1');
          const cards = await page.locator('.run-card').allInnerTexts();
          assert.equal(cards.length, RUNS.length + Object.keys(UNREADABLE).length);
          RUNS.forEach((path, i) => {
            const { run } = reportOf(world.stacks, path);
            for (const fact of [run.title, run.plan, run.machine, path, '2026'])
              assert.ok(cards[i].includes(fact), `${fact} in ${cards[i]}`);
            for (const arm of run.arms) assert.ok(cards[i].includes(arm.id), arm.id);
            const { valid, invalid, unreadable } = run.trials;
            const rest = (invalid ? `, ${invalid} invalid` : '') + (unreadable ? `, ${unreadable} unreadable` : '');
            const all = valid + invalid + unreadable;
            assert.ok(cards[i].includes(`\n${valid} valid${rest} of ${all} trials`), cards[i]);
          });
          Object.entries(UNREADABLE).forEach(([path, why], i) => {
            const card = cards[RUNS.length + i];
            assert.ok(card.startsWith(path), card);
            assert.match(card, why);
          });
          await page.getByText(/^Not listed: 1 folder\. A folder is left out when/).waitFor();
          await page.goto(`${origin}/results?run=broken/torn`);
          await page.getByText('broken/torn: report.json is torn or not JSON').waitFor();
          await page.goto(`${origin}/results?run=${HEADLINE}&with=no/such`);
          await page.getByText('no/such: there is no such run').waitFor();
          await page.getByRole('link', { name: 'All runs' }).click();
          await page.locator('.run-card').first().waitFor();
          await world.closeAll();
        }
      }),
  },
  {
    name: 'a run is drawn whole, the same on both servers and in its report.html',
    run: async (world) => {
      const everywhere = [HEADLINE, FACTORIAL];
      for (const path of RUNS) {
        const texts = [];
        const origins = Object.values(world.stacks.origins);
        for (const origin of everywhere.includes(path) ? origins : origins.slice(0, 1)) {
          const page = await world.open(`/results?run=${path}`, { origin });
          await checkDrawn(page, reportOf(world.stacks, path), `${origin} ${path}`);
          texts.push(await page.locator('.run').innerText());
        }
        if (everywhere.includes(path)) {
          const alone = await openReport(world, path);
          await checkDrawn(alone, reportOf(world.stacks, path), `report.html of ${path}`);
          texts.push(await alone.locator('main > .run').innerText());
          assert.equal(new Set(texts).size, 1, path);
        }
        await world.closeAll();
      }
    },
  },
  {
    name: 'filters narrow tables and plots, live in the address, and go back and forward with it',
    run: async (world) => {
      for (const open of [() => world.open(RUN), () => openReport(world, HEADLINE)]) {
        const page = await open();
        const latency = firstTable(page, /^p50 of response time/);
        const all = await visible(page, 'figure');
        const columns = await visible(page, '.scroll thead th');
        await page.locator('select[name=page]').selectOption('plp');
        assert.match(await query(page), /page=plp/);
        assert.deepEqual([...new Set(await columnOf(latency, 0))], ['plp']);
        await page.locator('select[name=vus]').selectOption('200');
        assert.deepEqual(await columnOf(latency, 1), ['200']);
        const some = await visible(page, 'figure');
        assert.ok(some > 0 && some < all / 3, `${some} of ${all} plots`);
        await page.locator('select[name=arm]').selectOption('unified-sqlite');
        assert.ok((await visible(page, '.scroll thead th')) < columns);
        const lines = await page.evaluate(() =>
          [...document.querySelectorAll('figure')]
            .filter((e) => e.checkVisibility())
            .map((e) => e.querySelectorAll('svg[role=img] :is(.line, .bar)').length),
        );
        assert.deepEqual([...new Set(lines)], [1]);
        await page.locator('select[name=statistic]').selectOption('p95');
        assert.equal(await latency.isVisible(), false, 'the table of p50');
        assert.equal(
          await page.getByRole('heading', { name: 'p50', exact: true }).isVisible(),
          false,
        );
        assert.equal(await firstTable(page, /^p95 of response time/).isVisible(), true);
        assert.match(
          await page.locator('.filters [role=status]').innerText(),
          /^\d+ of \d+ tables/,
        );
        const address = await query(page);
        await page.goBack();
        assert.equal(await latency.isVisible(), true);
        assert.equal(await page.locator('select[name=statistic]').inputValue(), '');
        assert.equal(await page.locator('select[name=arm]').inputValue(), 'unified-sqlite');
        await page.goForward();
        assert.equal(await query(page), address);
        assert.equal(await latency.isVisible(), false);
        await page.reload();
        await page.locator('.filters').waitFor();
        assert.equal(await page.locator('select[name=statistic]').inputValue(), 'p95');
        assert.equal(await firstTable(page, /^p50 of response time/).isVisible(), false);
        await page.getByRole('button', { name: 'Show all' }).click();
        assert.equal(await visible(page, 'figure'), all);
        assert.equal(await page.getByRole('button', { name: 'Show all' }).isDisabled(), true);
        assert.doesNotMatch(await query(page), /page|vus|arm=|statistic/);
      }
      const odd = await world.open(`${RUN}&page=nowhere&vus=7`);
      assert.equal(await odd.locator('select[name=page]').inputValue(), '');
      assert.match(await odd.locator('.filters [role=status]').innerText(), /^All /);
    },
  },
  {
    name: 'tables sort by number, by name, and back to the order of the report',
    run: async (world) => {
      const page = await world.open(RUN);
      const table = firstTable(page, /^Capacity by page and arm/);
      const rates = async () => (await columnOf(table, 2)).map(numberOf);
      const before = await rates();
      const head = table.getByRole('button', { name: /^requests.s/ });
      const sorted = () => table.locator('th').nth(2).getAttribute('aria-sort');
      await head.click();
      assert.deepEqual(
        await rates(),
        [...before].sort((a, b) => a - b),
      );
      assert.equal(await sorted(), 'ascending');
      await head.press('Enter');
      assert.deepEqual(
        await rates(),
        [...before].sort((a, b) => b - a),
      );
      assert.equal(await sorted(), 'descending');
      await head.press('Space');
      assert.deepEqual(await rates(), before);
      assert.equal(await sorted(), null);
      await table.getByRole('button', { name: /^arm/ }).click();
      const arms = await columnOf(table, 1);
      assert.deepEqual(arms, [...arms].sort());
      // A number that is not there stands last both ways.
      const latency = firstTable(page, /^p50 of response time/);
      const gap = latency.getByRole('button', { name: /^gap/ });
      const at = await latency
        .locator('thead th')
        .evaluateAll((all) => all.findIndex((th) => th.textContent.startsWith('gap')));
      for (const way of [1, -1]) {
        await gap.click();
        const gaps = (await columnOf(latency, at)).map(numberOf);
        const numbers = gaps.filter((value) => !Number.isNaN(value));
        assert.ok(numbers.length > 2 && numbers.length < gaps.length, String(gaps));
        assert.deepEqual(
          gaps.slice(0, numbers.length),
          [...numbers].sort((a, b) => way * (a - b)),
        );
      }
    },
  },
  {
    name: 'two runs are chosen and stand side by side, filtered together',
    run: async (world) => {
      const page = await world.open('/results');
      const button = page.getByRole('button', { name: 'Side by side' });
      assert.equal(await button.isDisabled(), true);
      await page.getByLabel(`Compare ${HEADLINE}`, { exact: true }).check();
      assert.equal(await button.isDisabled(), true);
      await page.getByLabel(`Compare ${FACTORIAL}`, { exact: true }).check();
      await button.click();
      await page.getByRole('heading', { name: 'Two runs side by side' }).waitFor();
      const capacity = page.locator('.pair').filter({
        has: page.getByRole('heading', { name: 'Capacity', exact: true }),
      });
      const sides = capacity.locator('.side');
      assert.equal(await sides.count(), 2);
      const listed = RUNS.filter((path) => [HEADLINE, FACTORIAL].includes(path));
      for (const [i, path] of listed.entries()) {
        assert.match(await sides.nth(i).innerText(), new RegExp(`^${'AB'[i]}: ${path}`));
        assert.equal(await sides.nth(i).locator('table:visible').count(), 1);
      }
      const [left, right] = [await sides.nth(0).boundingBox(), await sides.nth(1).boundingBox()];
      assert.ok(left.x + left.width <= right.x && left.y === right.y, 'beside each other');
      await page.locator('select[name=page]').selectOption('home');
      for (const i of [0, 1]) {
        const rows = await columnOf(sides.nth(i).locator('.scroll').first(), 0);
        assert.deepEqual([...new Set(rows)], ['home']);
      }
      await page.goBack();
      assert.equal(await page.locator('select[name=page]').inputValue(), '');
      await page.goBack();
      await page.locator('.run-card').first().waitFor();
    },
  },
  {
    name: 'the contents lead to their sections without leaving the run',
    run: async (world) => {
      const page = await world.open(RUN);
      await page.locator('select[name=page]').selectOption('pdp');
      await page.locator('.contents').getByRole('link', { name: 'Environment' }).click();
      await world.until('the section in view', () =>
        page.evaluate(() => {
          const heading = [...document.querySelectorAll('h2')].find(
            (h) => h.textContent === 'Environment',
          );
          const { top } = heading.getBoundingClientRect();
          return top > 0 && top < innerHeight / 2;
        }),
      );
      assert.equal(await page.locator('select[name=page]').inputValue(), 'pdp');
    },
  },
  {
    name: 'report.html is readable without JavaScript, and its policy allows nothing else',
    run: async (world) => {
      const report = reportOf(world.stacks, HEADLINE);
      const page = await world.open('', {
        origin: reportUrl(world.stacks, HEADLINE),
        javaScriptEnabled: false,
      });
      const tables = report.pieces.filter((piece) => piece.kind === 'table');
      assert.equal(await page.locator('table').count(), tables.length);
      assert.equal(
        await page.locator('tbody tr').count(),
        tables.reduce((sum, table) => sum + table.rows.length, 0),
      );
      for (const { text } of report.pieces.filter((piece) => piece.kind === 'key'))
        assert.equal(await page.getByText(text, { exact: true }).count(), 1, text);
      assert.equal(await page.locator('table').first().isVisible(), true);
      const policy = await page
        .locator('meta[http-equiv="Content-Security-Policy"]')
        .getAttribute('content');
      assert.match(policy, /^default-src 'none';/);
      assert.match(policy, /require-trusted-types-for 'script'/);
      assert.match(policy, /script-src 'sha256-[^' ]+'$/);
      assert.doesNotMatch(policy, /unsafe|http|\*/);
    },
  },
  {
    name: 'estimates are measured, interpolated or extrapolated',
    run: async () => {
      const side = {
        latency: [400, 1, 2, 30],
        cpu: [220, 1, 0, 10],
        cells: [
          [0, 0, 401, 221],
          [4000, 2000, 8500, 4300],
          [400, 1000, null, 640],
        ],
      };
      const at = (work, delay) => estimateOf(side, work, delay);
      assert.deepEqual(at(0, 0), { latency: 401, cpu: 221, how: 'measured' });
      assert.deepEqual(at(0, 500), { latency: 1430, cpu: 230, how: 'interpolated' });
      assert.deepEqual(at(100, 0), { latency: 500, cpu: 320, how: 'interpolated' });
      // A cell without both numbers is none.
      assert.deepEqual(at(400, 1000), { latency: 2830, cpu: 630, how: 'interpolated' });
      assert.equal(at(4001, 0).how, 'extrapolated');
      assert.equal(at(0, 2001).how, 'extrapolated');
      const unified = { latency: [50, 1, 0, 0], cpu: [20, 1, 0, 0], cells: [[0, null, 51, 21]] };
      assert.deepEqual(estimateOf(unified, 0, 9e9), { latency: 51, cpu: 21, how: 'measured' });
      assert.equal(estimateOf(unified, 1, 0).how, 'extrapolated');
      const ratio = ratioOf(estimateOf(unified, 0, 500), at(0, 500));
      assert.deepEqual(ratio, { latency: 1430 / 51, cpu: 230 / 21, how: 'interpolated' });
      assert.equal(fieldNumber(' 12.5 '), 12.5);
      for (const text of ['', '-1', 'x', '1e999']) assert.ok(Number.isNaN(fieldNumber(text)), text);
    },
  },
  {
    name: 'a map is drawn with its areas and places, and its form reads estimates off the model',
    run: (world) =>
      withFolder(world, 'map', makeMap, async () => {
        for (const open of [
          () => world.open(`/results?run=${MAP_RUN}`),
          () => openReport(world, MAP_RUN),
        ]) {
          const page = await open();
          const map = page.locator('figure').filter({ hasText: 'where the tax stops mattering' });
          await map.first().waitFor();
          assert.equal(await map.locator('.area').count(), 2);
          assert.equal(await map.locator('svg[role=img] .line').count(), 4);
          assert.equal(await map.locator('svg[role=img] .marker').count(), 5);
          assert.equal(await map.locator('.series-names li').count(), 5);
          assert.equal(await map.locator('details tbody tr').count(), 3);
          const form = page.getByRole('form', { name: /^Estimate/ });
          const status = form.getByRole('status');
          const rows = () => form.locator('tbody tr').evaluateAll((all) =>
            all.map((row) => [...row.children].map((cell) => cell.textContent)),
          );
          await form.getByLabel('Own work a page').fill('400');
          await form.getByLabel('Delay on a hop').fill('1');
          assert.deepEqual(await rows(), [
            ['unified', '0.450', '420.0', 'measured'],
            ['microservices', '2.830', '630.0', 'measured'],
            ['microservices / unified', '6.289', '1.500', 'measured'],
          ]);
          await form.getByLabel('Own work a page').fill('1000');
          await form.getByLabel('Delay on a hop').fill('0.5');
          assert.deepEqual((await rows())[1], [
            'microservices',
            '2.430',
            '1,230',
            'interpolated',
          ]);
          assert.doesNotMatch(await status.innerText(), /Beware/);
          await form.getByLabel('Own work a page').fill('8000');
          assert.equal((await rows())[2][3], 'extrapolated');
          assert.match(
            await status.innerText(),
            /Beware: .*own work up to 4,000 µs and delays up to 2 ms/,
          );
          await form.getByLabel('Own work a page').fill('');
          assert.match(await status.innerText(), /numbers from 0/);
          assert.equal((await rows())[0][1], '–');
          await checkAxe(page, 'the map');
          await checkHtml(await page.content(), 'the map');
          await world.closeAll();
        }
      }),
  },
  {
    name: 'a name in a run that is markup shows as text',
    run: (world) =>
      withFolder(world, 'odd', makeMarkup, async () => {
        const page = await world.open('/results');
        await page.getByText(MARKUP).first().waitFor();
        await page.goto(`${world.stacks.origins.unified}/results?run=odd/markup`);
        await page.locator('.filters').waitFor();
        assert.ok((await page.getByText(MARKUP).count()) > 5);
        assert.equal(await page.locator('main img').count(), 0);
        await page.locator('select[name=arm]').selectOption(MARKUP);
        assert.equal(new URLSearchParams(await query(page)).get('arm'), MARKUP);
      }),
  },
  {
    name: 'without runs, and without an answer, the page says so and a retry works',
    expected: [NO_ANSWER],
    run: async (world) => {
      const page = await world.open('/');
      await page.route('**/results/index.json', (route) => route.fulfill({ json: { runs: [] } }));
      await page.getByRole('link', { name: 'Results' }).click();
      await page.getByText('There is no run here yet').waitFor();
      await page.unroute('**/results/index.json');
      await page.getByRole('link', { name: 'Shop' }).click();
      await page.getByRole('heading', { name: 'Featured' }).waitFor();
      await world.stacks.stop('unified');
      await page.getByRole('link', { name: 'Results' }).click();
      await page.getByText('The results cannot be read').waitFor();
      await world.stacks.start('unified');
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.locator('.run-card').first().waitFor();
    },
  },
];
