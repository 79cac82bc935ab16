// The results: the list of runs, one run, or two beside each other.

import { count, h } from './dom.js';
import { drawRun, drawTwoRuns } from './run.js';

const KNOWN_SCHEMA = 1;
const AT_ONCE = 6; // requests
const TRIALS = ['valid', 'invalid', 'unreadable'];
const STYLE = '/assets/run.css';

/* Loaded with the first page that needs it, and waited for, so that nothing jumps. */
function loadStyle() {
  if (document.querySelector(`link[href="${STYLE}"]`)) return undefined;
  return new Promise((resolve) => {
    const link = h('link', { rel: 'stylesheet', href: STYLE, onload: resolve, onerror: resolve });
    document.head.append(link);
  });
}

/* ---- reading ---- */

async function answerOf(url, signal) {
  const answer = await fetch(url, { credentials: 'omit', cache: 'no-cache', signal });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.text();
}

/* What the list and the filters rely on. */
function isWhole({ run, pieces }) {
  return (
    [run?.arms, run?.pages, run?.levels, pieces].every(Array.isArray) &&
    [run.title, run.machine, ...run.arms.map((arm) => arm?.id)].every(
      (text) => typeof text === 'string',
    ) &&
    TRIALS.every((name) => Number.isInteger(run.trials?.[name]))
  );
}

/** The report in a text; throws with what a reader of the list should know. */
export function reportIn(text) {
  let report;
  try {
    report = JSON.parse(text);
  } catch (error) {
    throw new Error(`report.json is torn or not JSON (${error.message})`);
  }
  const version = report?.schema_version;
  if (typeof version !== 'number') throw new Error('report.json has no schema_version');
  if (version > KNOWN_SCHEMA) {
    throw new Error(`report.json is of schema ${version}; this page reads up to ${KNOWN_SCHEMA}`);
  }
  if (!isWhole(report)) throw new Error('report.json lacks its run or its pieces');
  return report;
}

const reportUrl = (path) => `/results/${path}/report.json`;

/* {path, report} or {path, why}. */
async function readRun({ path, files }, signal) {
  try {
    if (!files.includes('report.json')) {
      throw new Error(`it has no report.json yet: "duet report" with its folder writes it`);
    }
    return { path, report: reportIn(await answerOf(reportUrl(path), signal)) };
  } catch (error) {
    if (signal.aborted) throw error;
    return { path, why: error.message };
  }
}

