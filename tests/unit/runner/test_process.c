#include "runner/process.h"

#include "common/base/clock.h"
#include "runner/proc_file.h"
#include "runner/proc_stat.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char error[PROCESS_ERROR_MAX];

static bool start_shell(const char *script, const char *log, struct process *process)
{
	const char *argv[] = {"/bin/sh", "-c", script, NULL};
	const struct process_spec spec = {
		.name = "shell", .argv = argv, .log_path = log, .keep_fd = -1};
	return process_start(&spec, process, error);
}

static void runs_and_reports_the_end(void **state)
{
	(void)state;
	struct process process;
	char end[64];
	assert_true(start_shell("exit 7", NULL, &process));
	assert_true(process_wait(&process, 20 * NS_PER_S, NULL));
	assert_false(process_running(&process));
	process_end_text(&process, end);
	assert_string_equal(end, "exited with status 7");
	assert_true(start_shell("kill -9 $$", NULL, &process));
	assert_true(process_wait(&process, 20 * NS_PER_S, NULL));
	process_end_text(&process, end);
	assert_non_null(strstr(end, "signal 9"));
}

static void names_a_missing_program(void **state)
{
	(void)state;
	const char *argv[] = {"/nowhere/unified", NULL};
	const struct process_spec spec = {.name = "unified", .argv = argv, .keep_fd = -1};
	struct process process;
	assert_false(process_start(&spec, &process, error));
	assert_non_null(strstr(error, "/nowhere/unified"));
	assert_non_null(strstr(error, "`make`"));
	assert_int_equal(process.pid, 0);
	assert_true(process_stop(&process, 0));
}

static void stops_politely_then_hard(void **state)
{
	(void)state;
	struct process process;
	char path[] = "/tmp/duet-process-XXXXXX", text[64] = "";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_true(
		start_shell("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done",
			    path, &process));
	while (pread(fd, text, 3, 0) < 3)
		(void)poll(NULL, 0, 10);
	assert_true(process_stop(&process, 20 * NS_PER_S));
	assert_true(pread(fd, text, sizeof(text) - 1, 0) > 0);
	assert_non_null(strstr(text, "bye\n"));
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_true(
		start_shell("trap '' TERM; echo up; while :; do sleep 0.05; done", path, &process));
	while (pread(fd, text, 3, 0) < 3)
		(void)poll(NULL, 0, 10);
	assert_false(process_stop(&process, 200 * NS_PER_MS));
	assert_true(WIFSIGNALED(process.wait_status));
	assert_int_equal(process.pid, 0);
	(void)close(fd);
	(void)unlink(path);
}

