#include "runner/proc_stat.h"

#include "common/base/clock.h"
#include "runner/http_get.h"
#include "runner/net_stat.h"
#include "runner/proc_file.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct proc_sample before, after;

static int64_t own_cpu_ns(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* Burns CPU, not wall-clock, so that a busy machine changes nothing. */
static void burn(int64_t ns)
{
	int64_t start = own_cpu_ns();
	while (own_cpu_ns() - start < ns)
		;
}

static void *sleep_and_end(void *arg)
{
	(void)arg;
	(void)poll(NULL, 0, 5);
	return NULL;
}

static void measures_itself(void **state)
{
	(void)state;
	struct proc_usage usage;
	int64_t start = own_cpu_ns();
	assert_true(proc_stat_sample(getpid(), &before));
	int64_t low_start = own_cpu_ns();
	burn(300 * NS_PER_MS);
	(void)poll(NULL, 0, 20);
	int64_t low = own_cpu_ns() - low_start;
	assert_true(proc_stat_sample(getpid(), &after));
	int64_t high = own_cpu_ns() - start;
	proc_stat_usage(&before, &after, &usage);
	/* schedstat is brought up to date at ticks and switches: allow two ticks of 10 ms */
	assert_true(usage.cpu_s * 1e9 >= (double)(low - 20 * NS_PER_MS));
	assert_true(usage.cpu_s * 1e9 <= (double)(high + 20 * NS_PER_MS));
	assert_true(usage.user_s + usage.system_s > 0.2);
	assert_true(usage.user_s + usage.system_s < (double)high / 1e9 + 0.05);
	assert_true(usage.voluntary_switches >= 1);
	assert_true(usage.rss_mb > 0.5 && usage.rss_mb <= usage.rss_peak_mb);
	assert_true(usage.threads >= 1); /* a sanitizer may have one of its own */
}

static void windows_add_up(void **state)
{
	(void)state;
	struct proc_usage sum = {1, 2, 3, 4, 5, 6, 7, 8, 9};
	const struct proc_usage later = {10, 20, 30, 40, 50, 60, 6, 9, 2};
	proc_stat_add(&sum, &later);
	assert_float_equal(sum.user_s, 11, 1e-12);
	assert_float_equal(sum.system_s, 22, 1e-12);
	assert_float_equal(sum.cpu_s, 33, 1e-12);
	assert_float_equal(sum.run_queue_s, 44, 1e-12);
	assert_int_equal(sum.voluntary_switches, 55);
	assert_int_equal(sum.involuntary_switches, 66);
	assert_float_equal(sum.rss_mb, 6, 1e-12);
	assert_float_equal(sum.rss_peak_mb, 9, 1e-12);
	assert_int_equal(sum.threads, 2);
}

static void counts_by_thread(void **state)
{
	(void)state;
	pthread_t threads[3];
	struct proc_usage usage;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, sleep_and_end, NULL), 0);
	assert_true(proc_stat_sample(getpid(), &before));
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_true(proc_stat_sample(getpid(), &after));
	proc_stat_usage(&before, &after, &usage);
	assert_int_equal(usage.threads, after.thread_count);
	assert_true(usage.cpu_s >= 0 && usage.cpu_s < 60);
}

static void a_difference_goes_by_thread(void **state)
{
	(void)state;
	struct proc_usage usage;
	before = (struct proc_sample){.thread_count = 2,
				      .threads = {{1, 5000, 700, 10, 20}, {2, 9000, 900, 1, 1}}};
	after = (struct proc_sample){.thread_count = 2,
				     .rss_kb = 2000,
				     .rss_peak_kb = 3000,
				     .threads = {{3, 400, 50, 3, 4}, {1, 8000, 1000, 11, 22}}};
	proc_stat_usage(&before, &after, &usage);
	assert_float_equal(usage.cpu_s, 3400e-9, 1e-12);
	assert_float_equal(usage.run_queue_s, 350e-9, 1e-12);
	assert_int_equal(usage.voluntary_switches, 4);
	assert_int_equal(usage.involuntary_switches, 6);
	assert_float_equal(usage.rss_mb, 2.048, 1e-9);
	assert_float_equal(usage.rss_peak_mb, 3.072, 1e-9);
}

static void a_gone_process_is_gone(void **state)
{
	(void)state;
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	siginfo_t info;
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(proc_stat_started(child), 0); /* not reaped yet */
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(proc_stat_started(child), 0);
	assert_false(proc_stat_sample(child, &before));
	assert_true(proc_stat_started(getpid()) > 0);
}

static void finds_numbers_in_text(void **state)
{
	(void)state;
	const char *text = "VmHWM:\t  40 kB\nxVmRSS: 1\nVmRSS:\t    4040 kB\nThreads:\t3\n";
	assert_int_equal(proc_file_number(text, "VmRSS", -1), 4040);
	assert_int_equal(proc_file_number(text, "Threads", -1), 3);
	assert_int_equal(proc_file_number(text, "Vm", -1), -1);
	assert_int_equal(proc_file_number("", "Vm", -1), -1);
}

static void sums_a_route_over_statuses(void **state)
{
	(void)state;
	const char *metrics = "# TYPE http_requests counter\n"
			      "http_requests_total{route=\"pdp\",status=\"200\"} 12\n"
			      "http_requests_total{route=\"pdp\",status=\"503\"} 3\n"
			      "http_requests_total{route=\"plp\",status=\"200\"} 100\n"
			      "other_total{route=\"pdp\"} 1000\n";
	assert_true(http_get_count(metrics, "pdp") == 15);
	assert_true(http_get_count(metrics, "plp") == 100);
	assert_true(http_get_count(metrics, "home") == 0);
}

static void reads_a_metric_over_labels(void **state)
{
	(void)state;
	const char *metrics = "# TYPE age gauge\n"
			      "age{loop=\"0\"} 0.25\n"
			      "age{loop=\"1\"} 0.75\n"
			      "age_sum 9\n"
			      "below -3";
	double sum, most;
	assert_true(http_get_samples(metrics, "age", &sum, &most));
	assert_float_equal(sum, 1, 1e-9);
	assert_float_equal(most, 0.75, 1e-9);
	assert_true(http_get_samples(metrics, "age_sum", &sum, &most));
	assert_float_equal(sum, 9, 1e-9);
	assert_true(http_get_samples(metrics, "below", &sum, &most));
	assert_float_equal(most, -3, 1e-9);
	assert_false(http_get_samples(metrics, "ag", &sum, &most));
	assert_false(http_get_samples("", "age", &sum, &most));
	assert_float_equal(sum, 0, 1e-9);
}

static void tells_who_has_a_port(void **state)
{
	(void)state;
	char owner[64] = "";
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	uint16_t port = ntohs(at.sin_port);
	assert_false(net_port_free(port, owner));
	assert_non_null(strstr(owner, "test_proc_stat"));
	assert_true(net_port_accepts(port));
	(void)close(fd);
	assert_true(net_port_free(port, owner));
	assert_false(net_port_accepts(port));
	assert_true(net_listen_overflows() >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(measures_itself),
		cmocka_unit_test(windows_add_up),
		cmocka_unit_test(counts_by_thread),
		cmocka_unit_test(a_difference_goes_by_thread),
		cmocka_unit_test(a_gone_process_is_gone),
		cmocka_unit_test(finds_numbers_in_text),
		cmocka_unit_test(sums_a_route_over_statuses),
		cmocka_unit_test(reads_a_metric_over_labels),
		cmocka_unit_test(tells_who_has_a_port),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
