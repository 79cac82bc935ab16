#!/usr/bin/python3
"""Checks runner/stats.c against SciPy: check.py BUILD_FOLDER. Last line: 'N passed, N failed'."""
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
from scipy import stats

sys.path.insert(0, str(Path(__file__).resolve().parent))
import stored

TOLERANCE = 1e-9
PROBABILITIES = [0.0005, 0.005, 0.025, 0.1, 0.25, 0.4, 0.5001, 0.6, 0.7499, 0.75, 0.9, 0.95, 0.975,
                 0.99, 0.995, 0.9995, 0.999999]


def quantile(p, df):
    """SciPy's ppf is itself only good to about 1e-8 here (t(0.9995, 1) is 636.61924876877 by its
    closed form), so it is refined by Newton steps on SciPy's tail probability."""
    if p < 0.5:
        return -quantile_above(p, df)
    return quantile_above(1 - p, df)


def quantile_above(tail, df):
    t = stats.t.isf(tail, df)
    for _ in range(3):
        t += (stats.t.sf(t, df) - tail) / stats.t.pdf(t, df)
    return t


def words(values):
    return " ".join(repr(float(v)) for v in values)


def mean_interval(values, confidence):
    n = len(values)
    mean = np.mean(values)
    reach = quantile(0.5 + confidence / 2, n - 1) * stats.sem(values)
    return [mean, mean - reach, mean + reach, stats.ttest_1samp(values, 0).pvalue]


def welch_interval(a, b, confidence):
    a, b = np.log(a), np.log(b)
    va, vb = np.var(a, ddof=1) / len(a), np.var(b, ddof=1) / len(b)
    df = (va + vb) ** 2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1))
    reach = quantile(0.5 + confidence / 2, df) * np.sqrt(va + vb)
    middle = np.mean(b) - np.mean(a)
    return [*np.exp([middle, middle - reach, middle + reach]), stats.ttest_ind(b, a, equal_var=False).pvalue]


def ratio_interval(a, b, confidence):
    mean, low, high, p = mean_interval(np.log(np.array(b) / np.array(a)), confidence)
    return [*np.exp([mean, low, high]), p]


def trend(x, ratios, confidence):
    fit = stats.linregress(x, np.log(ratios))
    reach = quantile(0.5 + confidence / 2, len(x) - 2) * fit.stderr
    return [*np.exp([fit.slope, fit.slope - reach, fit.slope + reach]), fit.pvalue]


def holm(values):
    """By the definition: the smallest of n is multiplied by n, the next by n - 1, ..., never falling."""
    adjusted, least = [0.0] * len(values), 0.0
    for rank, i in enumerate(sorted(range(len(values)), key=lambda i: values[i])):
        least = max(least, min(1.0, values[i] * (len(values) - rank)))
        adjusted[i] = least
    return adjusted


def quantile_questions():
    for df in list(range(1, 201)) + [2.5, 3.7, 11.25, 1000, 10000]:
        for p in PROBABILITIES:
            yield f"t {p!r} {df}", [quantile(p, df)]
        for t in (-30.0, -2.0, -0.4, 0.3, 1.0, 2.776, 50.0):
            yield f"cdf {t} {df}", [stats.t.cdf(t, df)]


def sample_questions():
    rng = random.Random(20260131)
    for i in range(300):
        n = rng.randint(2, 40)
        spread = rng.choice([0.001, 0.05, 0.5])
        a = [rng.lognormvariate(6, spread) for _ in range(n)]
        b = [rng.lognormvariate(rng.choice([6, 6.01, 8]), spread) for _ in range(n)]
        more = [rng.lognormvariate(7, spread * 3) for _ in range(rng.randint(2, 40))]
        confidence = rng.choice([0.8, 0.95, 0.99])
        yield f"mean {confidence} {n} {words(a)}", mean_interval(a, confidence)
        yield f"paired {confidence} {n} {words(a)} {words(b)}", ratio_interval(a, b, confidence)
        if n > 2:
            yield f"trend {confidence} {n} {words(range(n))} {words(a)}", trend(range(n), a, confidence)
        p = [rng.random() ** rng.choice([1, 4, 12]) for _ in range(n)]
        yield f"holm {n} {words(p)}", holm(p)
        yield (f"welch {confidence} {n} {len(more)} {words(a)} {words(more)}",
               welch_interval(a, more, confidence))
        yield f"median {n} {words(a)}", [np.median(a)]
        yield f"geomean {n} {words(a)}", [stats.gmean(a)]


def stored_questions():
    """What the reference runs' reports rest on: every pair of arms, from the files themselves."""
    for run in stored.runs():
        for label, blocks, a, b in stored.pairs(run):
            yield f"paired 0.95 {len(a)} {words(a)} {words(b)}", ratio_interval(a, b, 0.95)
            ratios = list(np.array(b) / np.array(a))
            if len(a) > 2:
                yield f"trend 0.95 {len(a)} {words(blocks)} {words(ratios)}", trend(blocks, ratios, 0.95)
            even = [r for r, block in zip(ratios, blocks) if block % 2 == 0]
            odd = [r for r, block in zip(ratios, blocks) if block % 2 == 1]
            if min(len(even), len(odd)) > 1:
                yield (f"welch 0.95 {len(even)} {len(odd)} {words(even)} {words(odd)}",
                       welch_interval(even, odd, 0.95))


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: check.py BUILD_FOLDER (its bin/stats-dump is asked)")
    questions = list(quantile_questions()) + list(sample_questions()) + list(stored_questions())
    asked = "\n".join(q for q, _ in questions) + "\n"
    lines = subprocess.run([f"{sys.argv[1]}/bin/stats-dump"], input=asked, capture_output=True, text=True,
                           check=True).stdout.splitlines()
    passed = failed = 0
    for (question, expected), line in zip(questions, lines, strict=True):
        got = [float(x) for x in line.split()]
        if len(got) == len(expected) and np.allclose(got, expected, rtol=TOLERANCE, atol=1e-300):
            passed += 1
        else:
            failed += 1
            print(f"{question[:60]}: expected {expected}, got {got}", file=sys.stderr)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
