/*
 * Two runs side by side: ratios per scenario of p50, p95 and capacity, with unpaired intervals over
 * blocks.
 *
 * Runs are comparable only when they did the same work: the same plan (or two that differ in one
 * key that --except names, as in "keep_awake"), the same data and the same bytes of the pages, by
 * their hashes. Another machine is a warning, since a person may want exactly that comparison.
 */
#ifndef DUET_RUNNER_COMPARE_H
#define DUET_RUNNER_COMPARE_H

/*
 * `duet compare A B`: A and B are run folders; the table goes to stdout, warnings to stderr.
 * `argv[0]` is the command's own name. Returns the exit code: 0 compared, 1 refused or unreadable
 * (one line on stderr says why), 2 usage; with --fail-on-regression SHARE also 99: a row's whole
 * interval lies beyond the share, and 1: no row could be judged.
 */
int compare_command(int argc, char **argv);

#endif
