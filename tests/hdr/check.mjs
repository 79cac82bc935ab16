// Compares our histogram with hdr-histogram-js on the same values: its percentiles, and its .hgrm file line by line.
// Usage: node check.mjs DUMP, a file that histogram-dump wrote.
import { build } from "hdr-histogram-js";
import { readFileSync } from "node:fs";

const TOLERANCE = 0.001;
const UNIT_NS = 100;

const reference = build({
  lowestDiscernibleValue: 1,
  highestTrackableValue: 120e9,
  numberOfSignificantValueDigits: 3,
});
// In our units of 100 ns, so that the buckets are the same and so are the lines.
const referenceUnits = build({
  lowestDiscernibleValue: 1,
  highestTrackableValue: 120e9 / UNIT_NS,
  numberOfSignificantValueDigits: 3,
});
const ours = [];
let count = 0;
const [dump, hgrm] = readFileSync(process.argv[2], "utf8").split("hgrm\n");
for (const line of dump.split("\n")) {
  const [kind, first, second] = line.split(" ");
  if (kind === "v") {
    reference.recordValue(Number(first));
    referenceUnits.recordValue(Math.floor(Number(first) / UNIT_NS));
    count++;
  } else if (kind === "p") {
    ours.push([Number(first), Number(second)]);
  }
}

let passed = 0;
let failed = 0;
function expect(holds, message) {
  if (holds) {
    passed++;
  } else {
    failed++;
    console.log(`not ok: ${message}`);
  }
}
expect(count === 1_000_000, `${count} values instead of 1000000`);
expect(ours.length === 101, `${ours.length} percentiles instead of 101`);
for (const [percentile, value] of ours) {
  const theirs = reference.getValueAtPercentile(percentile);
  const allowed = Math.max(TOLERANCE * theirs, UNIT_NS);
  expect(Math.abs(value - theirs) <= allowed, `p${percentile}: ours ${value}, theirs ${theirs}`);
}

// Values may differ by their third decimal's rounding and the unit's width, mean and deviation by a bucket's.
const MS = 1e6 / UNIT_NS;
const lines = hgrm.split("\n");
const theirLines = referenceUnits.outputPercentileDistribution(5, MS).split("\n");
expect(lines.length === theirLines.length, `${lines.length} lines, theirs ${theirLines.length}`);
expect(lines.length > 50, `only ${lines.length} lines`);
for (const [i, line] of lines.entries()) {
  const [mine, theirs] = [line, theirLines[i] ?? ""].map((l) => l.replace(/^#\[|\]$/g, "").trim().split(/[\s,=]+/));
  expect(mine.length === theirs.length, `'${line}', theirs '${theirLines[i]}'`);
  for (const [at, word] of mine.entries()) {
    // Counts are whole and must be equal; a share's last digit depends on how a half is rounded.
    const allowed = at === 1 && !line.startsWith("#") ? 1.5e-12 : Math.max(TOLERANCE * theirs[at], 0.0007);
    const close = word.includes(".") && Math.abs(word - theirs[at]) <= allowed;
    expect(word === theirs[at] || close, `'${line}', theirs '${theirLines[i]}'`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
