// Compares the percentiles of our histogram with hdr-histogram-js on the same values.
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
const ours = [];
let count = 0;
for (const line of readFileSync(process.argv[2], "utf8").split("\n")) {
  const [kind, first, second] = line.split(" ");
  if (kind === "v") {
    reference.recordValue(Number(first));
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
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
