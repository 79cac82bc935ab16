/* job_list: a FIFO of read jobs, linked through job->next. It owns nothing and locks nothing. */
#ifndef DUET_STORE_JOB_LIST_H
#define DUET_STORE_JOB_LIST_H

#include "common/store/store.h"

struct job_list {
	struct read_job *first, **end; /* end: where the next job is hooked in */
	unsigned length;
};

static inline void job_list_init(struct job_list *list)
{
	*list = (struct job_list){.end = &list->first};
}

static inline void job_list_add(struct job_list *list, struct read_job *job)
{
	job->next = NULL;
	*list->end = job;
	list->end = &job->next;
	list->length++;
}

/* Takes the first job; the list must not be empty. */
static inline struct read_job *job_list_pop(struct job_list *list)
{
	struct read_job *job = list->first;
	list->first = job->next;
	if (!list->first)
		list->end = &list->first;
	list->length--;
	return job;
}

/* Takes the whole list as a chain; the list is empty then. */
static inline struct read_job *job_list_take(struct job_list *list)
{
	struct read_job *first = list->first;
	job_list_init(list);
	return first;
}

#endif
