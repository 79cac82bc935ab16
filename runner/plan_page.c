#include "runner/plan_page.h"

#include "common/contract/read.h"
#include "runner/plan.h"

#include <string.h>

static const enum read_kind kinds[] = {
	[PLAN_HOME] = READ_PAGE_HOME, [PLAN_PLP] = READ_PAGE_PLP, [PLAN_PDP] = READ_PAGE_PDP};

int plan_page_of(const char *name)
{
	for (int page = 0; plan_page_names[page]; page++)
		if (strcmp(plan_page_names[page], name) == 0)
			return page;
	return -1;
}

unsigned plan_page_parts(int page)
{
	return read_infos[kinds[page]].parts;
}
