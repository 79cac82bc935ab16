// The form of the map: what a page with so much own work, its calls delayed so much, would cost on
// either side, by the model that a report carries.

import { h } from './dom.js';
import { plain } from './scale.js';

const US_PER_MS = 1000;
const HOW = ['measured', 'interpolated', 'extrapolated']; // ever weaker

function modelled([base, work, hop, wait], workUs, delayUs) {
  return base + work * workUs + hop * delayUs + (delayUs > 0 ? wait : 0);
}

/* A cell without a delay, which unified's are, stands for every delay. */
function isAt([work, delay], workUs, delayUs) {
  return work === workUs && (delay === null || delay === delayUs);
}

function isWithin(values, value) {
  const known = values.filter((one) => one !== null);
  return !known.length || (value >= Math.min(...known) && value <= Math.max(...known));
}

/** What a side of a page ({latency, cpu, cells}) costs, in us: {latency, cpu, how}. `how` is
 * 'measured' where a cell is exactly there, and has both numbers, 'interpolated' within the measured
 * ranges of work and delay, else 'extrapolated'. */
export function estimateOf(side, workUs, delayUs) {
  const cell = side.cells.find((one) => isAt(one, workUs, delayUs));
  if (cell && cell[2] !== null && cell[3] !== null) {
    return { latency: cell[2], cpu: cell[3], how: 'measured' };
  }
  const within =
    isWithin(
      side.cells.map(([work]) => work),
      workUs,
    ) &&
    isWithin(
      side.cells.map(([, delay]) => delay),
      delayUs,
    );
  return {
    latency: modelled(side.latency, workUs, delayUs),
    cpu: modelled(side.cpu, workUs, delayUs),
    how: within ? 'interpolated' : 'extrapolated',
  };
}

/** The second estimate over the first; `how` is the weaker of theirs. */
export function ratioOf(first, second) {
  return {
    latency: second.latency / first.latency,
    cpu: second.cpu / first.cpu,
    how: HOW[Math.max(HOW.indexOf(first.how), HOW.indexOf(second.how))],
  };
}

/** The number in a field's text, which must be 0 or more; NaN when it is none. */
export function fieldNumber(text) {
  const value = text.trim() === '' ? NaN : Number(text);
  return Number.isFinite(value) && value >= 0 ? value : NaN;
}

function rangesOf(sides) {
  const cells = sides.flatMap((side) => side.cells);
  const delays = cells.map(([, delay]) => delay).filter((delay) => delay !== null);
  return {
    work: Math.max(...cells.map(([work]) => work)),
    delay: Math.max(0, ...delays),
  };
}

function numberField(name, label, value, change) {
  return h(
    'label',
    { class: 'filter' },
    h('span', {}, label),
    h('input', { name, type: 'number', min: '0', step: 'any', value, oninput: change }),
  );
}

function resultRow(name, cells, how) {
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, name),
    cells.map((text) => h('td', { class: 'r' }, text)),
    h('td', {}, how),
  );
}

const DASHES = { latency: NaN, cpu: NaN, how: '–' };

/* The rows for two estimates, and their ratio. */
function resultRows(sides, estimates) {
  const ratio = estimates.includes(DASHES) ? DASHES : ratioOf(...estimates);
  return [
    ...sides.map((side, i) =>
      resultRow(
        side.name,
        [plain(estimates[i].latency / US_PER_MS), plain(estimates[i].cpu)],
        estimates[i].how,
      ),
    ),
    resultRow(
      `${sides[1].name} / ${sides[0].name}`,
      [plain(ratio.latency), plain(ratio.cpu)],
      ratio.how,
    ),
  ];
}

/* What is said of a ratio to those who do not look at the table. */
function resultWords(page, sides, ratio) {
  const { work, delay } = rangesOf(sides);
  const told =
    `${page}: ${sides[1].name} take ${plain(ratio.latency)} times the latency and ` +
    `${plain(ratio.cpu)} times the CPU of ${sides[0].name} (${ratio.how}).`;
  if (ratio.how !== 'extrapolated') return told;
  return (
    `${told} Beware: this is beyond what was measured, own work up to ` +
    `${work.toLocaleString('en')} µs and delays up to ${delay / US_PER_MS} ms.`
  );
}

function drawResults() {
  const body = h('tbody', {});
  const element = h(
    'div',
    { class: 'scroll', role: 'group', 'aria-label': 'Estimate' },
    h(
      'table',
      {},
      h('caption', {}, h('span', {}, 'Estimate')),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, 'side'),
          h('th', { scope: 'col', class: 'r' }, 'latency, p50, ms'),
          h('th', { scope: 'col', class: 'r' }, 'CPU a request, µs'),
          h('th', { scope: 'col' }, 'how'),
        ),
      ),
      body,
    ),
  );
  return { element, show: (rows) => body.replaceChildren(...rows) };
}

/** The form of an estimator piece ({pages: [{page, sides: [unified, microservices]}]}). */
export function drawEstimator({ pages }) {
  const status = h('p', { class: 'estimate-words', role: 'status' });
  const results = drawResults();
  const numbers = () => [fieldNumber(form.work.value), fieldNumber(form.delay.value)];
  function show() {
    const { page, sides } = pages.find((one) => one.page === form.estimated.value);
    const [work, delay] = numbers();
    const wrong = Number.isNaN(work) || Number.isNaN(delay);
    form.work.setAttribute('aria-invalid', String(Number.isNaN(work)));
    form.delay.setAttribute('aria-invalid', String(Number.isNaN(delay)));
    const estimates = sides.map((side) =>
      wrong ? DASHES : estimateOf(side, work, delay * US_PER_MS),
    );
    results.show(resultRows(sides, estimates));
    status.textContent = wrong
      ? 'Own work and delay are numbers from 0.'
      : resultWords(page, sides, ratioOf(...estimates));
  }
  const form = h(
    'form',
    {
      class: 'estimator',
      'aria-label': 'Estimate for other own work and delays',
      onsubmit: (event) => event.preventDefault(),
    },
    numberField('work', 'Own work a page, µs', '1000', show),
    numberField('delay', 'Delay on a hop, ms', '0.5', show),
    h(
      'label',
      { class: 'filter' },
      h('span', {}, 'Page'),
      h(
        'select',
        { name: 'estimated', onchange: show },
        pages.map(({ page }) => h('option', { value: page }, page)),
      ),
    ),
    status,
    results.element,
  );
  show();
  return form;
}
