// Plots as inline SVG: lines over two axes, maps, bars, and waterfalls. Colours are classes of run.css.

import { svg } from './dom.js';
import { axisScale, axisShows, axisTitle, plain } from './scale.js';

const WIDTH = 400;
const LEFT = 56;
const RIGHT = 376;
const TOP = 30;
const BOTTOM = 250;
const BAR_STEP = 40;
const DIGIT = 10; // room for a character of a tick
const MARKED_POINTS = 30; // more of them would hide the line

function say(x, y, anchor, text, role) {
  return svg(
    'text',
    { x: x.toFixed(1), y: y.toFixed(1), 'text-anchor': anchor, class: role },
    text,
  );
}

function canvas(height, label, ...children) {
  return svg(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${height}`, role: 'img', 'aria-label': label, class: 'drawing' },
    ...children,
  );
}

/* Ticks that would run into each other keep the first. */
function apart(ticks, at, least) {
  let last = -Infinity;
  return ticks.filter(({ value, label }) => {
    const room = least * label.length;
    const here = at(value);
    if (here - last < room) return false;
    last = here;
    return true;
  });
}

function gridX(scale, axis, top, bottom) {
  const shown = apart(scale.ticks, scale.at, DIGIT);
  return [
    scale.ticks.map(({ value }) =>
      svg('path', { class: 'grid', d: `M${scale.at(value).toFixed(1)} ${top}V${bottom}` }),
    ),
    shown.map(({ value, label }) => say(scale.at(value), bottom + 17, 'middle', label, 'tick')),
    say((LEFT + RIGHT) / 2, bottom + 36, 'middle', axisTitle(axis), 'axis-title'),
  ];
}

function gridY(scale, axis) {
  return [
    scale.ticks.map(({ value, label }) => {
      const y = scale.at(value);
      return [
        svg('path', { class: 'grid', d: `M${LEFT} ${y.toFixed(1)}H${RIGHT}` }),
        say(LEFT - 7, y + 4, 'end', label, 'tick'),
      ];
    }),
    say(4, TOP - 13, 'start', axisTitle(axis), 'axis-title'),
  ];
}

/* A point at which a number is missing breaks the line. */
function path(points, x, y) {
  let drawing = false;
  let d = '';
  for (const point of points) {
    if (point.shown) {
      d += `${drawing ? 'L' : 'M'}${x.at(point.x).toFixed(1)} ${y.at(point.y).toFixed(1)}`;
    }
    drawing = point.shown;
  }
  return d;
}

function markers(series, points, x, y, figure) {
  const shown = points.filter((point) => point.shown);
  if (shown.length > MARKED_POINTS) return [];
  return shown.map((point) =>
    svg(
      'circle',
      { class: 'marker', cx: x.at(point.x).toFixed(1), cy: y.at(point.y).toFixed(1), r: 3.2 },
      svg(
        'title',
        {},
        `${series.name}: ${plain(point.y)} ${figure.y.unit} at ` +
          `${point.x.toLocaleString('en')} ${figure.x.unit}`,
      ),
    ),
  );
}

/* What the plot says to those who do not see it. */
function words(figure, series) {
  const said = series.map(({ name, points }) => {
    const values = points.map(([, y]) => y).filter(Number.isFinite);
    if (!values.length) return `${name}: no number`;
    const ends = [...new Set([Math.min(...values), Math.max(...values)].map(plain))];
    return `${name}: ${ends.join(' to ')} ${figure.y.unit}`;
  });
  return `${figure.title}. ${axisTitle(figure.y)}: ${said.join('; ')}. The numbers stand below.`;
}

/* The area above a line, up to the top; a break in the line ends it. */
function areaAbove(points, x, y) {
  let d = '';
  let from = null;
  points.forEach((point, i) => {
    if (!point.shown) return;
    d += `${from ? 'L' : 'M'}${x.at(point.x).toFixed(1)} ${y.at(point.y).toFixed(1)}`;
    from ??= point;
    if (points[i + 1]?.shown) return;
    d += `V${TOP}H${x.at(from.x).toFixed(1)}Z`;
    from = null;
  });
  return svg('path', { class: 'area', d });
}

function drawLines(figure, series, colourOf) {
  const lines = series.map((one) => ({
    one,
    points: one.points.map(([px, py]) => ({
      x: px,
      y: py,
      shown: axisShows(figure.x, px) && py !== null && axisShows(figure.y, py),
    })),
  }));
  const all = lines.flatMap(({ points }) => points.filter((point) => point.shown));
  const values = (name) => all.map((point) => point[name]);
  const x = axisScale(figure.x, values('x'), LEFT, RIGHT);
  const y = axisScale(figure.y, values('y'), BOTTOM, TOP);
  return canvas(
    BOTTOM + 46,
    words(figure, series),
    gridX(x, figure.x, TOP, BOTTOM),
    gridY(y, figure.y),
    lines.map(({ one, points }) =>
      svg(
        'g',
        { class: colourOf(one) },
        one.mark === 'above' ? areaAbove(points, x, y) : null,
        one.mark === 'points' ? null : svg('path', { class: 'line', d: path(points, x, y) }),
        figure.shape === 'map' && one.mark !== 'points' ? null : markers(one, points, x, y, figure),
      ),
    ),
  );
}

function drawBars(figure, series, colourOf) {
  const bottom = series.length * BAR_STEP + 8;
  const values = series.map((one) => one.points[0]?.[1] ?? NaN);
  const x = axisScale(figure.y, values, 8, RIGHT - 8);
  return canvas(
    bottom + 46,
    words(figure, series),
    gridX(x, figure.y, 4, bottom),
    series.map((one, i) => {
      const y = i * BAR_STEP + 8;
      const width = Number.isFinite(values[i]) ? Math.max(1, x.at(values[i]) - x.at(0)) : 0;
      return svg(
        'g',
        { class: colourOf(one) },
        say(x.at(0) + 6, y + 12, 'start', `${one.name}: ${plain(values[i])}`, 'bar-name'),
        svg('rect', { class: 'bar', x: x.at(0), y: y + 17, width: width.toFixed(1), height: 13 }),
      );
    }),
  );
}

/* A waterfall's series: the point is where its bar begins and ends, a second one the interval of
 * its end. */
function stepsOf(series) {
  return series.map((one) => {
    const [[from, to], interval] = one.points;
    return { one, from, to, interval: interval ?? null, change: to - from };
  });
}

/* "+12.3" for what goes on where another bar ended, "45.6" for what stands on 0. */
function stepText({ from, to, change }) {
  if (from === 0) return plain(to);
  return `${change > 0 ? '+' : change < 0 ? '−' : ''}${plain(Math.abs(change))}`;
}

function waterfallWords(figure, steps) {
  const said = steps.map((step) => {
    const within = step.interval
      ? ` (it ends between ${plain(step.interval[0])} and ${plain(step.interval[1])})`
      : '';
    return `${step.one.name}: ${stepText(step)} ${figure.y.unit}${within}`;
  });
  return `${figure.title}. ${axisTitle(figure.y)}: ${said.join('; ')}. The numbers stand below.`;
}

/* From the end of a bar down to the beginning of the next. */
function connector(step, next, x, y) {
  if (!next || next.from === 0) return null;
  const at = x.at(step.to).toFixed(1);
  return svg('path', { class: 'connector', d: `M${at} ${y}v${BAR_STEP - 13}` });
}

function drawWaterfall(figure, series, colourOf) {
  const steps = stepsOf(series);
  const bottom = steps.length * BAR_STEP + 8;
  const values = steps.flatMap(({ from, to, interval }) => [from, to, ...(interval ?? [])]);
  const x = axisScale(figure.y, values, 8, RIGHT - 8);
  const middle = (x.at(Math.min(0, ...values)) + RIGHT) / 2;
  return canvas(
    bottom + 46,
    waterfallWords(figure, steps),
    gridX(x, figure.y, 4, bottom),
    steps.map((step, i) => {
      const y = i * BAR_STEP + 8;
      const left = x.at(Math.min(step.from, step.to));
      const width = Math.max(1, Math.abs(x.at(step.to) - x.at(step.from)));
      const late = left > middle;
      const ends = step.interval?.map((value) => x.at(value).toFixed(1));
      return svg(
        'g',
        { class: colourOf(step.one) },
        say(
          late ? left + width : left + 2,
          y + 12,
          late ? 'end' : 'start',
          `${step.one.name}: ${stepText(step)}`,
          'bar-name',
        ),
        svg('rect', {
          class: 'bar',
          x: left.toFixed(1),
          y: y + 17,
          width: width.toFixed(1),
          height: 13,
        }),
        ends ? svg('path', { class: 'whisker', d: `M${ends[0]} ${y + 23.5}H${ends[1]}` }) : null,
        connector(step, steps[i + 1], x, y + 30),
      );
    }),
  );
}

const SHAPES = { lines: drawLines, map: drawLines, bars: drawBars, waterfall: drawWaterfall };

/** The drawing of a figure's `series` (some or all of figure.series). `colourOf` gives a series its
 * class. */
export function drawPlot(figure, series, colourOf) {
  return SHAPES[figure.shape](figure, series, colourOf);
}

/** A short line in a series' colour, for a legend; a dot where the series is points. */
export function drawSwatch(colour, mark) {
  return svg(
    'svg',
    { viewBox: '0 0 34 10', class: 'swatch', 'aria-hidden': 'true' },
    svg(
      'g',
      { class: colour },
      mark === 'points'
        ? svg('circle', { class: 'marker', cx: 17, cy: 5, r: 4 })
        : svg('path', { class: 'line', d: 'M1 5H33' }),
    ),
  );
}
