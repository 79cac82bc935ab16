// Side by side: one page asked of both architectures, in pairs of random order, drawn as it goes.

import { ARCHITECTURES, NAMES, ask } from './api.js';
import { h, millis } from './dom.js';
import { routeOf } from './routes.js';
import { medianInterval, quantile } from './stats.js';

const PAIRS = 50;

function apiOf(page) {
  const url = new URL(page, location.origin);
  return url.origin === location.origin ? routeOf(url.pathname, url.search)?.api : undefined;
}

/* ---- words ---- */

/** What can and cannot be said after these pairs ([{unified, microservices}], ms). */
export function conclusion(pairs) {
  if (pairs.length < 6) return 'Fewer than six pairs say nothing yet.';
  const differences = pairs.map((pair) => pair.microservices - pair.unified);
  const { low, high, median } = medianInterval(differences);
  const size = (ms) => millis(Math.abs(ms));
  if (low <= 0 && high >= 0) {
    return (
      `After ${pairs.length} pairs the two cannot be told apart: ` +
      `the median difference lies between ` +
      `${millis(low)} and ${millis(high)} (95 % confidence), and that holds zero.`
    );
  }
  const slower = median > 0 ? 'microservices' : 'unified';
  const losses = differences.filter((d) => (median > 0 ? d > 0 : d < 0)).length;
  const [least, most] = [Math.abs(low), Math.abs(high)].sort((a, b) => a - b);
  return (
    `${NAMES[slower]} took longer in ${losses} of ${pairs.length} pairs; ` +
    `the median difference is ${size(median)}, ` +
    `between ${size(least)} and ${size(most)} with 95 % confidence. ` +
    'This holds for one visitor on an otherwise idle server: ' +
    'it says nothing about load or capacity. ' +
    (pairs.length < PAIRS
      ? ''
      : 'And a p95 of fifty is the third slowest answer: one hiccup moves it.')
  );
}

/* ---- drawing ---- */

function niceEnd(ms) {
  const step = 10 ** Math.floor(Math.log10(ms));
  return [1, 2, 5, 10].map((n) => n * step).find((end) => end >= ms);
}

function marker(name, value, end) {
  const line = h('span', { class: `mark mark-${name}` });
  line.style.left = `${(100 * value) / end}%`;
  return line;
}

function strip(architecture, times, end) {
  const field = h('div', { class: 'strip', 'aria-hidden': 'true' });
  times.forEach((ms, i) => {
    const dot = h('span', { class: 'strip-dot' });
    dot.style.left = `${(100 * ms) / end}%`;
    // Spread, so that equal times do not hide each other.
    dot.style.top = `${15 + ((i * 37) % 70)}%`;
    field.append(dot);
  });
  if (times.length) {
    field.append(
      marker('p50', quantile(times, 0.5), end),
      marker('p95', quantile(times, 0.95), end),
    );
  }
  return h(
    'div',
    { class: 'strip-row', 'data-architecture': architecture },
    h(
      'p',
      { class: 'who' },
      h('span', { class: 'dot', 'aria-hidden': 'true' }),
      NAMES[architecture],
    ),
    field,
  );
}

function axis(end) {
  return h(
    'div',
    { class: 'axis', 'aria-hidden': 'true' },
    [0, 0.25, 0.5, 0.75, 1].map((share) =>
      h('span', {}, `${Number((share * end).toPrecision(3))} ms`),
    ),
  );
}

function table(times) {
  const cell = (value) => h('td', { class: 'number' }, value === null ? '–' : value.toFixed(2));
  const column = (text) => h('th', { scope: 'col', class: 'number' }, text);
  return h(
    'table',
    { class: 'small' },
    h('caption', {}, 'Time in the browser, ms'),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        h('th', { scope: 'col' }, 'Architecture'),
        column('Answers'),
        column('p50'),
        column('p95'),
        column('Slowest'),
      ),
    ),
    h(
      'tbody',
      {},
      ARCHITECTURES.map((name) =>
        h(
          'tr',
          { 'data-architecture': name },
          h('th', { scope: 'row' }, NAMES[name]),
          h('td', { class: 'number' }, times[name].length),
          cell(quantile(times[name], 0.5)),
          cell(quantile(times[name], 0.95)),
          cell(quantile(times[name], 1)),
        ),
      ),
    ),
  );
}

