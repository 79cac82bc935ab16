// Runs for the results page: the reference runs with reports made anew by `duet report`, and runs
// whose report.json cannot be read.

import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const REFERENCE = 'results/reference';
export const HEADLINE = 'reference/headline';
export const FACTORIAL = 'reference/factorial';

/** Every reference run, newest first. */
export const RUNS = readdirSync(REFERENCE)
  .filter((name) => existsSync(join(REFERENCE, name, 'run.json')))
  .map((name) => ({
    path: `reference/${name}`,
    at: JSON.parse(readFileSync(join(REFERENCE, name, 'run.json'), 'utf8')).started_at,
  }))
  .sort((a, b) => (a.at === b.at ? a.path.localeCompare(b.path) : a.at < b.at ? 1 : -1))
  .map(({ path }) => path);
export const MARKUP = '<img src=x onerror="document.title=1">&amp;';

/** The report.json of a run. */
export function reportOf(stacks, path) {
  return JSON.parse(readFileSync(join(stacks.results, path, 'report.json'), 'utf8'));
}

/** Where a run's report.html is. */
export function reportUrl(stacks, path) {
  return pathToFileURL(join(stacks.results, path, 'report.html')).href;
}

function put(stacks, path, name, text) {
  mkdirSync(join(stacks.results, path), { recursive: true });
  writeFileSync(join(stacks.results, path, name), text);
}

function reportMade(stacks, path) {
  const folder = join(stacks.results, path);
  const done = spawnSync(join(stacks.bin, 'duet'), ['report', folder], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`duet report ended with ${done.status}: ${done.stderr}`);
}

/** Brings the reference runs below stacks.results. */
export function makeRuns(stacks) {
  cpSync(REFERENCE, join(stacks.results, 'reference'), { recursive: true });
  for (const path of RUNS) reportMade(stacks, path);
}

/** Runs that a list must name as unreadable, by their paths: what it says of each. */
export const UNREADABLE = {
  'broken/armless': /lacks its run or its pieces/,
  'broken/list': /has no schema_version/,
  'broken/newer': /is of schema 2; this page reads up to 1/,
  'broken/none': /has no report\.json yet/,
  'broken/pieceless': /lacks its run or its pieces/,
  'broken/text': /is torn or not JSON/,
  'broken/torn': /is torn or not JSON/,
};

/** A folder that the server does not list, beside the unreadable runs: its name is no address. */
const UNLISTED = 'broken/odd name';

export function makeUnreadable(stacks) {
  const whole = readFileSync(join(stacks.results, HEADLINE, 'report.json'), 'utf8');
  put(
    stacks,
    'broken/armless',
    'report.json',
    '{"schema_version":1,"run":{"title":"","arms":[null],"pages":[],"levels":[]},"pieces":[]}',
  );
  put(stacks, 'broken/list', 'report.json', '[]');
  put(stacks, 'broken/newer', 'report.json', '{"schema_version": 2}');
  put(stacks, 'broken/none', 'run.json', '{}');
  put(stacks, 'broken/pieceless', 'report.json', '{"schema_version": 1, "run": {}}');
  put(stacks, 'broken/text', 'report.json', '<p>no</p>');
  put(stacks, 'broken/torn', 'report.json', whole.slice(0, whole.length / 2));
  put(stacks, UNLISTED, 'run.json', '{}');
}

/** A run in which every name that a file can give is markup. */
export function makeMarkup(stacks) {
  const report = reportOf(stacks, HEADLINE);
  const [arm] = report.run.arms;
  const text = JSON.stringify(report)
    .replaceAll(arm.id, JSON.stringify(MARKUP).slice(1, -1))
    .replaceAll('AMD EPYC', JSON.stringify(MARKUP).slice(1, -1));
  put(stacks, 'odd/markup', 'report.json', text);
}

/** A run with one waterfall more: 30, 10 less, 20 more, 40. */
export function makeWaterfall(stacks) {
  const report = reportOf(stacks, RUNS[1]);
  const title = 'A waterfall of four bars';
  const bars = [
    ['join', [[0, 30]]],
    ['store', [[30, 20], [18, 22]]],
    ['serialization', [[20, 40], [39, 41]]],
    ['tcp', [[0, 40]]],
  ];
  report.pieces.push(
    {
      kind: 'figure',
      shape: 'waterfall',
      title,
      text: `${title}.`,
      x: { label: 'word', unit: '', scale: 'linear' },
      y: { label: 'CPU time', unit: 'µs a page', scale: 'linear' },
      series: bars.map(([name, points]) => ({ name, points })),
    },
    {
      kind: 'table',
      caption: title,
      behind: true,
      columns: [
        { text: 'word', align: 'left' },
        { text: 'to, µs a page', align: 'right' },
      ],
      rows: bars.map(([name, [[, to]]]) => ({ cells: [name, String(to)] })),
    },
  );
  put(stacks, 'odd/waterfall', 'report.json', JSON.stringify(report));
}

/* [work of a part, its us a page, delay on a hop, its us]: three cells of unified, five of the
 * microservices. */
const MAP_CELLS = [
  ['0s', 0, null, 0],
  ['100us', 400, null, 0],
  ['1ms', 4000, null, 0],
  ['0s', 0, '0s', 0],
  ['100us', 400, '0s', 0],
  ['0s', 0, '1ms', 1000],
  ['1ms', 4000, '2ms', 2000],
  ['100us', 400, '1ms', 1000],
];
export const MAP_RUN = 'map/even';

/** A run with a map, of cells that follow its models: in us, latency is 50 + work for unified and
 * 400 + work + 2 x delay + 30 where there is a delay for the microservices; CPU 20 + work and
 * 220 + work, 10 more where there is a delay. */
export function makeMap(stacks) {
  const from = (name) =>
    JSON.parse(readFileSync(join(stacks.results, HEADLINE, name), 'utf8'));
  const results = {
    capacity: from('results_unified-sqlite_pdp_capacity_b0.json'),
    20: from('results_unified-sqlite_pdp_20_b0.json'),
  };
  const arms = MAP_CELLS.map(([work, , delay], i) => ({
    id: `a${i}`,
    architecture: delay === null ? 'unified' : 'microservices',
    store: 'sqlite',
    work,
    ...(delay === null ? {} : { hop_delay: delay }),
  }));
  MAP_CELLS.forEach(([, workUs, delay, delayUs], i) => {
    const waits = delayUs > 0;
    const base = delay === null ? 50 : 400 + 2 * delayUs + (waits ? 30 : 0);
    const cpu = (delay === null ? 20 : 220 + (waits ? 10 : 0)) + workUs;
    for (const [load, result] of Object.entries(results)) {
      const one = structuredClone(result);
      const { architecture, store } = arms[i];
      Object.assign(one.scenario, { arm: arms[i].id, architecture, store });
      one.config.arm = arms[i];
      one.latency_us.response_time.p50 = base + workUs;
      one.resources.cpu_us_per_request = cpu;
      put(stacks, MAP_RUN, `results_${arms[i].id}_pdp_${load}_b0.json`, JSON.stringify(one));
    }
  });
  const about = from('run.json');
  about.plan = { ...about.plan, title: 'Map', blocks: 1, arms, map: { slo: 'p50<3ms' } };
  put(stacks, MAP_RUN, 'run.json', JSON.stringify(about));
  reportMade(stacks, MAP_RUN);
}
