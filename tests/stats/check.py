#!/usr/bin/python3
"""Checks runner/stats.c and runner/queue_model.c against SciPy and runner/fit.c against numpy: check.py BUILD_FOLDER. Last line: 'N passed, N failed'."""
import json
import random
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from scipy import optimize, stats

sys.path.insert(0, str(Path(__file__).resolve().parent))
import stored

TOLERANCE = 1e-9
ABSOLUTE = {"fit": 1e-7, "leave": 1e-9}  # a coefficient, or an error, may be next to nothing beside what it comes from
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


def forecast(service, variation, users, think_s, alone):
    """M/G/1 by Pollaczek and Khinchine with E[S^2], the population's rate by a root, percentiles by a root between
    two of the jumps that the distribution has at each lone latency."""
    alone, second_moment = np.sort(np.array(alone)), (1 + variation) * service**2

    def wait(rate):
        return rate * second_moment / (2 * (1 - rate * service))

    rate = optimize.brentq(lambda r: r * (think_s * 1e6 + alone.mean() + wait(r)) - users, 0, (1 - 1e-12) / service, xtol=1e-30, rtol=1e-14)
    busy, mean_wait = rate * service, wait(rate)

    def share(t):
        late = np.maximum(t - alone, 0)
        return np.mean(np.where(t < alone, 0, 1 - busy * np.exp(-busy * late / mean_wait)))

    def percentile(p):
        at = next((i for i, t in enumerate(alone) if share(t) >= p), len(alone))
        low = alone[at - 1] if at else 0.0
        high = alone[at] if at < len(alone) else low + 1000 * mean_wait / busy
        below = np.nextafter(high, 0)
        if at < len(alone) and share(below) < p:
            return high  # it falls into a jump
        return optimize.brentq(lambda t: share(t) - p, low, below, xtol=1e-13, rtol=1e-14)

    return [rate * 1e6, busy, mean_wait, percentile(0.5), percentile(0.95)]


def queue_questions():
    rng = random.Random(20260201)
    for i in range(200):
        service, variation = rng.lognormvariate(4.5, 1), rng.choice([0, 0.01, 0.3, 1, 4])
        alone = [service + rng.lognormvariate(3.5, 0.7) for _ in range(rng.choice([1, 3, 31, 97]))]  # no share of a jump is 50 or 95 %
        users, think = rng.choice([1, 20, 200, 2000]), rng.choice([0.01, 0.2, 1.0])
        yield (f"queue {service!r} {variation!r} {users} {think!r} {len(alone)} {words(alone)}",
               forecast(service, variation, users, think, alone))


