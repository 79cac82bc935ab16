// Axes of plots: where a value lies, and which values are named.

const WANTED_TICKS = 5;

function roundStep(span) {
  const power = 10 ** Math.floor(Math.log10(span / WANTED_TICKS));
  return power * [1, 2, 5, 10].find((times) => times * power >= span / WANTED_TICKS);
}

function tickText(value) {
  return value.toLocaleString('en', { maximumSignificantDigits: 6 });
}

function named(value) {
  return { value, label: tickText(value) };
}

function linearTicks(low, high) {
  const step = roundStep(high - low);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) =>
    named(Number(((first + i) * step).toPrecision(12))),
  );
}

/* Powers of ten, with their 2 and 5 times where there would be few of them. */
function logTicks(low, high) {
  const times = high / low > 200 ? [1] : [1, 2, 5];
  const all = [];
  const first = Math.floor(Math.log10(low) - 1e-9);
  for (let power = first; power <= Math.ceil(Math.log10(high)); power++) {
    for (const n of times) all.push(Number((n * 10 ** power).toPrecision(12)));
  }
  const below = all.filter((value) => value <= low * 1.0001).at(-1) ?? all[0];
  const above = all.find((value) => value >= high * 0.9999) ?? all.at(-1);
  return all.filter((value) => value >= below && value <= above).map(named);
}

/** Whether an axis can show a value. */
export function axisShows(axis, value) {
  return Number.isFinite(value) && (axis.scale !== 'log' || value > 0);
}

/* What values cover; a linear axis begins at 0, and nothing covers 1 to 10. */
function covered(axis, values) {
  const shown = values.filter((value) => axisShows(axis, value));
  if (!shown.length) return [1, 10];
  let low = Math.min(...shown);
  let high = Math.max(...shown);
  if (axis.scale !== 'log') {
    low = Math.min(0, low);
    if (low === high) high = low + 1;
  } else if (low === high) {
    low /= 2;
    high *= 2;
  }
  return [low, high];
}

/** {at, ticks} of an axis over `values`, drawn from `from` to `to`. Named ticks of the axis stand
 * as they are where they lie inside; others widen the range to whole ticks. */
export function axisScale(axis, values, from, to) {
  let [low, high] = covered(axis, values);
  let ticks;
  if (axis.ticks) {
    ticks = axis.ticks.map(([value, label]) => ({ value, label }));
    ticks = ticks.filter(({ value }) => value >= low && value <= high);
  } else {
    ticks = axis.scale === 'log' ? logTicks(low, high) : linearTicks(low, high);
    low = Math.min(low, ticks[0].value);
    high = Math.max(high, ticks.at(-1).value);
  }
  const along =
    axis.scale === 'log'
      ? (value) => Math.log(value / low) / Math.log(high / low)
      : (value) => (value - low) / (high - low);
  return { at: (value) => from + along(value) * (to - from), ticks };
}

/** "p50, ms" */
export function axisTitle(axis) {
  return axis.unit ? `${axis.label}, ${axis.unit}` : axis.label;
}

/** A value as a reader wants it: three digits and more. */
export function plain(value) {
  if (!Number.isFinite(value)) return '–';
  const decimals = Math.abs(value) < 10 ? 3 : Math.abs(value) < 1000 ? 1 : 0;
  return value.toLocaleString('en', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
}
