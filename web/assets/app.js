// The shop: navigation, and the switch between the architectures that answer.

import { ARCHITECTURES, NAMES, ask, knownAddress, loadConfig } from './api.js';
import { millis } from './dom.js';
import { failedView, loadingView, missingView } from './pages.js';
import { drawPrice } from './price.js';
import { routeOf } from './routes.js';

const REMEMBERED = 'duet.architecture';
const LOADING_AFTER_MS = 150;

const main = document.getElementById('main');
const price = document.getElementById('price');
const live = document.getElementById('live');
const radios = [...document.querySelectorAll('#toggle input')];

const state = {
  architecture: 'unified', // asked for; who answered is in the costs
  key: null, // the page shown: path and query without `arch`
  costs: {}, // the last answer of each architecture for it
  scroll: 0, // where the page was before it failed
  leave: null, // ends what the page shown has under way
  moved: null, // takes another address of the page shown; false when it is another page's
};

/* ---- the address ---- */

function pageKey() {
  const query = new URLSearchParams(location.search);
  query.delete('arch');
  const rest = query.toString();
  return location.pathname + (rest ? `?${rest}` : '');
}

function linkedArchitecture() {
  const linked = new URLSearchParams(location.search).get('arch');
  return ARCHITECTURES.includes(linked) ? linked : null;
}

/* A link can be copied from the address bar; without `always` only an address that says another
 * architecture is put right. */
function linkArchitecture(always) {
  const url = new URL(location.href);
  if (!always && !url.searchParams.has('arch')) return;
  url.searchParams.set('arch', state.architecture);
  history.replaceState(history.state, '', url);
}

function saveScroll() {
  history.replaceState({ ...history.state, y: scrollY }, '');
}

/* ---- remembering: a browser may forbid it ---- */

function remember(architecture) {
  try {
    localStorage.setItem(REMEMBERED, architecture);
  } catch {
    /* then only this page knows */
  }
}

function remembered() {
  try {
    const value = localStorage.getItem(REMEMBERED);
    return ARCHITECTURES.includes(value) ? value : null;
  } catch {
    return null;
  }
}

/* ---- showing ---- */

function choose(architecture) {
  state.architecture = architecture;
  document.documentElement.dataset.architecture = architecture;
  for (const radio of radios) radio.checked = radio.value === architecture;
}

function put(view, { focus, scroll }) {
  document.title = view.title;
  main.replaceChildren(view.content);
  main.removeAttribute('aria-busy');
  if (focus) main.querySelector('h1')?.focus({ preventScroll: true });
  if (scroll !== undefined) scrollTo(0, scroll);
}

function putPrice(current) {
  price.hidden = false;
  drawPrice(price, state.costs, current, state.key);
}

/* Once the frame with the answer is on the screen. */
function notePainted(begun) {
  requestAnimationFrame(() =>
    setTimeout(() => {
      const { duration } = performance.measure('duet-painted', {
        start: begun,
        end: performance.now(),
      });
      const note = document.getElementById('painted');
      if (note) note.textContent = `On the screen ${millis(duration)} after the click. `;
    }),
  );
}

function putAnswer(route, { data, cost }, how) {
  state.costs[cost.architecture ?? state.architecture] = cost;
  put(route.view(data), how);
  putPrice(cost.architecture);
  live.textContent = cost.architecture
    ? `${NAMES[cost.architecture]} answered in ${millis(cost.ms)}.`
    : 'The answer does not say who gave it.';
}

function putError(error, how) {
  const other = ARCHITECTURES.find((name) => name !== state.architecture);
  const actions = { other, retry: () => show({ focus: true }), flip: () => flip(other) };
  const missing = error.kind === 'missing';
  if (error.cost?.architecture) state.costs[error.cost.architecture] = error.cost;
  else delete state.costs[state.architecture];
  state.scroll = how.kept ?? 0;
  put(missing ? missingView(error.detail) : failedView(error, actions), how);
  putPrice(error.cost?.architecture);
  live.textContent = missing ? 'Not found.' : `${error.message}. ${error.detail}`;
}

function putStatic(view, how) {
  price.hidden = true;
  put(view, how);
}

async function showCompare(how) {
  const { compareView } = await import('./compare.js');
  const view = compareView(state.architecture, new URLSearchParams(location.search).get('page'));
  state.leave = view.stop;
  putStatic(view, how);
}

/* Writes another address of the page shown. */
function stay(href) {
  saveScroll();
  history.pushState({ y: scrollY }, '', href);
  state.key = pageKey();
}

