/* plan_page: a plan's pages by their names, and what they are made of. */
#ifndef DUET_RUNNER_PLAN_PAGE_H
#define DUET_RUNNER_PLAN_PAGE_H

/* The enum plan_page of a name; -1 when no page has it. */
int plan_page_of(const char *name);

/* How many parts a page (enum plan_page) is made of. */
unsigned plan_page_parts(int page);

#endif
