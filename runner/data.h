/* data: the seeded stores that runs and `up` read, made when they are missing or another data set.
 *
 * A site's data folder holds manifest, unified.db, catalog.db, inventory.db, pricing.db,
 * reviews.db, mongo/ (one mongod's folder, six databases), and a stamp for each of the two halves,
 * written last: a half without its right stamp is made again from nothing.
 */
#ifndef DUET_RUNNER_DATA_H
#define DUET_RUNNER_DATA_H

#include "common/seed/manifest.h"
#include "runner/site.h"

#include <signal.h>

/* Makes what is missing (MongoDB's half only when `mongodb`; its port must be free) and reads the
 * manifest; says on stderr what it makes, unless the site is quiet. NULL with one line in
 * error[SITE_ERROR_MAX]. The caller frees. */
struct manifest *data_prepare(const struct site *site, bool mongodb,
			      const volatile sig_atomic_t *interrupted, char *error);

/* Copies MongoDB's folder for a stack that stands beside others (site_mongo_folder), anew each
 * time; no mongod may run on either. False with one line in error[SITE_ERROR_MAX]. */
bool data_copy_mongodb(const struct site *site, char *error);

/* Seeds one store with a site's data set: a service's part, or all of it when `service` is NULL, in
 * a `schema` of MongoDB (NULL: the store's own). */
bool data_seed_store(const struct site *site, const char *uri, const char *service,
		     const char *schema, const volatile sig_atomic_t *interrupted, char *error);

#endif
