#include "runner/build_info.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <gnu/libc-version.h>
#include <limits.h>
#include <link.h>
#include <mongoc/mongoc.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* The Makefile says; who compiles by hand says it or not. */
#ifndef DUET_BUILD_FLAGS
#define DUET_BUILD_FLAGS "unknown"
#endif

#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

const char *build_info_compiler(void)
{
	return COMPILER;
}

const char *build_info_flags(void)
{
	return DUET_BUILD_FLAGS;
}

json_t *build_info_libraries(void)
{
	return json_pack("{ss ss ss ss ss ss ss}", "libevent", event_get_version(), "libcurl",
			 curl_version_info(CURLVERSION_NOW)->version, "libmongoc",
			 mongoc_get_version(), "sqlite", sqlite3_libversion(), "jansson",
			 jansson_version_str(), "openssl", OpenSSL_version(OPENSSL_VERSION),
			 "glibc", gnu_get_libc_version());
}

enum { LINKED_MAX = 256 };

struct linked {
	char *names[LINKED_MAX]; /* owned */
	size_t count;
};

static int add_linked(struct dl_phdr_info *info, size_t size, void *into)
{
	struct linked *all = into;
	char path[PATH_MAX];
	(void)size;
	/* the program itself and the kernel's page have no file */
	if (!info->dlpi_name || info->dlpi_name[0] != '/' || all->count == LINKED_MAX ||
	    !realpath(info->dlpi_name, path))
		return 0;
	char *name = strdup(strrchr(path, '/') + 1);
	if (name)
		all->names[all->count++] = name;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

json_t *build_info_linked(void)
{
	struct linked all = {.count = 0};
	json_t *list = json_array();
	(void)dl_iterate_phdr(add_linked, &all);
	qsort(all.names, all.count, sizeof(all.names[0]), by_name);
	for (size_t i = 0; i < all.count; i++) {
		(void)json_array_append_new(list, json_string(all.names[i]));
		free(all.names[i]);
	}
	return list;
}
