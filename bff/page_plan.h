/* page_plan: which parts a page is made of, and when each can be asked. */
#ifndef DUET_BFF_PAGE_PLAN_H
#define DUET_BFF_PAGE_PLAN_H

#include "bff/fanout.h"
#include "common/contract/read.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The parts of a page in the order of their asking; catalog's is number 0. */
struct page_plan {
	size_t page_size;
	unsigned at_first; /* asked at once with the page's own arguments; the others with the ids
			      of catalog's list */
	unsigned count;
	struct {
		enum read_kind kind;
		bool optional;
	} parts[FANOUT_CALLS_MAX];
	uint32_t (*list)(const void *catalog, const struct brief **items);
	bool (*join)(void *const parts[FANOUT_CALLS_MAX], void *page);
};

/* The plan of a page's kind (READ_PAGE_*). */
const struct page_plan *page_plan_of(enum read_kind kind);

#endif
