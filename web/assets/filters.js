// The choice of page, VUs, arm and statistic, kept in the address so that it can be linked.

import { h } from './dom.js';

const FILTERS = [
  { name: 'page', label: 'Page' },
  { name: 'vus', label: 'VUs' },
  { name: 'arm', label: 'Arm' },
  { name: 'statistic', label: 'Statistic' },
];
const STATISTICS = ['p50', 'p95', 'p99', 'p99.9', 'slowest', 'throughput', 'CPU'];

function statisticsOf(report) {
  const found = new Set();
  for (const piece of report.pieces) {
    for (const part of [piece, ...(piece.columns ?? [])]) {
      if (part.keys?.statistic) found.add(part.keys.statistic);
    }
  }
  return [...STATISTICS.filter((name) => found.delete(name)), ...found];
}

function choicesOf(reports) {
  const all = (values) => [...new Set(reports.flatMap(values))];
  return {
    page: all(({ run }) => run.pages),
    vus: all(({ run }) => run.levels)
      .sort((a, b) => a - b)
      .map(String),
    arm: all(({ run }) => run.arms.map((arm) => arm.id)),
    statistic: all(statisticsOf),
  };
}

/** The choice that an address carries, limited to what there is. */
function chosenIn(search, choices) {
  const query = new URLSearchParams(search);
  return Object.fromEntries(
    FILTERS.map(({ name }) => {
      const value = query.get(name);
      return [name, choices[name].includes(value) ? value : ''];
    }),
  );
}

/** An address with another choice in it. */
function addressWith(href, chosen) {
  const url = new URL(href);
  for (const { name } of FILTERS) {
    if (chosen[name]) url.searchParams.set(name, chosen[name]);
    else url.searchParams.delete(name);
  }
  return url;
}

function select(name, label, values, change) {
  return h(
    'label',
    { class: 'filter' },
    h('span', {}, label),
    h(
      'select',
      { name, onchange: change },
      h('option', { value: '' }, 'All'),
      values.map((value) =>
        h('option', { value }, name === 'vus' ? Number(value).toLocaleString('en') : value),
      ),
    ),
  );
}

/**
 * {element, read}: the form, which calls `go(url)` and then `apply(chosen)` when a person chooses;
 * apply returns what to tell of it. `read` takes the choice from the address, as after a step back.
 */
export function drawFilters(reports, go, apply) {
  const choices = choicesOf(reports);
  const status = h('p', { class: 'muted', role: 'status' });
  const reset = h('button', { type: 'button', class: 'button quiet' }, 'Show all');
  const chosen = () => Object.fromEntries(FILTERS.map(({ name }) => [name, form[name].value]));
  function show() {
    reset.disabled = Object.values(chosen()).every((value) => !value);
    status.textContent = apply(chosen());
  }
  function choose() {
    go(addressWith(location.href, chosen()));
    show();
  }
  const form = h(
    'form',
    {
      class: 'filters',
      'aria-label': 'What is shown',
      onsubmit: (event) => event.preventDefault(),
    },
    FILTERS.map(({ name, label }) => select(name, label, choices[name], choose)),
    reset,
    status,
  );
  reset.addEventListener('click', () => {
    form.reset();
    choose();
    form.page.focus();
  });
  function read() {
    const wanted = chosenIn(location.search, choices);
    for (const { name } of FILTERS) form[name].value = wanted[name];
    show();
  }
  return { element: form, read };
}
