// Draws runs: the pieces of one report, or the sections of two beside each other.

import { h } from './dom.js';
import { drawEstimator } from './estimate.js';
import { drawFilters } from './filters.js';
import { drawPlot, drawSwatch } from './plot.js';
import { drawTable, keysMatch } from './table.js';

const FAMILIES = { unified: 'u', microservices: 'm' };
const COLOURS = 5; // of each family
/* A map has no arms: its lines, then its points. */
const MAP_COLOURS = ['u1', 'm1', 'u0', 'm0', 'o0'].map((name) => `colour-${name}`);

/* An arm has one colour in all plots of a run: a family an architecture. */
function coloursOf(run) {
  const counts = {};
  return Object.fromEntries(
    run.arms.map(({ id, architecture }) => {
      const family = FAMILIES[architecture] ?? 'o';
      counts[family] = (counts[family] ?? -1) + 1;
      return [id, `colour-${family}${counts[family] % COLOURS}`];
    }),
  );
}

/* ---- pieces ---- */

function drawFigure(figure, behind, context) {
  const colourOf = (series) =>
    figure.shape === 'map'
      ? MAP_COLOURS[figure.series.indexOf(series) % MAP_COLOURS.length]
      : (context.colours[series.keys?.arm] ?? 'colour-o0');
  const table = drawTable(behind, context.whose);
  const drawing = h('div', { class: 'drawing-place' });
  const legend = h('ul', { class: 'series-names' });
  const element = h(
    'figure',
    {},
    h('figcaption', {}, figure.text),
    drawing,
    ['lines', 'map'].includes(figure.shape) ? legend : null,
    h('details', {}, h('summary', {}, 'The numbers'), table.element),
  );
  function apply(wanted) {
    const series = figure.series.filter((one) => keysMatch(one.keys, wanted));
    element.hidden = !series.length || !keysMatch(figure.keys, wanted);
    if (element.hidden) return false;
    drawing.replaceChildren(drawPlot(figure, series, colourOf));
    legend.replaceChildren(
      ...series.map((one) => h('li', {}, drawSwatch(colourOf(one), one.mark), ` ${one.name}`)),
    );
    table.apply(wanted);
    return true;
  }
  return { element, apply };
}

const TEXTS = {
  heading: ({ level, text, id }, { prefix }) =>
    h(`h${level}`, { id: `${prefix}${id}`, tabindex: level === 1 ? '-1' : null }, text),
  title: ({ text, id }, { prefix }) => h('h2', { id: `${prefix}${id}`, class: 'title' }, text),
  paragraph: ({ text }) => h('p', {}, text),
  key: ({ text }) => h('p', { class: 'finding' }, text),
  code: ({ text }) => h('pre', { tabindex: '0' }, h('code', {}, text)),
  list: ({ items }) =>
    h(
      'ul',
      { class: 'items' },
      items.map((item) => h('li', {}, item)),
    ),
};

/* Figures that follow each other share a grid. */
function place(parent, piece, element) {
  if (piece.kind !== 'figure') {
    parent.append(element);
  } else if (parent.lastElementChild?.className === 'plots') {
    parent.lastElementChild.append(element);
  } else {
    parent.append(h('div', { class: 'plots' }, element));
  }
}

/* A kind that is not known here is of a newer report: left out. */
function drawPiece(pieces, index, context) {
  const piece = pieces[index];
  if (piece.kind === 'table') return drawTable(piece, context.whose);
  if (piece.kind === 'figure') return drawFigure(piece, pieces[index + 1], context);
  if (piece.kind === 'estimator') return { element: drawEstimator(piece) };
  const element = TEXTS[piece.kind]?.(piece, context);
  return element ? { element } : null;
}

/* A heading of the third level under which nothing is left goes with it. */
function hideEmptyParts(section) {
  let heading = null;
  let left = true;
  for (const element of section.children) {
    if (element.tagName === 'H3') {
      if (heading) heading.hidden = !left;
      heading = element;
      left = false;
    } else {
      left ||= !element.hidden;
    }
  }
  if (heading) heading.hidden = !left;
}

/* ---- a run ---- */

