/* process: one child process that the runner started, from fork to reaping.
 *
 *   process_start -> running -> (exits by itself | process_stop) -> reaped
 *
 * Invariants: a child is a process group of its own, has /dev/null as stdin, its output in a log
 * file, and no descriptor of ours but those and `keep_fd`. A child that is not `detached` is killed
 * by the kernel when the thread that started it dies, however that happens: so start children from
 * the main thread only. Only pids that were started here and not yet reaped are ever signalled.
 */
#ifndef DUET_RUNNER_PROCESS_H
#define DUET_RUNNER_PROCESS_H

#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { PROCESS_NAME_MAX = 24, PROCESS_PATH_MAX = 256, PROCESS_ERROR_MAX = 256 };

struct process_spec {
	const char *name;        /* for messages and result files */
	const char *const *argv; /* argv[0] is the program's path (or its name, sought on PATH) */
	const char *log_path;    /* appended to; NULL: /dev/null */
	const cpu_set_t *cpus;   /* where it may run; NULL: anywhere */
	bool realtime;           /* before all others on its CPUs (SCHED_RR); needs permission */
	int nice;                /* 0 to 19: its priority is lower than ours by that */
	int keep_fd;             /* stays open under the same number; -1: none */
	bool detached;           /* own session, outlives us */
};

struct process {
	char name[PROCESS_NAME_MAX];
	char log_path[PROCESS_PATH_MAX];
	pid_t pid; /* 0: not running (never started, or reaped) */
	int wait_status;
};

/* Starts a child. False with one line in error[PROCESS_ERROR_MAX], also when the program cannot be
 * executed (then it names `make` as the mend). */
bool process_start(const struct process_spec *spec, struct process *process, char *error);

/* True while the child runs; reaps it when it has ended (then wait_status is set). */
bool process_running(struct process *process);

/* Waits for the end, at most `timeout_ns`; false when it still runs. Returns early (false) when
 * *interrupted becomes true; `interrupted` may be NULL. */
bool process_wait(struct process *process, int64_t timeout_ns,
		  const volatile sig_atomic_t *interrupted);

/* SIGTERM to the group, SIGKILL after `grace_ns`, reaped in any case. True when it ended in time.
 */
bool process_stop(struct process *process, int64_t grace_ns);

/* "exited with status 1" or "was killed by signal 9 (Killed)" into out[64]. */
void process_end_text(const struct process *process, char out[64]);

/* Prints the last lines of a log to stderr, indented, at most 12. */
void process_show_log(const char *path);

/* Runs a program to its end and gives its stdout (at most `size` - 1 bytes, NUL-terminated, stderr
 * is dropped). False when it cannot run, fails, or takes longer than `timeout_ns`. */
bool process_capture(const char *const *argv, char *out, size_t size, int64_t timeout_ns);

#endif
