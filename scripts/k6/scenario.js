// One closed scenario: VUS virtual users ask a page's addresses, uniformly drawn, and think THINK s in the mean (uniform, half
// to one and a half; 0: not at all), starts spread over the think time, as `duet run` does it. The summary goes to SUMMARY.
//
//   k6 run -e BASE_URL=http://127.0.0.1:8080 -e TARGETS=/path/to/paths -e VUS=20 -e SECONDS=10 -e THINK=1
//          -e SUMMARY=/path/to/results_unified_pdp_20.json scripts/k6/scenario.js
import http from "k6/http";
import { check, sleep } from "k6";
import { SharedArray } from "k6/data";

const targets = new SharedArray("targets", () => open(__ENV.TARGETS).split("\n").filter((line) => line));
const think = Number(__ENV.THINK || 0);

export const options = {
  vus: Number(__ENV.VUS || 20),
  duration: `${__ENV.SECONDS || 10}s`,
  discardResponseBodies: true,
  summaryTrendStats: ["avg", "min", "med", "max", "p(90)", "p(95)", "p(99)"],
};

export default function () {
  if (think && __ITER === 0) sleep(Math.random() * think);
  const target = targets[Math.floor(Math.random() * targets.length)];
  check(http.get(__ENV.BASE_URL + target, { tags: { name: "page" } }), { "status is 200": (r) => r.status === 200 });
  if (think) sleep(think * (0.5 + Math.random()));
}

export function handleSummary(data) {
  return { [__ENV.SUMMARY]: JSON.stringify(data, null, 1) };
}
