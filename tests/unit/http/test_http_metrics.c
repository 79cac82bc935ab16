#include "common/http/http_metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void sums_loops(void **state)
{
	struct http_metrics *one = calloc(2, sizeof(*one));
	const struct http_metrics *const loops[] = {one, one + 1};
	static const char *const names[] = {"pdp", "other"};
	struct strbuf out;
	(void)state;
	strbuf_init(&out, 65536);
	http_metrics_count(one, 0, 200);
	http_metrics_count(one + 1, 0, 200);
	http_metrics_count(one + 1, 0, 503);
	http_metrics_count(one, 1, 418);
	http_metrics_add(&one->connections, 5);
	http_metrics_add(&one->connections, UINT64_MAX);
	http_metrics_add(&one->answer_turns, 2);
	http_metrics_add(&(one + 1)->answer_turns, 3);
	http_metrics_write(&out, loops, 2, names, 2);
	assert_non_null(
		strstr(out.data, "\nhttp_requests_total{route=\"pdp\",status=\"200\"} 2\n"));
	assert_non_null(
		strstr(out.data, "\nhttp_requests_total{route=\"pdp\",status=\"503\"} 1\n"));
	assert_non_null(
		strstr(out.data, "\nhttp_requests_total{route=\"other\",status=\"other\"} 1\n"));
	assert_null(strstr(out.data, "status=\"404\""));
	assert_non_null(strstr(out.data, "\nhttp_connections 4\n"));
	assert_non_null(strstr(out.data, "\nhttp_answer_turns_total 5\n"));
	strbuf_free(&out);
	free(one);
}

static void merges_samples(void **state)
{
	struct strbuf sum;
	(void)state;
	strbuf_init(&sum, 65536);
	http_metrics_merge(&sum, SLICE("# TYPE a counter\na_total{k=\"x y\"} 1\nb 2\n"));
	http_metrics_merge(&sum, SLICE("# TYPE a counter\na_total{k=\"x y\"} 41\nb 0.5\nc 7\n"));
	assert_string_equal(sum.data, "# TYPE a counter\na_total{k=\"x y\"} 42\nb 2.5\nc 7\n");
	strbuf_free(&sum);
}

static void a_name_is_not_its_beginning(void **state)
{
	struct strbuf sum;
	(void)state;
	strbuf_init(&sum, 65536);
	http_metrics_merge(&sum, SLICE("jobs_late 1\njobs 2\n"));
	http_metrics_merge(&sum, SLICE("jobs 3\n"));
	assert_string_equal(sum.data, "jobs_late 1\njobs 5\n");
	strbuf_free(&sum);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_loops),
		cmocka_unit_test(merges_samples),
		cmocka_unit_test(a_name_is_not_its_beginning),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