/* {runs, leftOut}: how many folders the server did not list. */
async function readRuns(signal) {
  const { runs, left_out: leftOut = 0 } = JSON.parse(await answerOf('/results/index.json', signal));
  const read = [];
  const waiting = [...runs.entries()];
  const next = async () => {
    for (let one = waiting.shift(); one; one = waiting.shift())
      read[one[0]] = await readRun(one[1], signal);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  return { runs: read, leftOut };
}

/* ---- the list ---- */

const moments = new Intl.DateTimeFormat('en', {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'UTC',
});

function moment(iso) {
  const time = new Date(iso ?? NaN);
  return Number.isNaN(time.getTime()) ? 'unknown' : `${moments.format(time)} UTC`;
}

function validity({ valid, invalid, unreadable }) {
  const parts = [`${valid} valid`, invalid && `${invalid} invalid`];
  parts.push(unreadable && `${unreadable} unreadable`);
  return `${parts.filter(Boolean).join(', ')} of ${valid + invalid + unreadable} trials`;
}

function newestFirst(a, b) {
  const [left, right] = [a, b].map(({ report }) => report?.run.started_at ?? '');
  return left === right ? a.path.localeCompare(b.path) : left < right ? 1 : -1;
}

function addressOf(a, b) {
  return `/results?${new URLSearchParams(b ? { run: a, with: b } : { run: a })}`;
}

function fact(name, value, wide) {
  return h('div', { class: wide ? 'wide' : null }, h('dt', {}, name), h('dd', {}, value));
}

function readableCard({ path, report: { run } }, chosen) {
  return h(
    'li',
    { class: 'run-card' },
    h(
      'div',
      {},
      h('h2', {}, h('a', { href: addressOf(path) }, run.title)),
      h('p', { class: 'muted' }, path),
    ),
    h(
      'label',
      { class: 'choose' },
      h('input', { type: 'checkbox', value: path, onchange: chosen }),
      h('span', {}, 'Compare', h('span', { class: 'unseen' }, ` ${path}`)),
    ),
    h(
      'dl',
      {},
      fact(
        'Plan',
        `${run.plan ?? 'unnamed'}, ${run.blocks} ${run.blocks === 1 ? 'block' : 'blocks'}`,
      ),
      fact('Date', moment(run.started_at)),
      fact('Machine', run.machine),
      fact('Validity', validity(run.trials)),
      fact('Arms', run.arms.map(({ id }) => id).join(', '), true),
    ),
  );
}

function unreadableCard({ path, why }) {
  return h(
    'li',
    { class: 'run-card unreadable' },
    h('h2', {}, path),
    h('p', { class: 'why' }, `Unreadable: ${why}.`),
  );
}

function drawList(runs, navigate) {
  const button = h('button', { type: 'button', class: 'button', disabled: true }, 'Side by side');
  const hint = h('p', { class: 'muted', role: 'status' });
  const list = h('ul', { class: 'runs' });
  const ticked = () => [...list.querySelectorAll('input:checked')].map(({ value }) => value);
  function chosen() {
    const count = ticked().length;
    button.disabled = count !== 2;
    hint.textContent =
      count === 2 ? 'Two runs are chosen.' : `Choose two runs to compare; ${count} chosen.`;
  }
  button.addEventListener('click', () => navigate(addressOf(...ticked())));
  list.append(...runs.map((run) => (run.report ? readableCard(run, chosen) : unreadableCard(run))));
  chosen();
  const two = runs.filter(({ report }) => report).length > 1;
  return [two ? h('div', { class: 'choosing' }, button, hint) : null, list];
}

const NONE =
  'There is no run here yet. "make bench-quick" makes one; a server shows those of the folder ' +
  'that its option --results names.';

function tellLeftOut(folders) {
  return h(
    'p',
    { class: 'muted' },
    `Not listed: ${count(folders, 'folder', 'folders')}. A folder is left out when it cannot be opened, ` +
      'when its name has other characters than letters, digits and . _ - ~, or when the list ' +
      'is full (1,000 runs, 4 MiB).',
  );
}

async function listView(navigate, signal) {
  const { runs, leftOut } = await readRuns(signal);
  runs.sort(newestFirst);
  return {
    title: 'Results · Duet',
    content: h(
      'div',
      { class: 'page' },
      h('h1', { tabindex: '-1' }, 'Results'),
      h(
        'p',
        { class: 'lead' },
        'What each architecture costs under load: runs of a plan, newest first. ' +
          'Each can be looked at by itself, or two beside each other.',
      ),
      runs.length ? drawList(runs, navigate) : h('p', { class: 'notice' }, NONE),
      leftOut ? tellLeftOut(leftOut) : null,
    ),
  };
}

/* ---- one run, or two ---- */

function crumbs(...names) {
  return h(
    'nav',
    { class: 'crumbs', 'aria-label': 'Where you are' },
    h(
      'ol',
      {},
      h('li', {}, h('a', { href: '/results' }, 'Results')),
      names.map((name) => h('li', { 'aria-current': 'page' }, name)),
    ),
  );
}

/* The address may be anybody's: only what the list has is asked for. */
async function readNamed(paths, signal) {
  const { runs } = JSON.parse(await answerOf('/results/index.json', signal));
  return Promise.all(
    paths.map(async (path) => {
      const found = runs.find((run) => run.path === path);
      return found ? readRun(found, signal) : { path, why: 'there is no such run' };
    }),
  );
}

function unreadableView(run) {
  return {
    title: 'Unreadable run · Duet',
    content: h(
      'div',
      { class: 'state' },
      h('h1', { tabindex: '-1' }, 'This run cannot be shown'),
      h('p', {}, `${run.path}: ${run.why}.`),
      h('p', { class: 'actions' }, h('a', { class: 'button', href: '/results' }, 'All runs')),
    ),
  };
}

async function runsView(paths, stay, signal) {
  const runs = await readNamed(paths, signal);
  const unreadable = runs.find((run) => run.why);
  if (unreadable) return unreadableView(unreadable);
  const drawn =
    runs.length === 1
      ? drawRun(runs[0].report, stay)
      : drawTwoRuns(
          runs.map(({ path, report }) => ({ name: path, report })),
          stay,
        );
  return {
    title: `${runs.map(({ report }) => report.run.title).join(' and ')} · Duet`,
    content: h('div', { class: 'page' }, crumbs(paths.join(' and ')), drawn.element),
    moved: drawn.read,
  };
}

/**
 * {title, content, moved?} of an address below /results. `moved` takes a choice of filters from an
 * address that names the same runs. `go.navigate(href)` shows another page, `go.stay(url)` writes an
 * address for the page shown.
 */
export async function resultsView(search, go, signal) {
  const query = new URLSearchParams(search);
  const paths = ['run', 'with'].map((name) => query.get(name)).filter(Boolean);
  await loadStyle();
  return paths.length ? runsView(paths, go.stay, signal) : listView(go.navigate, signal);
}

/** Whether two addresses name the same runs. */
export function sameRuns(a, b) {
  const [left, right] = [a, b].map((search) => new URLSearchParams(search));
  return ['run', 'with'].every((name) => left.get(name) === right.get(name));
}
