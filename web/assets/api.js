// Asks an architecture for a page and says what the answer cost.

export const ARCHITECTURES = ['unified', 'microservices'];
export const NAMES = { unified: 'Unified', microservices: 'Microservices' };

const TIMEOUT_MS = 15000;

/** What was asked for is not there, or nobody answered. `kind`: missing, refused or silent. */
export class AskError extends Error {
  constructor(kind, message, detail) {
    super(message);
    this.kind = kind;
    this.detail = detail;
  }
}

let config;

/** Both origins, from the server that the page came from. */
export async function loadConfig() {
  const answer = await fetch('/config.json', { credentials: 'omit' });
  if (!answer.ok) throw new Error(`/config.json answered ${answer.status}`);
  config = await answer.json();
  return config;
}

/** Where the page belongs when it was opened as `localhost`: the same server, under the name that
 * the other one lets ask it. Null for every other name. */
export function knownAddress() {
  const known = new URL(config.origins[config.architecture]);
  const here = new URL(location.href);
  if (here.hostname !== 'localhost' || known.hostname !== '127.0.0.1') return null;
  here.hostname = known.hostname;
  return here.origin === known.origin ? here.href : null;
}

/** As the address bar has it, when the page came from there: no cross-origin call then. */
export function originOf(architecture) {
  return config.architecture === architecture ? location.origin : config.origins[architecture];
}

/** `total;dur=0.214, store;dur=0.011;desc="at 0.003"` as [{name, start, length}] and the total. */
export function parseTiming(text) {
  const parts = [];
  let total = null;
  for (const item of (text ?? '').split(',')) {
    const [name, ...fields] = item.trim().split(';');
    const length = Number(fields.find((field) => field.startsWith('dur='))?.slice(4));
    const start = Number(/^desc="at ([\d.]+)"$/.exec(fields[1] ?? '')?.[1] ?? 0);
    if (!name || !Number.isFinite(length)) continue;
    if (name === 'total') total = length;
    else parts.push({ name, start, length });
  }
  return { total, parts };
}

/* From the first byte asked to the last received, without connecting and without the question
 * whether a cross-origin call is allowed; a browser that hides it gets the time around fetch. */
async function measured(url, begun, ended) {
  for (let tries = 0; tries < 3; tries++) {
    const entries = performance
      .getEntriesByName(url, 'resource')
      .filter((entry) => entry.startTime >= begun - 1 && entry.requestStart > 0);
    const last = entries.at(-1);
    if (last) {
      return { ms: last.responseEnd - last.requestStart, bytes: last.encodedBodySize };
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return { ms: ended - begun, bytes: 0 };
}

/* A browser does not tell a page whether nobody answered or the answer was not for it. */
function whySilent(architecture) {
  const known = Object.values(config.origins);
  return known.includes(location.origin)
    ? `Nothing answers at ${originOf(architecture)}.`
    : `It answers only to pages from ${known.join(' and ')}, and this one is from ` +
        `${location.origin}. Open the shop at one of these addresses.`;
}

async function exchange(architecture, path, signal) {
  const url = originOf(architecture) + path;
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const begun = performance.now();
  performance.clearResourceTimings();
  try {
    const answer = await fetch(url, {
      headers: { 'X-Duet-Timing': '1' },
      cache: 'no-store',
      credentials: 'omit',
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    const text = await answer.text();
    return { answer, text, cost: await measured(url, begun, performance.now()) };
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new AskError(
      'silent',
      `${NAMES[architecture]} does not answer`,
      limit.aborted
        ? `No answer from ${originOf(architecture)} within ${TIMEOUT_MS / 1000} seconds.`
        : whySilent(architecture),
    );
  }
}

function problemOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** {data, cost}; cost is {architecture, ms, bytes, total, parts, requestId, status}, with the
 * architecture that answered. */
export async function ask(architecture, path, signal) {
  const { answer, text, cost } = await exchange(architecture, path, signal);
  const said = answer.headers.get('X-Duet-Architecture');
  Object.assign(cost, parseTiming(answer.headers.get('Server-Timing')), {
    architecture: ARCHITECTURES.includes(said) ? said : null,
    bytes: cost.bytes || new TextEncoder().encode(text).length,
    requestId: answer.headers.get('X-Request-Id'),
    status: answer.status,
  });
  if (answer.ok) return { data: JSON.parse(text), cost };
  const problem = problemOf(text);
  const error =
    answer.status === 404 || answer.status === 400
      ? new AskError('missing', 'Not found', problem.detail)
      : new AskError(
          'refused',
          `${NAMES[architecture]} could not answer`,
          `It said ${answer.status} ${problem.title ?? ''}. ${problem.detail ?? ''}`.trim(),
        );
  error.cost = cost;
  throw error;
}
