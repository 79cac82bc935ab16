/* What a page is made of. */
#include "bff/page_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* An experiment's work a part is the same for a page read at once and for one that is joined. */
static void a_page_has_as_many_parts_as_it_says(void **state)
{
	(void)state;
	for (int kind = READ_PAGE_HOME; kind <= READ_PAGE_PDP; kind++)
		assert_int_equal(page_plan_of((enum read_kind)kind)->count, read_infos[kind].parts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_has_as_many_parts_as_it_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
