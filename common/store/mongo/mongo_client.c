#include "common/store/mongo/mongo_client.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CONNECT_MS = 500,
	CALL_MS = 1000,
	LOADER_CALL_MS = 60000,
	POOL_CLIENTS_MAX = 512,
	SERVER_AUTHENTICATION_FAILED = 18,
	SERVER_UNAUTHORIZED = 13,
	SERVER_NETWORK_TIMEOUT = 89,
	SERVER_SHUTDOWN = 91,
	SERVER_INTERRUPTED_AT_SHUTDOWN = 11600
};

struct mongo_pool {
	char *uri; /* owned */
	mongoc_client_pool_t *clients;
	unsigned users;
	struct mongo_pool *next;
};

static pthread_mutex_t pools_lock = PTHREAD_MUTEX_INITIALIZER;
static struct mongo_pool *pools; /* under pools_lock */
static pthread_once_t driver_once = PTHREAD_ONCE_INIT;

static void driver_start(void)
{
	mongoc_init();
	/* Every failure reaches a caller as a status and a line; the driver's own lines would
	 * repeat it. */
	mongoc_log_set_handler(NULL, NULL);
}

void mongo_driver_start(void)
{
	pthread_once(&driver_once, driver_start);
}

static struct mongo_pool *driver_pool_new(const char *key, const mongoc_uri_t *uri)
{
	struct mongo_pool *pool = calloc(1, sizeof(*pool));
	if (!pool)
		return NULL;
	pool->uri = strdup(key);
	pool->clients = pool->uri ? mongoc_client_pool_new(uri) : NULL;
	if (!pool->clients) {
		free(pool->uri);
		free(pool);
		return NULL;
	}
	mongoc_client_pool_set_error_api(pool->clients, MONGOC_ERROR_API_VERSION_2);
	mongoc_client_pool_max_size(pool->clients, POOL_CLIENTS_MAX);
	pool->next = pools;
	pools = pool;
	return pool;
}

static struct mongo_pool *pool_take(const char *key, const mongoc_uri_t *uri)
{
	pthread_mutex_lock(&pools_lock);
	struct mongo_pool *pool = pools;
	while (pool && strcmp(pool->uri, key) != 0)
		pool = pool->next;
	if (!pool)
		pool = driver_pool_new(key, uri);
	if (pool)
		pool->users++;
	pthread_mutex_unlock(&pools_lock);
	return pool;
}

static void pool_give(struct mongo_pool *pool)
{
	pthread_mutex_lock(&pools_lock);
	bool last = --pool->users == 0;
	struct mongo_pool **at = &pools;
	while (last && *at != pool)
		at = &(*at)->next;
	if (last)
		*at = pool->next;
	pthread_mutex_unlock(&pools_lock);
	if (!last)
		return;
	mongoc_client_pool_destroy(pool->clients);
	free(pool->uri);
	free(pool);
}

enum store_status mongo_refuse(const struct mongo_link *link, enum store_status status,
			       const char *why, char error[STORE_ERROR_MAX])
{
	snprintf(error, STORE_ERROR_MAX, "%.100s: %.150s", link->where, why);
	return status;
}

/* Parses and completes the URI; NULL with status and error. */
static mongoc_uri_t *link_uri(struct mongo_link *link, const char *text, int32_t call_ms,
			      char error[STORE_ERROR_MAX])
{
	bson_error_t why = {0};
	memset(link, 0, sizeof(*link));
	store_uri_redact(text, link->where);
	mongo_driver_start();
	mongoc_uri_t *uri = mongoc_uri_new_with_error(text, &why);
	const char *database = uri ? mongoc_uri_get_database(uri) : NULL;
	if (!database || strncmp(database, "duet_", 5) != 0 ||
	    strlen(database) > MONGO_DATABASE_MAX) {
		mongo_refuse(
			link, STORE_CONFLICT,
			uri ? "Duet uses only databases named duet_*; mend: "
			      "mongodb://USER:PASSWORD@HOST:PORT/duet_NAME?authSource=duet_NAME"
			    : why.message,
			error);
		mongoc_uri_destroy(uri);
		return NULL;
	}
	snprintf(link->database, sizeof(link->database), "%s", database);
	mongoc_uri_set_appname(uri, "duet");
	mongoc_uri_set_option_as_int32(uri, MONGOC_URI_CONNECTTIMEOUTMS, CONNECT_MS);
	mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, CONNECT_MS);
	mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SOCKETTIMEOUTMS, call_ms);
	mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYREADS, false);
	mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYWRITES, false);
	return uri;
}

