// Makes elements. Text is always a text node, so that whatever a product is called stays text.

const SVG = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined));
  return element;
}

/** An HTML element; attributes named on... are listeners, null and false ones are left out. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

const moneyFormats = new Map();

export function money(cents, currency) {
  if (!moneyFormats.has(currency)) {
    moneyFormats.set(currency, new Intl.NumberFormat('en', { style: 'currency', currency }));
  }
  return moneyFormats.get(currency).format(cents / 100);
}

const counts = new Intl.NumberFormat('en');

export function count(n, one, many) {
  return `${counts.format(n)} ${n === 1 ? one : many}`;
}

/** Milliseconds with as many decimals as tell something. */
export function millis(ms) {
  const size = Math.abs(ms);
  return `${ms < 0 ? '−' : ''}${size.toFixed(size < 1 ? 3 : size < 100 ? 2 : 0)} ms`;
}

export function bytes(n) {
  return `${counts.format(n)} bytes`;
}

const dates = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' });

export function day(iso) {
  return dates.format(new Date(`${iso}T00:00:00Z`));
}