def simulated(utilisation, rng, count):
    """Response times of an M/M/1 queue with a mean service of 1, by Lindley's recursion."""
    served, between = rng.exponential(1, count), rng.exponential(1 / utilisation, count)
    waits = np.zeros(count)
    for i in range(1, count):
        waits[i] = max(0.0, waits[i - 1] + served[i - 1] - between[i])
    return waits[count // 100:] + served[count // 100:]


def check_simulation(build):
    """The model is exact for exponential service: its percentiles are a simulated queue's, within 3 %."""
    rng, failed = np.random.default_rng(7), 0
    lone = -np.log1p(-(np.arange(1000) + 0.5) / 1000)  # an exponential's quantiles
    for utilisation in (0.2, 0.5, 0.65):
        users = 1e9  # so many that the rate is what they ask for
        think_s = users / utilisation / 1e6
        asked = f"queue 1 1 {users!r} {think_s!r} 1000 {words(lone)}\n"
        line = subprocess.run([f"{build}/bin/stats-dump"], input=asked, capture_output=True, text=True, check=True).stdout
        told = [float(x) for x in line.split()][3:]
        seen = np.percentile(simulated(utilisation, rng, 300000), [50, 95])
        if not np.allclose(told, seen, rtol=0.03):
            failed += 1
            print(f"utilisation {utilisation}: the model says {told}, a simulated queue {seen}", file=sys.stderr)
    return 3 - failed, failed


def fit_rows(rng):
    """Rows as a map has them: a constant, work, delay, whether there is a delay; some are made singular."""
    columns = rng.choice([2, 4])
    rows, y = [], []
    for _ in range(rng.randint(columns + 1, 24)):
        work, delay = rng.choice([0, 120, 400, 1200, 4000, 40000]), rng.choice([0, 100, 500, 1000, 2000])
        rows.append([1.0, float(work), float(delay), float(delay > 0)][:columns])
        y.append((rng.uniform(30, 500) + work + 1.1 * delay * (columns > 2)) * rng.lognormvariate(0, 0.05))
    return np.array(rows), np.array(y)


def relative_fit(x, y):
    """By numpy's least squares on the system divided by y; None when a column follows from the others."""
    scaled = x / y[:, None]
    lengths = np.linalg.norm(scaled, axis=0)
    if len(y) < x.shape[1] or not lengths.all():
        return None
    if np.linalg.matrix_rank(scaled / lengths, tol=1e-8) < x.shape[1]:
        return None
    return np.linalg.lstsq(scaled / lengths, np.ones(len(y)), rcond=None)[0] / lengths


def fit_questions():
    rng = random.Random(20260202)
    for i in range(300):
        x, y = fit_rows(rng)
        if i % 50 == 0:
            x[:, 1] = 3 * x[:, 0]
        words_of = f"{len(y)} {x.shape[1]} {words(x.ravel())} {words(y)}"
        fit = relative_fit(x, y)
        yield f"fit {words_of}", None if fit is None else list(fit)
        errors = []
        for row in range(len(y)):
            others = np.arange(len(y)) != row
            fit = relative_fit(x[others], y[others])
            errors.append(np.nan if fit is None else x[row] @ fit / y[row] - 1)
        yield f"leave {words_of}", errors


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


def factorial_words(corners):
    return " ".join(words(corner) for corner in corners)


def factorial_intervals(corners, confidence):
    """By least squares with effect coding, block by block: an independent way to the same contrasts. Corners u1, u2, m1, m2."""
    design = np.array([[1, -1, -1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, 1, 1, 1]]) / 2
    logs = np.log(np.array(corners))
    fits = np.linalg.solve(design, logs)  # per block: 2 x mean, then half-effects of architecture, store, both
    found = []
    contrasts = [fits[1], fits[2], 2 * fits[3], logs[3] - logs[0], logs[2] - logs[0], logs[1] - logs[0]]
    for contrast in contrasts:
        mean, low, high, p = mean_interval(contrast, confidence)
        found += [*np.exp([mean, low, high]), p]
    return found


def residual_sd(rows):
    """Of the additive two-way model, fitted by least squares with dummy variables."""
    rows = np.array(rows)
    n, blocks = rows.shape
    design = np.zeros((n * blocks, n + blocks))
    for i in range(n):
        for j in range(blocks):
            design[i * blocks + j, i] = design[i * blocks + j, n + j] = 1
    fit = np.linalg.lstsq(design, rows.ravel(), rcond=None)[0]
    left = rows.ravel() - design @ fit
    return np.sqrt(left @ left / ((n - 1) * (blocks - 1)))


def design_questions():
    rng = random.Random(20261123)
    for _ in range(100):
        n = rng.randint(2, 30)
        corners = [[rng.lognormvariate(rng.choice([3, 4, 6]), rng.choice([0.01, 0.2])) for _ in range(n)] for _ in range(4)]
        confidence = rng.choice([0.9, 0.95])
        yield f"factorial {confidence} {n} {factorial_words(corners)}", factorial_intervals(corners, confidence)
        rows = [[rng.gauss(5, 1) for _ in range(n)] for _ in range(rng.randint(2, 12))]
        yield f"residual {len(rows)} {n} {factorial_words(rows)}", [residual_sd(rows)]


# ---- the factorial section of the reference report, from the result files themselves ----

SETS = [("unified-sqlite", f"unified-mongodb-{schema}", "microservices-sqlite", services)
        for schema in ("document", "split") for services in ("microservices-mongodb", "microservices-mongodb-plain")]
EFFECT_TABLES = {
    "Effects on capacity (requests/s)": ("capacity", "throughput_rps"),
    "Effects on CPU time a request at capacity": ("capacity", "resources.cpu_us_per_request"),
    "Effects on p50 of response time: open": ("open", "latency_us.response_time.p50"),
    "Effects on p95 of response time: open": ("open", "latency_us.response_time.p95"),
}


def stated(text):
    """[value, low, high] of "1.23 (1.20 to 1.26)", and half a unit of its last digit."""
    numbers = re.findall(r"[\d,]+\.?\d*", text)
    return [float(number.replace(",", "")) for number in numbers], 0.5 * 10.0 ** -len(numbers[0].partition(".")[2])


def reference_effects():
    """(what, expected, stated, tolerance) of every effect that the committed factorial report states."""
    cells = dict(stored.runs())["factorial"]
    report = json.loads((stored.REFERENCE / "factorial/report.json").read_text())
    for table in report["pieces"]:
        kind, metric = next((v for k, v in EFFECT_TABLES.items() if table.get("caption", "").startswith(k + ", as")), (None, None))
        for row in table["rows"] if kind else []:
            arms, page = SETS[int(row["cells"][0]) - 1], row["cells"][1]
            corners = [cells[arm, page, kind, 0, metric] for arm in arms]
            blocks = sorted(set.intersection(*(set(corner) for corner in corners)))
            expected = factorial_intervals([[corner[b] for b in blocks] for corner in corners], 0.95)
            for effect, cell in enumerate(row["cells"][2:5]):
                if cell != "–":
                    yield f"{metric} {row['cells'][:2]} {effect}", expected[4 * effect:4 * effect + 3], *stated(cell)


def check_reference():
    passed = failed = 0
    for what, expected, found, tolerance in reference_effects():
        if len(found) == 3 and np.allclose(found, expected, rtol=1e-6, atol=1.001 * tolerance):
            passed += 1
        else:
            failed += 1
            print(f"{what}: the report states {found}, NumPy says {expected}", file=sys.stderr)
    if passed < 100:
        failed += 1
        print(f"only {passed} effects of the factorial's report were found", file=sys.stderr)
    return passed, failed


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: check.py BUILD_FOLDER (its bin/stats-dump is asked)")
    questions = [*quantile_questions(), *sample_questions(), *stored_questions(), *design_questions(), *queue_questions()]
    asked = "\n".join(q for q, _ in questions) + "\n"
    lines = subprocess.run([f"{sys.argv[1]}/bin/stats-dump"], input=asked, capture_output=True, text=True,
                           check=True).stdout.splitlines()
    passed, failed = map(sum, zip(check_reference(), check_simulation(sys.argv[1])))
    for (question, expected), line in zip(questions, lines, strict=True):
        got = None if line == "none" else [float(x) for x in line.split()]
        if got is None or expected is None:
            same = got is expected
        else:
            absolute = ABSOLUTE.get(question.split(" ")[0], 1e-300)
            same = len(got) == len(expected) and np.allclose(got, expected, rtol=TOLERANCE, atol=absolute, equal_nan=True)
        if same:
            passed += 1
        else:
            failed += 1
            print(f"{question[:60]}: expected {expected}, got {got}", file=sys.stderr)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