enum store_status mongo_link_open(struct mongo_link *link, const char *text,
				  char error[STORE_ERROR_MAX])
{
	mongoc_uri_t *uri = link_uri(link, text, CALL_MS, error);
	if (!uri)
		return STORE_CONFLICT;
	link->pool = pool_take(text, uri);
	mongoc_uri_destroy(uri);
	link->client = link->pool ? mongoc_client_pool_pop(link->pool->clients) : NULL;
	if (link->client)
		return STORE_OK;
	return mongo_refuse(link, STORE_UNAVAILABLE, "no memory for a client", error);
}

enum store_status mongo_link_open_loader(struct mongo_link *link, const char *text,
					 char error[STORE_ERROR_MAX])
{
	mongoc_uri_t *uri = link_uri(link, text, LOADER_CALL_MS, error);
	if (!uri)
		return STORE_CONFLICT;
	link->client = mongoc_client_new_from_uri(uri);
	mongoc_uri_destroy(uri);
	if (link->client) {
		mongoc_client_set_error_api(link->client, MONGOC_ERROR_API_VERSION_2);
		return STORE_OK;
	}
	return mongo_refuse(link, STORE_UNAVAILABLE, "no memory for a client", error);
}

void mongo_link_close(struct mongo_link *link)
{
	if (link->pool) {
		if (link->client)
			mongoc_client_pool_push(link->pool->clients, link->client);
		pool_give(link->pool);
	} else if (link->client) {
		mongoc_client_destroy(link->client);
	}
	link->pool = NULL;
	link->client = NULL;
}

/* What a driver's error means, by domain and code; a code of 0 stands for the whole domain. */
static const struct {
	uint32_t domain, code;
	enum store_status status;
	const char *mend;
} meanings[] = {
	{MONGOC_ERROR_CLIENT, MONGOC_ERROR_CLIENT_AUTHENTICATE, STORE_CONFLICT,
	 "; mend: check user, password and authSource"},
	{MONGOC_ERROR_SERVER, SERVER_AUTHENTICATION_FAILED, STORE_CONFLICT,
	 "; mend: check user, password and authSource"},
	{MONGOC_ERROR_SERVER, SERVER_UNAUTHORIZED, STORE_CONFLICT,
	 "; mend: use the database's own user"},
	{MONGOC_ERROR_SERVER, SERVER_NETWORK_TIMEOUT, STORE_UNAVAILABLE, ""},
	{MONGOC_ERROR_SERVER, SERVER_SHUTDOWN, STORE_UNAVAILABLE, ""},
	{MONGOC_ERROR_SERVER, SERVER_INTERRUPTED_AT_SHUTDOWN, STORE_UNAVAILABLE, ""},
	{MONGOC_ERROR_STREAM, 0, STORE_UNAVAILABLE, ""},
	{MONGOC_ERROR_SERVER_SELECTION, 0, STORE_UNAVAILABLE, "; mend: start mongod"},
	{MONGOC_ERROR_PROTOCOL, 0, STORE_UNAVAILABLE, ""},
};

enum store_status mongo_status_of(const struct mongo_link *link, const bson_error_t *from,
				  char error[STORE_ERROR_MAX])
{
	enum store_status status = STORE_BAD_DATA;
	const char *mend = "";
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if (meanings[i].domain != from->domain ||
		    (meanings[i].code != 0 && meanings[i].code != from->code))
			continue;
		status = meanings[i].status;
		mend = meanings[i].mend;
		break;
	}
	const int where = snprintf(error, STORE_ERROR_MAX, "%.100s: ", link->where);
	const int room = STORE_ERROR_MAX - 1 - where - (int)strlen(mend);
	snprintf(error + where, (size_t)(STORE_ERROR_MAX - where), "%.*s%s", room, from->message,
		 mend);
	return status;
}

enum store_status mongo_command(struct mongo_link *link, const bson_t *command, bson_t *reply,
				char error[STORE_ERROR_MAX])
{
	bson_error_t why = {0};
	if (mongoc_client_read_command_with_opts(link->client, link->database, command, NULL, NULL,
						 reply, &why))
		return STORE_OK;
	return mongo_status_of(link, &why, error);
}
