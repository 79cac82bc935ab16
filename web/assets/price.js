// The price of the click: what each architecture's last answer for this page took, on one scale.

import { ARCHITECTURES, NAMES } from './api.js';
import { bytes, h, millis } from './dom.js';
import { holdsOf } from './words.js';

const OWNERS = ['catalog', 'inventory', 'pricing', 'reviews', 'store', 'merge', 'write'];

/** The service or step that a stretch belongs to; its colour goes by it. */
function ownerOf(name) {
  if (name.startsWith('stock') || name.startsWith('inventory')) return 'inventory';
  if (name.startsWith('price') || name.startsWith('pricing') || name.startsWith('lowest'))
    return 'pricing';
  if (name.startsWith('rating') || name.startsWith('review')) return 'reviews';
  return (
    OWNERS.find((owner) => name.startsWith(owner)) ?? (name === 'admission' ? 'other' : 'catalog')
  );
}

/* Stretches that overlap get lanes of their own, so that what runs in parallel is seen to. */
function lanes(parts) {
  const ends = [];
  const placed = [];
  for (const part of [...parts].sort((a, b) => a.start - b.start || b.length - a.length)) {
    let lane = ends.findIndex((end) => end <= part.start + 0.0005);
    if (lane < 0) lane = ends.length;
    ends[lane] = part.start + part.length;
    placed.push({ part, lane });
  }
  return { placed, count: Math.max(1, ends.length) };
}

function stretch(className, start, length, scale) {
  const box = h('span', { class: className });
  box.style.left = `${(100 * start) / scale}%`;
  box.style.width = `${(100 * length) / scale}%`;
  return box;
}

function bar(cost, scale) {
  const { placed, count } = lanes(cost.parts.filter((part) => part.length > 0));
  const track = h(
    'span',
    { class: 'track', 'aria-hidden': 'true' },
    stretch('whole', 0, cost.ms, scale),
  );
  for (const { part, lane } of placed) {
    const box = stretch(`part part-${ownerOf(part.name)}`, part.start, part.length, scale);
    box.style.top = `${(100 * lane) / count}%`;
    box.style.height = `${100 / count}%`;
    track.append(box);
  }
  return track;
}

function row(architecture, cost, current, scale) {
  return h(
    'span',
    { class: `price-row${current ? ' current' : ''}`, 'data-architecture': architecture },
    h(
      'span',
      { class: 'who' },
      h('span', { class: 'dot', 'aria-hidden': 'true' }),
      NAMES[architecture],
      current ? h('span', { class: 'unseen' }, ' answered this page') : null,
    ),
    cost
      ? [
          h('strong', { class: 'took' }, millis(cost.ms)),
          ' ',
          h('span', { class: 'size muted' }, bytes(cost.bytes)),
          bar(cost, scale),
        ]
      : h('span', { class: 'muted unasked' }, 'not asked for this page yet'),
  );
}

function partName(name) {
  return name.replaceAll('_', ' ');
}

/* "merge: coordination. write, admission: the page itself." in the report's words. */
function heldBy(parts) {
  const named = new Map();
  for (const { name } of parts) {
    const names = named.get(holdsOf(name)) ?? new Set();
    named.set(holdsOf(name), names.add(partName(name)));
  }
  if (!named.size) return null;
  const said = [...named].map(([held, names]) => `${[...names].join(', ')}: ${held}.`);
  return h('p', { class: 'muted holds' }, `In the report's words: ${said.join(' ')}`);
}

function partsTable(architecture, cost) {
  const scale = Math.max(cost.total ?? 0, 0.001);
  const line = (part) => {
    const track = h(
      'span',
      { class: 'track', 'aria-hidden': 'true' },
      stretch(`part part-${ownerOf(part.name)}`, part.start, part.length, scale),
    );
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, partName(part.name)),
      h('td', { class: 'number' }, part.start.toFixed(3)),
      h('td', { class: 'number' }, part.length.toFixed(3)),
      h('td', { class: 'track-cell' }, track),
    );
  };
  const column = (text, number) => h('th', { scope: 'col', class: number ? 'number' : null }, text);
  return h(
    'div',
    { class: 'price-table', 'data-architecture': architecture },
    h(
      'table',
      { class: 'small' },
      h(
        'caption',
        {},
        `${NAMES[architecture]}: ${
          cost.total === null ? 'no times reported' : `${cost.total.toFixed(3)} ms in the server`
        }, ${millis(cost.ms)} in the browser, ${bytes(cost.bytes)}`,
      ),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          column('Part'),
          column('Start, ms', true),
          column('Length, ms', true),
          h('td', {}),
        ),
      ),
      h('tbody', {}, [...cost.parts].sort((a, b) => a.start - b.start).map(line)),
    ),
    heldBy(cost.parts),
    h('p', { class: 'muted' }, 'Request ', h('code', {}, cost.requestId ?? 'unnamed')),
  );
}

/** Draws the bar into `place`. `costs` has an architecture's last cost for this page, `current` who
 * answered what is shown; `comparePath` is the page to lay side by side. */
export function drawPrice(place, costs, current, comparePath) {
  const known = ARCHITECTURES.filter((name) => costs[name]);
  const scale = Math.max(0.001, ...known.map((name) => costs[name].ms));
  const open = place.querySelector('details')?.open ?? false;
  const focused =
    place.contains(document.activeElement) && document.activeElement.tagName === 'SUMMARY';
  const summary = h(
    'summary',
    {},
    h('span', { class: 'price-title' }, 'The price of this click'),
    ARCHITECTURES.map((name) => row(name, costs[name], name === current, scale)),
  );
  place.replaceChildren(
    h(
      'details',
      { open },
      summary,
      h(
        'div',
        { class: 'price-more' },
        known.length
          ? h(
              'div',
              { class: 'price-tables' },
              known.map((name) => partsTable(name, costs[name])),
            )
          : h('p', {}, 'No answer yet.'),
        h(
          'p',
          { class: 'muted' },
          h('span', { id: 'painted' }),
          'Browser time runs from sending the request to its last byte. One click is one sample: ',
          h(
            'a',
            { href: `/compare?page=${encodeURIComponent(comparePath)}` },
            'ask both 50 times, side by side',
          ),
          '.',
        ),
      ),
    ),
  );
  if (focused) summary.focus();
}
