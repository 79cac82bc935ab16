#include "runner/process.h"

#include "common/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TAIL_BYTES = 4096, TAIL_LINES = 12, POLL_MS = 10 };

static bool fail(char *error, const char *what, const char *name, int number)
{
	(void)snprintf(error, PROCESS_ERROR_MAX, "cannot start %.40s: %s: %s%s", name, what,
		       strerror(number), number == ENOENT ? "; build it with `make`" : "");
	return false;
}

/* Between fork and exec: async-signal-safe calls only. Returns only when something failed. */
static void become_child(const struct process_spec *spec, pid_t parent, int out_fd, int err_fd)
{
	const struct sched_param first = {.sched_priority = 1};
	sigset_t none;
	if (spec->detached)
		(void)setsid();
	else if (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		return;
	/* The parent may have died before prctl: then no signal will ever come. */
	if (!spec->detached && getppid() != parent)
		_exit(127);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGPIPE, SIG_DFL);
	int null_fd = open("/dev/null", O_RDWR);
	if (null_fd < 0 || dup2(null_fd, 0) < 0 || dup2(out_fd < 0 ? null_fd : out_fd, 1) < 0 ||
	    dup2(err_fd < 0 ? null_fd : err_fd, 2) < 0)
		return;
	if (null_fd > 2)
		(void)close(null_fd);
	if (spec->cpus && sched_setaffinity(0, sizeof(*spec->cpus), spec->cpus) != 0)
		return;
	if (spec->realtime && sched_setscheduler(0, SCHED_RR, &first) != 0)
		return;
	if (spec->nice)
		(void)!nice(spec->nice);
	if (spec->keep_fd >= 0 && fcntl(spec->keep_fd, F_SETFD, 0) != 0)
		return;
	/* execvp takes texts that it never writes as if it did */
	(void)execvp(spec->argv[0], (char *const *)spec->argv);
}

/* Waits for exec: the pipe closes by it, or brings the errno that prevented it. */
static bool exec_happened(int fd, int *number)
{
	ssize_t got;
	do {
		got = read(fd, number, sizeof(*number));
	} while (got < 0 && errno == EINTR);
	return got == 0;
}

bool process_start(const struct process_spec *spec, struct process *process, char *error)
{
	int report[2] = {-1, -1}, log_fd = -1, number = 0;
	bool ok = false;
	pid_t parent = getpid();
	*process = (struct process){.pid = 0};
	(void)snprintf(process->name, sizeof(process->name), "%s", spec->name);
	(void)snprintf(process->log_path, sizeof(process->log_path), "%s",
		       spec->log_path ? spec->log_path : "");
	if (spec->log_path) {
		log_fd = open(spec->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		if (log_fd < 0)
			return fail(error, spec->log_path, spec->name, errno);
	}
	if (pipe2(report, O_CLOEXEC) != 0) {
		fail(error, "pipe", spec->name, errno);
		goto out;
	}
	pid_t pid = fork();
	if (pid == 0) {
		become_child(spec, parent, log_fd, log_fd);
		number = errno;
		(void)!write(report[1], &number, sizeof(number));
		_exit(127);
	}
	if (pid < 0) {
		fail(error, "fork", spec->name, errno);
		goto out;
	}
	(void)close(report[1]);
	report[1] = -1;
	ok = exec_happened(report[0], &number);
	if (ok) {
		process->pid = pid;
	} else {
		(void)waitpid(pid, NULL, 0);
		fail(error, spec->argv[0], spec->name, number);
	}
out:
	if (report[0] >= 0)
		(void)close(report[0]);
	if (report[1] >= 0)
		(void)close(report[1]);
	if (log_fd >= 0)
		(void)close(log_fd);
	return ok;
}

bool process_running(struct process *process)
{
	if (process->pid == 0)
		return false;
	pid_t got = waitpid(process->pid, &process->wait_status, WNOHANG);
	if (got == 0 || (got < 0 && errno == EINTR))
		return true;
	process->pid = 0;
	return false;
}

bool process_wait(struct process *process, int64_t timeout_ns,
		  const volatile sig_atomic_t *interrupted)
{
	int64_t end = clock_now_ns() + timeout_ns;
	while (process_running(process)) {
		if (clock_now_ns() >= end || (interrupted && *interrupted))
			return false;
		(void)poll(NULL, 0, POLL_MS);
	}
	return true;
}

bool process_stop(struct process *process, int64_t grace_ns)
{
	if (!process_running(process))
		return true;
	(void)kill(-process->pid, SIGTERM);
	if (process_wait(process, grace_ns, NULL))
		return true;
	(void)kill(-process->pid, SIGKILL);
	while (process->pid != 0 && waitpid(process->pid, &process->wait_status, 0) < 0 &&
	       errno == EINTR)
		;
	process->pid = 0;
	return false;
}

void process_end_text(const struct process *process, char out[64])
{
	int status = process->wait_status;
	if (WIFSIGNALED(status))
		(void)snprintf(out, 64, "was killed by signal %d (%.30s)", WTERMSIG(status),
			       strsignal(WTERMSIG(status)));
	else
		(void)snprintf(out, 64, "exited with status %d", WEXITSTATUS(status));
}

void process_show_log(const char *path)
{
	char tail[TAIL_BYTES + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	off_t size = lseek(fd, 0, SEEK_END);
	(void)lseek(fd, size > TAIL_BYTES ? size - TAIL_BYTES : 0, SEEK_SET);
	ssize_t got = read(fd, tail, TAIL_BYTES);
	(void)close(fd);
	if (got <= 0)
		return;
	tail[got] = '\0';
	const char *from = tail + got;
	int lines = 0;
	if (from[-1] == '\n')
		from--;
	while (from > tail && (from[-1] != '\n' || ++lines < TAIL_LINES))
		from--;
	(void)fprintf(stderr, "the end of %s:\n", path);
	while (*from) {
		size_t len = strcspn(from, "\n");
		(void)fprintf(stderr, "  %.*s\n", (int)len, from);
		from += len + (from[len] == '\n' ? 1 : 0);
	}
}

bool process_capture(const char *const *argv, char *out, size_t size, int64_t timeout_ns)
{
	int fds[2];
	size_t len = 0;
	int64_t end = clock_now_ns() + timeout_ns;
	out[0] = '\0';
	if (pipe2(fds, O_CLOEXEC) != 0)
		return false;
	pid_t parent = getpid(), pid = fork();
	if (pid == 0) {
		const struct process_spec spec = {.argv = argv, .keep_fd = -1};
		become_child(&spec, parent, fds[1], -1);
		_exit(127);
	}
	(void)close(fds[1]);
	while (pid > 0 && len + 1 < size && clock_now_ns() < end) {
		struct pollfd ready = {.fd = fds[0], .events = POLLIN};
		if (poll(&ready, 1, POLL_MS) <= 0)
			continue;
		ssize_t got = read(fds[0], out + len, size - 1 - len);
		if (got <= 0)
			break;
		len += (size_t)got;
	}
	(void)close(fds[0]);
	out[len] = '\0';
	struct process process = {.pid = pid > 0 ? pid : 0};
	bool in_time = pid > 0 && process_wait(&process, end - clock_now_ns(), NULL);
	if (!in_time)
		(void)process_stop(&process, 0);
	return in_time && WIFEXITED(process.wait_status) && WEXITSTATUS(process.wait_status) == 0;
}