/* A runner of one child, killed without a chance to clean up. */
static void a_killed_runner_leaves_nothing(void **state)
{
	(void)state;
	int fds[2];
	pid_t grandchild = 0;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid_t runner = fork();
	if (runner == 0) {
		struct process process;
		bool ok = start_shell("while :; do sleep 0.05; done", NULL, &process);
		(void)!write(fds[1], &process.pid, sizeof(process.pid));
		if (ok)
			(void)poll(NULL, 0, 60000);
		_exit(1);
	}
	assert_int_equal(read(fds[0], &grandchild, sizeof(grandchild)), sizeof(grandchild));
	assert_true(grandchild > 0);
	assert_true(proc_stat_started(grandchild) > 0);
	assert_int_equal(kill(runner, SIGKILL), 0);
	assert_int_equal(waitpid(runner, NULL, 0), runner);
	for (int i = 0; i < 1000 && proc_stat_started(grandchild) > 0; i++)
		(void)poll(NULL, 0, 10);
	assert_int_equal(proc_stat_started(grandchild), 0);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void a_detached_child_outlives_its_runner(void **state)
{
	(void)state;
	int fds[2];
	pid_t grandchild = 0;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid_t runner = fork();
	if (runner == 0) {
		const char *argv[] = {"/bin/sleep", "60", NULL};
		const struct process_spec spec = {
			.name = "sleep", .argv = argv, .keep_fd = -1, .detached = true};
		struct process process;
		(void)process_start(&spec, &process, error);
		(void)!write(fds[1], &process.pid, sizeof(process.pid));
		_exit(0);
	}
	assert_int_equal(read(fds[0], &grandchild, sizeof(grandchild)), sizeof(grandchild));
	assert_int_equal(waitpid(runner, NULL, 0), runner);
	assert_true(grandchild > 0);
	assert_true(proc_stat_started(grandchild) > 0);
	assert_int_equal(getsid(grandchild), grandchild);
	(void)kill(grandchild, SIGKILL);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void children_keep_one_descriptor(void **state)
{
	(void)state;
	int fds[2];
	char script[64], text[8] = "";
	struct process process;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	(void)snprintf(script, sizeof(script), "echo hello >&%d", fds[1]);
	const char *argv[] = {"/bin/sh", "-c", script, NULL};
	struct process_spec spec = {.name = "sh", .argv = argv, .keep_fd = fds[1]};
	assert_true(process_start(&spec, &process, error));
	assert_true(process_wait(&process, 20 * NS_PER_S, NULL));
	assert_int_equal(read(fds[0], text, 6), 6);
	assert_string_equal(text, "hello\n");
	spec.keep_fd = -1;
	assert_int_equal(fcntl(fds[1], F_SETFD, FD_CLOEXEC), 0);
	assert_true(process_start(&spec, &process, error));
	assert_true(process_wait(&process, 20 * NS_PER_S, NULL));
	assert_true(WEXITSTATUS(process.wait_status) != 0);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void captures_output(void **state)
{
	(void)state;
	char out[16];
	const char *good[] = {"/bin/sh", "-c", "echo out; echo err >&2", NULL};
	const char *failed[] = {"/bin/sh", "-c", "echo out; exit 1", NULL};
	const char *slow[] = {"/bin/sleep", "60", NULL};
	const char *missing[] = {"/nowhere/x", NULL};
	assert_true(process_capture(good, out, sizeof(out), 20 * NS_PER_S));
	assert_string_equal(out, "out\n");
	assert_false(process_capture(failed, out, sizeof(out), 20 * NS_PER_S));
	assert_false(process_capture(slow, out, sizeof(out), 100 * NS_PER_MS));
	assert_false(process_capture(missing, out, sizeof(out), 20 * NS_PER_S));
}

/* The first CPU that we may run on ourselves. */
static int first_cpu(void)
{
	cpu_set_t ours;
	int cpu = 0;
	assert_int_equal(sched_getaffinity(0, sizeof(ours), &ours), 0);
	while (!CPU_ISSET((size_t)cpu, &ours))
		cpu++;
	return cpu;
}

static void runs_where_and_after_whom_it_is_told(void **state)
{
	(void)state;
	char status[4096], wanted[64];
	const char *argv[] = {"/bin/sleep", "60", NULL};
	int cpu = first_cpu(), ours = getpriority(PRIO_PROCESS, 0);
	cpu_set_t one;
	struct process process;
	CPU_ZERO(&one);
	CPU_SET((size_t)cpu, &one);
	const struct process_spec spec = {
		.name = "sleep", .argv = argv, .cpus = &one, .nice = 3, .keep_fd = -1};
	assert_true(process_start(&spec, &process, error));
	(void)snprintf(wanted, sizeof(wanted), "/proc/%d/status", (int)process.pid);
	assert_true(proc_file_read(wanted, status, sizeof(status)));
	(void)snprintf(wanted, sizeof(wanted), "\nCpus_allowed_list:\t%d\n", cpu);
	assert_non_null(strstr(status, wanted));
	assert_int_equal(getpriority(PRIO_PROCESS, (id_t)process.pid),
			 ours + 3 < 19 ? ours + 3 : 19);
	assert_int_equal(sched_getscheduler(process.pid), SCHED_OTHER);
	assert_true(process_stop(&process, 20 * NS_PER_S));
}

/* A child that may not come first is not started behind our back. */
static void comes_first_or_is_not_started(void **state)
{
	(void)state;
	const char *argv[] = {"/bin/sleep", "60", NULL};
	const struct process_spec spec = {
		.name = "sleep", .argv = argv, .realtime = true, .keep_fd = -1};
	struct process process;
	if (process_start(&spec, &process, error)) {
		assert_int_equal(sched_getscheduler(process.pid), SCHED_RR);
		assert_true(process_stop(&process, 20 * NS_PER_S));
	} else {
		assert_non_null(strstr(error, strerror(EPERM)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_and_reports_the_end),
		cmocka_unit_test(names_a_missing_program),
		cmocka_unit_test(stops_politely_then_hard),
		cmocka_unit_test(a_killed_runner_leaves_nothing),
		cmocka_unit_test(a_detached_child_outlives_its_runner),
		cmocka_unit_test(children_keep_one_descriptor),
		cmocka_unit_test(captures_output),
		cmocka_unit_test(runs_where_and_after_whom_it_is_told),
		cmocka_unit_test(comes_first_or_is_not_started),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