function draw(place, pairs) {
  const times = Object.fromEntries(
    ARCHITECTURES.map((name) => [name, pairs.map((pair) => pair[name])]),
  );
  const end = niceEnd(Math.max(1, ...times.unified, ...times.microservices));
  place.replaceChildren(
    h(
      'div',
      { class: 'strips' },
      ARCHITECTURES.map((name) => strip(name, times[name], end)),
      axis(end),
      h(
        'p',
        { class: 'muted legend' },
        'A dot is an answer; ',
        h('span', { class: 'key key-p50', 'aria-hidden': 'true' }),
        ' p50, ',
        h('span', { class: 'key key-p95', 'aria-hidden': 'true' }),
        ' p95.',
      ),
    ),
    table(times),
  );
}

/* ---- asking ---- */

async function askPair(api, signal) {
  const order = Math.random() < 0.5 ? ARCHITECTURES : [...ARCHITECTURES].reverse();
  const pair = {};
  for (const name of order) {
    const { cost } = await ask(name, api, signal);
    if (cost.architecture !== name)
      throw new Error(`${NAMES[name]}'s address is answered by another architecture.`);
    pair[name] = cost.ms;
  }
  return pair;
}

/* The first pair opens connections and asks whether cross-origin calls are allowed: not counted. */
async function askAll(api, signal, drawn) {
  const pairs = [];
  await askPair(api, signal);
  while (pairs.length < PAIRS && !signal.aborted) {
    pairs.push(await askPair(api, signal));
    drawn(pairs);
    await new Promise(requestAnimationFrame);
  }
}

/* ---- the page ---- */

function choices(select, home, page) {
  const group = (label, items) =>
    h(
      'optgroup',
      { label },
      items.map((item) =>
        h('option', { value: item.path, selected: item.path === page }, item.name),
      ),
    );
  const groups = [group('Pages', [{ path: '/', name: 'Home' }])];
  if (home) {
    groups.push(
      group(
        'Categories',
        home.categories.map((c) => ({ path: `/c/${c.id}`, name: c.name })),
      ),
      group(
        'Products',
        home.featured.map((p) => ({ path: `/p/${p.id}`, name: p.name })),
      ),
    );
  }
  select.replaceChildren(...groups);
  if (page !== '/' && apiOf(page) && ![...select.options].some((option) => option.value === page)) {
    select.prepend(
      h('option', { value: page, selected: true }, `The page you came from (${page})`),
    );
  }
}

export function compareView(architecture, wanted) {
  const page = wanted && apiOf(wanted) ? wanted : '/';
  const select = h('select', { id: 'compare-page' });
  const button = h('button', { type: 'button', class: 'button' });
  const said = h('p', { class: 'verdict', role: 'status' });
  const progress = h('p', { class: 'muted' });
  const place = h('div', { class: 'compare-result' });
  const filling = new AbortController();
  let running = null;

  function idle(words) {
    running = null;
    button.textContent = `Ask both ${PAIRS} times`;
    select.disabled = false;
    if (words) said.textContent = words;
  }

  async function run() {
    const controller = new AbortController();
    let latest = [];
    running = controller;
    button.textContent = 'Stop';
    select.disabled = true;
    said.textContent = '';
    progress.textContent = 'Opening connections…';
    draw(place, []);
    let why = '';
    try {
      await askAll(apiOf(select.value), controller.signal, (pairs) => {
        latest = pairs;
        draw(place, pairs);
        progress.textContent = `${pairs.length} of ${PAIRS} pairs`;
      });
    } catch (error) {
      if (!controller.signal.aborted) why = `${error.message}. ${error.detail ?? ''} `;
    }
    if (!latest.length) progress.textContent = '';
    idle(`${why}${why && !latest.length ? '' : conclusion(latest)}`);
  }

  button.addEventListener('click', () => (running ? running.abort() : run()));
  choices(select, null, page);
  ask(architecture, '/api/home', filling.signal).then(
    ({ data }) => {
      if (!running) choices(select, data, select.value);
    },
    () => {},
  );
  idle();
  draw(place, []);
  return {
    title: 'Side by side · Duet',
    content: h(
      'div',
      { class: 'page' },
      h('h1', { tabindex: '-1' }, 'Side by side'),
      h(
        'p',
        { class: 'lead' },
        'The same page, asked of both architectures in pairs, one after the other, ' +
          'who goes first by chance. Both answer with the same bytes; the time differs.',
      ),
      h(
        'div',
        { class: 'compare-form' },
        h('label', { for: 'compare-page' }, 'Page'),
        select,
        button,
        progress,
      ),
      said,
      place,
    ),
    stop: () => {
      filling.abort();
      running?.abort();
    },
  };
}
