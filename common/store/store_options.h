/* store_options: the command line of a program's store, the same for unified and for every
 * service, so that no arm has a setting that another lacks. */
#ifndef DUET_STORE_STORE_OPTIONS_H
#define DUET_STORE_STORE_OPTIONS_H

#include "common/base/options.h"
#include "common/store/store_exec.h"

struct store_options {
	const char *uri;
	uint64_t workers, coalesce;
	int64_t timeout_ns, work_ns;
};

enum { STORE_OPTIONS = 5 };

/* Sets the defaults and fills the table that parses into `options`. */
void store_options_init(struct store_options *options, struct option table[STORE_OPTIONS]);

/* Opens the store for a loop as the options say. NULL with one line in error. */
struct store_exec *store_options_open(const struct store_options *options, struct event_base *base,
				      char error[STORE_ERROR_MAX]);

#endif