/* {sections: [{title, id, element}], apply}; the first section has no title. */
function drawSections(report, context) {
  const sections = [{ title: '', element: h('div', { class: 'run-part' }) }];
  const changing = [];
  report.pieces.forEach((piece, index) => {
    if (piece.behind) return;
    if (piece.kind === 'heading' && piece.level === 2) {
      const element = h('section', { class: 'run-part' });
      sections.push({ title: piece.text, id: `${context.prefix}${piece.id}`, element });
      if (context.whose) return;
    }
    const drawn = drawPiece(report.pieces, index, context);
    if (!drawn) return;
    place(sections.at(-1).element, piece, drawn.element);
    if (drawn.apply) changing.push(drawn.apply);
  });
  function apply(wanted) {
    const left = changing.filter((change) => change(wanted)).length;
    for (const { element } of sections) hideEmptyParts(element);
    return { left, all: changing.length };
  }
  return { sections, apply };
}

function drawContents(sections) {
  return h(
    'nav',
    { class: 'contents', 'aria-label': 'Contents' },
    h(
      'ul',
      {},
      sections.map(({ title, id }) => h('li', {}, h('a', { href: `#${id}` }, title))),
    ),
  );
}

function told({ left, all }) {
  return left === all
    ? `All ${all} tables and plots are shown.`
    : `${left} of ${all} tables and plots are shown.`;
}

/** {element, read} of one report; `go` as in filters.js. */
export function drawRun(report, go) {
  const context = { prefix: 's', whose: '', colours: coloursOf(report.run) };
  const { sections, apply } = drawSections(report, context);
  const filters = drawFilters([report], go, (chosen) => told(apply(chosen)));
  const [head, ...rest] = sections;
  filters.read();
  return {
    element: h(
      'div',
      { class: 'run' },
      head.element,
      rest.length ? drawContents(rest) : null,
      filters.element,
      rest.map(({ element }) => element),
    ),
    read: filters.read,
  };
}

/* ---- two runs ---- */

function drawPair(title, id, parts) {
  return h(
    'section',
    { class: 'pair' },
    title ? h('h2', { id }, title) : null,
    parts.map(({ name, section }) =>
      h(
        'div',
        { class: 'side' },
        h('p', { class: 'side-name' }, name),
        section?.element ?? h('p', { class: 'muted' }, 'This run has nothing here.'),
      ),
    ),
  );
}

/* The level-1 heading is the page's; each run keeps its own as a part of it. */
function withoutTitle(report) {
  const pieces = report.pieces.map((piece) =>
    piece.kind === 'heading' && piece.level === 1 ? { ...piece, kind: 'title' } : piece,
  );
  return { ...report, pieces };
}

/** {element, read} of two reports ([{name, report}]), section beside section. */
export function drawTwoRuns(two, go) {
  const drawn = two.map(({ name, report }, i) => ({
    name: `${'AB'[i]}: ${name}`,
    ...drawSections(withoutTitle(report), {
      prefix: `${'ab'[i]}`,
      whose: 'AB'[i],
      colours: coloursOf(report.run),
    }),
  }));
  const titles = [...new Set(drawn.flatMap(({ sections }) => sections.map(({ title }) => title)))];
  const rows = titles.map((title, i) => ({
    title,
    id: `s${i}`,
    parts: drawn.map(({ name, sections }) => ({
      name,
      section: sections.find((section) => section.title === title),
    })),
  }));
  const filters = drawFilters(
    two.map(({ report }) => report),
    go,
    (chosen) => {
      const counts = drawn.map(({ apply }) => apply(chosen));
      const sum = (key) => counts.reduce((total, one) => total + one[key], 0);
      return told({ left: sum('left'), all: sum('all') });
    },
  );
  filters.read();
  const [head, ...rest] = rows.map(({ title, id, parts }) => drawPair(title, id, parts));
  return {
    element: h(
      'div',
      { class: 'run two-runs' },
      h('h1', { tabindex: '-1' }, 'Two runs side by side'),
      head,
      drawContents(rows.slice(1)),
      filters.element,
      rest,
    ),
    read: filters.read,
  };
}