async function showResults(how) {
  const { search } = location;
  const controller = new AbortController();
  const { resultsView, sameRuns } = await import('./results.js');
  state.leave = () => controller.abort();
  main.setAttribute('aria-busy', 'true');
  try {
    const view = await resultsView(search, { navigate, stay }, controller.signal);
    if (controller.signal.aborted) return;
    if (view.moved) {
      state.moved = () => {
        if (location.pathname !== '/results' || !sameRuns(search, location.search)) return false;
        view.moved();
        return true;
      };
    }
    putStatic(view, how);
  } catch (error) {
    if (controller.signal.aborted) return;
    const failure = { message: 'The results cannot be read', detail: error.message };
    putStatic(failedView(failure, { retry: () => show({ focus: true }) }), how);
  }
}

/** Shows the page of the address bar. `kept` is the scroll position of a page that stays. */
async function show(how) {
  const begun = performance.now();
  state.leave?.();
  state.leave = null;
  state.moved = null;
  const key = pageKey();
  const stays = key === state.key;
  const route = routeOf(location.pathname, location.search);
  if (!stays) state.costs = {};
  state.key = key;
  if (!route) return putStatic(missingView(), how);
  if (route.kind === 'compare') return showCompare(how);
  if (route.kind === 'results') return showResults(how);
  const controller = new AbortController();
  state.leave = () => controller.abort();
  main.setAttribute('aria-busy', 'true');
  const waiting = setTimeout(
    () => {
      if (!stays) put(loadingView(route.kind), {});
      putPrice(null);
      main.setAttribute('aria-busy', 'true');
    },
    main.childElementCount ? LOADING_AFTER_MS : 0,
  );
  try {
    const answer = await ask(state.architecture, route.api, controller.signal);
    clearTimeout(waiting);
    if (!controller.signal.aborted) putAnswer(route, answer, how);
  } catch (error) {
    clearTimeout(waiting);
    if (controller.signal.aborted) return undefined;
    putError(
      error.kind
        ? error
        : Object.assign(error, { kind: 'refused', detail: 'Its answer could not be read.' }),
      how,
    );
  }
  return notePainted(begun);
}

/* ---- what people do ---- */

/** Re-asks the page shown from the other architecture, without leaving the place. */
function flip(architecture) {
  const failed = main.querySelector('.state') !== null;
  const kept = failed ? state.scroll : scrollY;
  choose(architecture);
  remember(architecture);
  linkArchitecture(true);
  // Asks nobody, or both.
  if (routeOf(location.pathname, location.search)?.api === undefined) return;
  show({ scroll: kept, kept });
}

function navigate(href) {
  saveScroll();
  history.pushState({ y: 0 }, '', href);
  linkArchitecture(false);
  show({ focus: true, scroll: 0 });
}

function clicked(event) {
  const link = event.target.closest?.('a[href]');
  if (
    !link ||
    event.defaultPrevented ||
    event.button !== 0 ||
    event.metaKey ||
    event.ctrlKey ||
    event.shiftKey ||
    event.altKey ||
    link.target
  )
    return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || !routeOf(url.pathname, url.search)) return;
  if (url.hash && url.pathname === location.pathname && url.search === location.search) return;
  event.preventDefault();
  navigate(url);
}

function wentBack() {
  linkArchitecture(false);
  if (pageKey() === state.key) return;
  if (state.moved?.()) {
    state.key = pageKey();
    return;
  }
  show({ focus: true, scroll: history.state?.y ?? 0 });
}

function listen() {
  let settled;
  history.scrollRestoration = 'manual';
  document.addEventListener('click', clicked);
  addEventListener('popstate', wentBack);
  addEventListener('pagehide', saveScroll);
  addEventListener(
    'scroll',
    () => {
      clearTimeout(settled);
      settled = setTimeout(saveScroll, 100);
    },
    { passive: true },
  );
  for (const radio of radios) radio.addEventListener('change', () => flip(radio.value));
}

async function start() {
  try {
    const config = await loadConfig();
    const known = knownAddress();
    if (known) {
      location.replace(known);
      return;
    }
    choose(linkedArchitecture() ?? remembered() ?? config.architecture);
    listen();
  } catch {
    const error = {
      message: 'The server does not answer',
      detail: 'It did not say where the architectures are.',
    };
    putStatic(failedView(error, { retry: () => location.reload() }), {});
    return;
  }
  if (linkedArchitecture()) remember(state.architecture);
  show({ scroll: history.state?.y ?? 0 });
}

start();
