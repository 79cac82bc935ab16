#!/usr/bin/python3
"""Do the 95 % intervals of Duet's reports hold what they promise? coverage.py BUILD_FOLDER

The noise is that of the committed reference runs: for every cell (two arms, a page, a load, a statistic)
the logarithms of the ratios within its blocks, less their mean, in units of their standard deviation.
From that pool runs of as many blocks as plans use are drawn around a known ratio; bin/stats-dump computes
their intervals as a report does; how many hold the known ratio is counted. 93 to 97 % must.
Last line: 'N passed, N failed'."""
import subprocess
import sys

import numpy as np

sys.path.insert(0, __file__.rsplit("/", 1)[0])
import stored

SEED, RUNS = 20260131, 20000
BLOCKS = [5, 10, 24]  # of headline and factorial, headline-reference, aa
LEAST, MOST = 0.93, 0.97
TRUE_RATIO, CONFIDENCE = 8.0, 0.95


def pool():
    noise = []
    for run in stored.runs():
        for _, _, a, b in stored.pairs(run):
            logs = np.log(np.array(b) / np.array(a))
            if len(logs) >= 4:
                noise.extend((logs - logs.mean()) / logs.std(ddof=1))
    return np.array(noise)


def coverage(build, noise, blocks, rng):
    drawn = rng.choice(noise, (RUNS, blocks)) * 0.1
    ones = " ".join(["1"] * blocks)
    asked = "".join(f"paired {CONFIDENCE} {blocks} {ones} {' '.join(repr(float(x)) for x in row)}\n"
                    for row in TRUE_RATIO * np.exp(drawn))
    answers = subprocess.run([f"{build}/bin/stats-dump"], input=asked, capture_output=True, text=True, check=True)
    bounds = np.array([line.split()[1:3] for line in answers.stdout.splitlines()], dtype=float)
    assert len(bounds) == RUNS
    return np.mean((bounds[:, 0] <= TRUE_RATIO) & (TRUE_RATIO <= bounds[:, 1]))


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: coverage.py BUILD_FOLDER (its bin/stats-dump is asked)")
    rng, noise, failed = np.random.default_rng(SEED), pool(), 0
    print(f"{len(noise)} stored deviations, {RUNS} runs each")
    for blocks in BLOCKS:
        share = coverage(sys.argv[1], noise, blocks, rng)
        ok = LEAST <= share <= MOST
        failed += not ok
        print(f"{blocks:3d} blocks: {share * 100:.2f} % of the 95 % intervals hold the true ratio{'' if ok else ': NOT 93 to 97 %'}")
    print(f"{len(BLOCKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
