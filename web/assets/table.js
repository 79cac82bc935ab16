// Tables that can be sorted by a column and narrowed to what is asked for.

import { h } from './dom.js';

const WRAPPED_LENGTH = 60; // as runner/doc_html.c has it

function cellText(cell) {
  return typeof cell === 'string' ? cell : cell.text;
}

/** The number that a text begins with ("+1,204", "0.82 knee"); NaN when it begins with none. */
export function numberOf(text) {
  const match = /^[+-]?[\d,]*\.?\d+/.exec(text);
  return match ? Number(match[0].replaceAll(',', '')) : NaN;
}

/* Numbers by size, others by name; what has no number stands last, whichever way. */
function compareRows(index, numeric, direction) {
  return (a, b) => {
    const [left, right] = [a, b].map((row) => cellText(row.data.cells[index]));
    if (!numeric) return direction * left.localeCompare(right, 'en', { numeric: true });
    const [x, y] = [numberOf(left), numberOf(right)];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
    return direction * (x - y);
  };
}

/** Whether something with these keys is wanted: a key that either side lacks decides nothing. */
export function keysMatch(keys, wanted) {
  return Object.entries(wanted).every(
    ([name, value]) => !value || !keys?.[name] || keys[name] === value,
  );
}

function classesOf(align, text, tone) {
  return (
    [
      align === 'right' && 'r',
      tone === 'muted' && 'm',
      tone === 'strong' && 's',
      text.length > WRAPPED_LENGTH && 'w',
    ]
      .filter(Boolean)
      .join(' ') || null
  );
}

function drawCell(cell, column, first) {
  const text = cellText(cell);
  return h(
    first ? 'th' : 'td',
    { scope: first ? 'row' : null, class: classesOf(column.align, text, cell.tone) },
    text,
  );
}

function drawRow(data, columns) {
  return h(
    'tr',
    {},
    data.cells.map((cell, i) => drawCell(cell, columns[i], i === 0)),
  );
}

/* Up, down, then as the report has it. */
const TURNS = { none: 'ascending', ascending: 'descending', descending: 'none' };

function sortBy(state, index) {
  const turn = TURNS[state.heads[index].getAttribute('aria-sort') ?? 'none'];
  const numeric = state.columns[index].align === 'right';
  const order = [...state.rows];
  if (turn !== 'none') order.sort(compareRows(index, numeric, turn === 'ascending' ? 1 : -1));
  state.body.replaceChildren(...order.map((row) => row.element));
  state.heads.forEach((head, i) => {
    if (i === index && turn !== 'none') head.setAttribute('aria-sort', turn);
    else head.removeAttribute('aria-sort');
  });
}

function drawHead(column, sort) {
  return h(
    'th',
    { scope: 'col', class: classesOf(column.align, '') },
    h('button', { type: 'button', class: 'sort', onclick: sort }, column.text),
  );
}

/** {element, apply}: a scrolling table, and what narrows it to `wanted` keys; apply says whether
 * anything of it is left. `whose` tells two runs' tables apart. */
export function drawTable(table, whose) {
  const state = { columns: table.columns, body: h('tbody', {}) };
  state.rows = table.rows.map((data) => ({ data, element: drawRow(data, table.columns) }));
  state.heads = table.columns.map((column, i) => drawHead(column, () => sortBy(state, i)));
  state.body.append(...state.rows.map((row) => row.element));
  const element = h(
    'div',
    { class: 'scroll', role: 'group', 'aria-label': table.caption + (whose ? ` (${whose})` : '') },
    h(
      'table',
      {},
      h('caption', {}, h('span', {}, table.caption)),
      h('thead', {}, h('tr', {}, state.heads)),
      state.body,
    ),
  );
  function apply(wanted) {
    let left = 0;
    state.columns.forEach((column, i) => {
      const hide = !keysMatch(column.keys, wanted);
      state.heads[i].hidden = hide;
      for (const row of state.rows) row.element.children[i].hidden = hide;
    });
    for (const row of state.rows) {
      row.element.hidden = !keysMatch(row.data.keys, wanted);
      left += !row.element.hidden;
    }
    element.hidden = !left || !keysMatch(table.keys, wanted);
    return !element.hidden;
  }
  return { element, apply };
}
