/* Counters of two /metrics bodies, by hand. */
#include "runner/server_counts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char before[] = "# TYPE http_connections_accepted counter\n"
			     "http_connections_accepted_total 7\n"
			     "http_requests_total{route=\"product\",status=\"200\"} 20\n"
			     "http_requests_total{route=\"readyz\",status=\"200\"} 2\n"
			     "http_answer_turns_total 12\n"
			     "part_frames_total{part=\"product\",answer=\"ok\"} 0\n"
			     "part_frame_turns_total 0\n"
			     "upstream_requests_total{service=\"catalog\",status=\"ok\"} 10\n"
			     "upstream_requests_total{service=\"pricing\",status=\"ok\"} 4\n"
			     "store_jobs_total{kind=\"product\"} 5\n"
			     "store_jobs_total_of_another{kind=\"product\"} 1000\n";

static const char after[] = "# TYPE http_connections_accepted counter\n"
			    "http_connections_accepted_total 9\n"
			    "http_requests_total{route=\"product\",status=\"200\"} 24\n"
			    "http_requests_total{route=\"readyz\",status=\"200\"} 2\n"
			    "http_requests_total{route=\"metrics\",status=\"200\"} 1\n"
			    "http_answer_turns_total 16\n"
			    "part_frames_total{part=\"product\",answer=\"ok\"} 90\n"
			    "part_frame_turns_total 30\n"
			    "upstream_requests_total{service=\"catalog\",status=\"ok\"} 30\n"
			    "upstream_requests_total{service=\"pricing\",status=\"ok\"} 1e1\n"
			    "store_jobs_total{kind=\"product\"} 6\n"
			    "store_jobs_total{kind=\"stock\"} 2\n"
			    "store_batches_total{kind=\"stock\"} 2\n"
			    "store_jobs_total_of_another{kind=\"product\"} 5000";

static void samples_are_summed(void **state)
{
	(void)state;
	struct server_counts counts;
	server_counts_parse(before, &counts);
	assert_true(counts.has[COUNT_CALLS]);
	assert_int_equal(counts.values[COUNT_CALLS], 14);
	assert_int_equal(counts.values[COUNT_STORE_JOBS], 5);
	assert_int_equal(counts.values[COUNT_CONNECTIONS_ACCEPTED], 7);
	assert_false(counts.has[COUNT_STORE_BATCHES]);
	server_counts_parse("", &counts);
	assert_false(counts.has[COUNT_CALLS]);
}

/* Calls: 40 - 14. Accepted: 9 - 7 less the one that asked. Answers: 27 - 22 less the first look's,
 * and 90 frames; turns: 16 - 12 less that look's, and 30. Batches: the first look had none. */
static void a_load_is_the_difference(void **state)
{
	(void)state;
	struct server_counts then, now;
	server_counts_parse(before, &then);
	server_counts_parse(after, &now);
	struct server_counts load = server_counts_between(&then, &now);
	json_t *json = server_counts_json(&load);
	json_t *wanted = json_pack("{si si si si si}", "calls", 26, "connections_accepted", 1,
				   "answers", 4 + 90, "answer_turns", 3 + 30, "store_jobs", 3);
	assert_true(json_equal(json, wanted));
	json_decref(json);
	json_decref(wanted);
}

/* A server that began anew counts less than before: its difference would be nonsense. */
static void a_counter_that_fell_is_not_counted(void **state)
{
	(void)state;
	struct server_counts then, now;
	server_counts_parse(after, &then);
	server_counts_parse(before, &now);
	struct server_counts load = server_counts_between(&then, &now);
	assert_false(load.has[COUNT_CALLS]);
	assert_null(server_counts_json(&load));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_are_summed),
		cmocka_unit_test(a_load_is_the_difference),
		cmocka_unit_test(a_counter_that_fell_is_not_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
