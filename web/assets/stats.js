// What few samples can say.

/** The smallest value with at least share p of `values` at or below it; null without values. */
export function quantile(values, p) {
  if (!values.length) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)];
}

/* Ranks of the values between which the median lies with 95 % confidence, whatever the
 * distribution (the sign test turned round): [low, high], from 0; null for fewer than six. */
function medianRanks(n) {
  let below = 0;
  let chance = 0.5 ** n;
  let rank = -1;
  for (let k = 0; k < n / 2; k++) {
    below += chance;
    if (2 * below > 0.05) break;
    rank = k;
    chance *= (n - k) / (k + 1);
  }
  return rank < 0 ? null : [rank, n - 1 - rank];
}

/** {median, low, high} of the differences, low and high null when there are too few. */
export function medianInterval(differences) {
  const sorted = [...differences].sort((a, b) => a - b);
  const ranks = medianRanks(sorted.length);
  return {
    median: quantile(sorted, 0.5),
    low: ranks ? sorted[ranks[0]] : null,
    high: ranks ? sorted[ranks[1]] : null,
  };
}
