/* mongo-admin: the two things that scripts/mongod.sh needs of a running mongod: does it answer, and
 * the users.
 *
 * `users` works on a server without users through the localhost exception and, as it logs in with
 * the file's own admin line when that user exists already, may be repeated after an interruption.
 */
#include "common/base/options.h"
#include "common/store/mongo/mongo_client.h"

#include <mongoc/mongoc.h>
#include <stdio.h>
#include <string.h>

enum { USERS_MAX = 16, NAME_MAX_LEN = 63, TIMEOUT_MS = 2000, ALREADY_EXISTS = 51003 };

struct user {
	char name[NAME_MAX_LEN + 1];
	char password[NAME_MAX_LEN + 1];
};

struct users {
	size_t count;
	struct user at[USERS_MAX];
};

/* A client of HOST:PORT, logged in as `user` of the database "admin" unless it is NULL. */
static mongoc_client_t *admin_connect(const char *address, const struct user *user)
{
	char text[256];
	snprintf(
		text, sizeof(text),
		"mongodb://%s/?appname=mongo-admin&serverSelectionTimeoutMS=%d&connectTimeoutMS=%d",
		address, TIMEOUT_MS, TIMEOUT_MS);
	mongoc_uri_t *uri = mongoc_uri_new(text);
	if (!uri)
		return NULL;
	if (user) {
		mongoc_uri_set_username(uri, user->name);
		mongoc_uri_set_password(uri, user->password);
		mongoc_uri_set_auth_source(uri, "admin");
	}
	mongoc_client_t *client = mongoc_client_new_from_uri(uri);
	mongoc_uri_destroy(uri);
	if (client)
		mongoc_client_set_error_api(client, MONGOC_ERROR_API_VERSION_2);
	return client;
}

static bool admin_ping(const char *address, const struct user *user, bson_error_t *error)
{
	mongoc_client_t *client = admin_connect(address, user);
	if (!client) {
		snprintf(error->message, sizeof(error->message), "not a HOST:PORT");
		return false;
	}
	/* Without a user `hello` is all that --auth allows; with one a log-in must succeed. */
	bson_t *command = BCON_NEW(user ? "usersInfo" : "hello", BCON_INT32(1));
	bool ok = mongoc_client_command_simple(client, "admin", command, NULL, NULL, error);
	bson_destroy(command);
	mongoc_client_destroy(client);
	return ok;
}

static bool read_users(const char *path, struct users *users)
{
	FILE *in = fopen(path, "r");
	if (!in) {
		fprintf(stderr, "mongo-admin: cannot read %s; mend: scripts/mongod.sh prepare\n",
			path);
		return false;
	}
	users->count = 0;
	struct user *user = users->at;
	while (users->count < USERS_MAX &&
	       fscanf(in, "%63s %63s", user->name, user->password) == 2) {
		users->count++;
		user++;
	}
	bool ok = feof(in) && users->count > 0 && strcmp(users->at[0].name, "admin") == 0;
	if (!ok)
		fprintf(stderr,
			"mongo-admin: %s: want 1 to %d lines USER PASSWORD, admin first; mend: "
			"remove the "
			"data folder and prepare it again\n",
			path, USERS_MAX);
	fclose(in);
	return ok;
}

/* Creates the user in `database` with one role there, or sets its password when it exists. */
static bool put_user(mongoc_client_t *client, const char *database, const char *role,
		     const struct user *user)
{
	static const char *const verbs[] = {"createUser", "updateUser"};
	bson_error_t error = {0};
	for (int i = 0; i < 2; i++) {
		bson_t *command = BCON_NEW(verbs[i], BCON_UTF8(user->name), "pwd",
					   BCON_UTF8(user->password), "roles", "[", "{", "role",
					   BCON_UTF8(role), "db", BCON_UTF8(database), "}", "]",
					   "mechanisms", "[", BCON_UTF8("SCRAM-SHA-256"), "]");
		bool ok =
			mongoc_client_command_simple(client, database, command, NULL, NULL, &error);
		bson_destroy(command);
		if (ok)
			return true;
		if (error.code != ALREADY_EXISTS)
			break;
	}
	fprintf(stderr, "mongo-admin: user %s: %s\n", user->name, error.message);
	return false;
}

static int run_users(const char *address, const char *path)
{
	struct users users;
	if (!read_users(path, &users))
		return 1;
	bson_error_t error = {0};
	bool ok = true;
	mongoc_client_t *client = NULL;
	if (!admin_ping(address, &users.at[0], &error)) {
		client = admin_connect(address, NULL);
		ok = client && put_user(client, "admin", "root", &users.at[0]);
		if (client)
			mongoc_client_destroy(client);
	}
	client = ok ? admin_connect(address, &users.at[0]) : NULL;
	for (size_t i = 1; client && ok && i < users.count; i++)
		ok = put_user(client, users.at[i].name, "readWrite", &users.at[i]);
	if (client)
		mongoc_client_destroy(client);
	return ok ? 0 : 1;
}

static int run_ping(const char *address)
{
	bson_error_t error = {0};
	if (admin_ping(address, NULL, &error))
		return 0;
	fprintf(stderr, "mongo-admin: no mongod answers on %s: %s; mend: scripts/mongod.sh start\n",
		address, error.message);
	return 1;
}

int main(int argc, char **argv)
{
	static const struct program program = {
		.name = "mongo-admin",
		.summary = "does a mongod answer, and make its users",
		.positional = "ping|users HOST:PORT [USERS_FILE]",
		.positional_min = 2,
		.positional_max = 3,
		.notes = "ping HOST:PORT              exit 0 when a mongod answers there\n"
			 "users HOST:PORT USERS_FILE  lines \"USER PASSWORD\": admin first, then "
			 "one user\n"
			 "                            a database, of the database's name, "
			 "readWrite there\n",
	};
	const char *words[3];
	size_t count = 0;
	enum options_result parsed = options_parse(&program, argc, argv, words, &count);
	if (parsed != OPTIONS_RUN)
		return parsed == OPTIONS_USAGE ? 2 : 0;
	bool users = strcmp(words[0], "users") == 0;
	if ((!users && strcmp(words[0], "ping") != 0) || count != (users ? 3 : 2)) {
		fprintf(stderr,
			"mongo-admin: want `ping HOST:PORT` or `users HOST:PORT USERS_FILE`; "
			"mend: mongo-admin --help\n");
		return 2;
	}
	mongo_driver_start();
	int status = users ? run_users(words[1], words[2]) : run_ping(words[1]);
	mongoc_cleanup();
	return status;
}
