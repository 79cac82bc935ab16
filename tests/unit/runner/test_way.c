#include "runner/way.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct stamps stamps_of(const char *text)
{
	struct stamps stamps = {.count = 0};
	if (!stamps_read(&stamps, 0, text))
		fail_msg("malformed: %s", text);
	return stamps;
}

/* Two calls beside each other; what is between two neighbours belongs to what the later one ends.
 */
static const char two_calls[] = "1000 0.arrived+0 0.admitted+5 "
				"1.queued+10 1.sent+12 1.arrived+40 1.store+44 1.stored+50 "
				"1.write+51 1.written+55 1.told+56 "
				"1.answered+90 1.read+95 "
				"2.queued+14 2.sent+17 2.arrived+60 2.store+63 2.stored+70 "
				"2.write+72 2.written+75 2.told+77 "
				"2.answered+100 2.read+104 "
				"0.merge+106 0.merged+110 0.write+111 0.written+117 0.told+120";

static void parts_add_up_although_calls_overlap(void **state)
{
	(void)state;
	static const int64_t expected[WAY_PARTS] = {
		[WAY_IN] = 100,
		[WAY_ADMISSION] = 5,
		[WAY_COORDINATION] = 5 + 2 + 2 + 3 + 2, /* queued, sent, queued, sent, merge */
		[WAY_CALL] = 23 + 4,                    /* 17 to 40, 56 to 60 */
		[WAY_STORE_WAIT] = 4 + 3,
		[WAY_STORE] = 6 + 7,
		[WAY_HAND_BACK] = 1 + 2 + 1,
		[WAY_PART_WRITE] = 4 + 3,
		[WAY_TELL] = 1 + 2 + 3,
		[WAY_ANSWER] = 13 + 5, /* 77 to 90, 95 to 100 */
		[WAY_PART_READ] = 5 + 4,
		[WAY_MERGE] = 4,
		[WAY_PAGE_WRITE] = 6,
		[WAY_OUT] = 80,
	};
	struct stamps stamps = stamps_of(two_calls);
	int64_t parts[WAY_PARTS], sum = 0;
	assert_true(way_split(&stamps, 900, 1200, parts));
	for (int i = 0; i < WAY_PARTS; i++) {
		if (parts[i] != expected[i])
			fail_msg("%s: %ld", way_part_infos[i].name, (long)parts[i]);
		sum += parts[i];
	}
	assert_int_equal(sum, 300);
}

static void a_call_in_place_is_one_stretch(void **state)
{
	(void)state;
	struct stamps stamps =
		stamps_of("10 0.arrived+0 1.queued+1 1.sent+2 1.read+9 0.write+9 0.told+9");
	int64_t parts[WAY_PARTS];
	assert_true(way_split(&stamps, 10, 19, parts));
	assert_int_equal(parts[WAY_CALL], 7);
	assert_int_equal(parts[WAY_PART_READ], 0);
	assert_int_equal(parts[WAY_COORDINATION], 2);
}

static void what_is_no_way_is_broken(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t sent_ns, received_ns;
	} cases[] = {
		{"10 0.arrived+0 0.told+5", 11, 20},                    /* before it was sent */
		{"10 0.arrived+0 0.told+5", 5, 14},                     /* after its answer */
		{"10 0.arrived+0 1.queued+4 1.sent+3 0.told+5", 5, 20}, /* backwards */
		{"10 0.admitted+0 0.told+5", 5, 20},                    /* begins elsewhere */
		{"10 0.arrived+0 0.told+5 1.read+6", 5, 20},            /* ends elsewhere */
		{"10 0.arrived+0 1.queued-4 0.told+5", 5, 20},
	};
	struct way_sum sum = {.count = 0};
	struct stamps none = {.count = 0};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct stamps stamps = stamps_of(cases[i].text);
		assert_true(way_sum_add(&sum, &stamps, cases[i].sent_ns, cases[i].received_ns));
		assert_int_equal(sum.broken, i + 1);
	}
	assert_true(way_sum_add(&sum, &none, 5, 20));
	assert_int_equal(sum.broken, 7);
	assert_int_equal(sum.count, 0);
	assert_true(isnan(way_sum_whole(&sum).mean_us));
	assert_true(isnan(way_sum_part(&sum, WAY_IN).median_us));
	way_sum_free(&sum);
}

static void requests_are_summed_one_by_one(void **state)
{
	(void)state;
	struct way_sum sum = {.count = 0};
	for (int64_t i = 0; i < 1001; i++) {
		struct stamps stamps = stamps_of("1000 0.arrived+0 0.told+3000");
		int64_t late = i == 1000 ? 1000000 : i; /* one that moves the mean alone */
		assert_true(way_sum_add(&sum, &stamps, 1000 - late * 1000, 5000));
	}
	struct stamps fewer = stamps_of("1000 0.arrived+0");
	assert_true(way_sum_add(&sum, &fewer, 0, 5000));
	assert_int_equal(sum.count, 1001);
	assert_int_equal(sum.broken, 1);
	assert_int_equal(sum.residual_ns, 0);
	struct way_figure in = way_sum_part(&sum, WAY_IN), whole = way_sum_whole(&sum);
	assert_true(fabs(in.median_us - 500) < 1e-9);
	assert_true(fabs(in.mean_us - (499500 + 1e6) / 1001) < 1e-6);
	double total = 0;
	for (int i = 0; i < WAY_PARTS; i++)
		total += way_sum_part(&sum, (enum way_part)i).mean_us;
	assert_true(fabs(total - whole.mean_us) < 1e-6);
	assert_true(fabs(whole.median_us - 504) < 1e-9);
	way_sum_free(&sum);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_add_up_although_calls_overlap),
		cmocka_unit_test(a_call_in_place_is_one_stretch),
		cmocka_unit_test(what_is_no_way_is_broken),
		cmocka_unit_test(requests_are_summed_one_by_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
