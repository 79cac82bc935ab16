#include "common/store/store_backend.h"

#include <stdio.h>
#include <string.h>

static const struct store_backend *const backends[] = {&store_sqlite, &store_mongo, &store_memory};

static const char *const status_names[] = {
	[STORE_OK] = "ok",
	[STORE_NOT_FOUND] = "not_found",
	[STORE_CONFLICT] = "conflict",
	[STORE_UNAVAILABLE] = "unavailable",
	[STORE_BAD_DATA] = "bad_data",
};

const char *store_status_name(enum store_status status)
{
	size_t known = sizeof(status_names) / sizeof(status_names[0]);
	return (size_t)status < known ? status_names[status] : "unknown";
}

void store_error(char error[STORE_ERROR_MAX], const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(error, STORE_ERROR_MAX, format, args);
	va_end(args);
	for (char *c = error; *c; c++)
		if (*c == '\n' || *c == '\r')
			*c = ' ';
}

const struct store_backend *store_backend_of(const char *uri)
{
	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++)
		if (strncmp(uri, backends[i]->scheme, strlen(backends[i]->scheme)) == 0)
			return backends[i];
	return NULL;
}

bool store_uri_known(const char *uri)
{
	return store_backend_of(uri) != NULL;
}

struct store *store_open(const char *uri, enum store_status *status, char error[STORE_ERROR_MAX])
{
	const struct store_backend *backend = store_backend_of(uri);
	error[0] = '\0';
	*status = STORE_OK;
	if (backend)
		return backend->open(uri, status, error);
	char shown[STORE_ERROR_MAX];
	store_uri_redact(uri, shown);
	*status = STORE_BAD_DATA;
	store_error(error,
		    "store '%s': unknown scheme; use sqlite:PATH, mongodb://HOST:PORT/duet_NAME or "
		    "memory:?seed=42&products=1200",
		    shown);
	return NULL;
}

/* The name of a part that `kind` needs and the store lacks, or NULL. */
static const char *lacking_part(const struct store *store, enum read_kind kind)
{
	enum service wanted = read_infos[kind].service;
	for (int s = 0; s < SERVICE_COUNT; s++)
		if ((wanted == SERVICE_COUNT || wanted == (enum service)s) &&
		    !store->marker.holds[s])
			return service_names[s];
	return NULL;
}

void store_read(struct store *store, struct read_job *const *jobs, size_t count)
{
	const char *lacking = lacking_part(store, jobs[0]->kind);
	for (size_t i = 0; i < count; i++) {
		jobs[i]->error[0] = '\0';
		jobs[i]->out = NULL;
		jobs[i]->status = lacking ? STORE_BAD_DATA : STORE_OK;
		if (lacking)
			store_error(jobs[i]->error,
				    "this store holds no %s, which %s needs: seed it with that "
				    "part or ask its owner",
				    lacking, read_infos[jobs[i]->kind].name);
	}
	if (!lacking)
		store->backend->read(store, jobs, count);
}

bool store_snapshot(struct store *store, bool open)
{
	if (!store->backend->snapshot)
		return false;
	store->backend->snapshot(store, open);
	return true;
}

enum store_status store_ping(struct store *store, char error[STORE_ERROR_MAX])
{
	error[0] = '\0';
	return store->backend->ping(store, error);
}

const struct store_marker *store_get_marker(const struct store *store)
{
	return &store->marker;
}

bool store_blocks(const struct store *store)
{
	return store->backend->blocks;
}

const char *store_name(const struct store *store)
{
	return store->backend->name;
}

const char *store_version(const struct store *store)
{
	return store->version;
}

struct store_totals store_get_totals(const struct store *store)
{
	return (struct store_totals){store->queries, store->rows};
}

void store_close(struct store *store)
{
	if (store)
		store->backend->close(store);
}

void store_uri_redact(const char *uri, char out[STORE_ERROR_MAX])
{
	const char *start = strstr(uri, "://");
	size_t whole = strcspn(uri, "?");
	const char *at = start ? memrchr(uri, '@', whole) : NULL;
	const char *colon =
		at && at > start ? memchr(start + 3, ':', (size_t)(at - start - 3)) : NULL;
	if (!colon)
		snprintf(out, STORE_ERROR_MAX, "%s", uri);
	else
		snprintf(out, STORE_ERROR_MAX, "%.*s***%s", (int)(colon + 1 - uri), uri, at);
}
