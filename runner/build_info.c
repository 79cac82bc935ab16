#include "runner/build_info.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <mongoc/mongoc.h>
#include <openssl/crypto.h>
#include <sqlite3.h>

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
	return json_pack("{ss ss ss ss ss ss}", "libevent", event_get_version(), "libcurl",
			 curl_version_info(CURLVERSION_NOW)->version, "libmongoc",
			 mongoc_get_version(), "sqlite", sqlite3_libversion(), "jansson",
			 jansson_version_str(), "openssl", OpenSSL_version(OPENSSL_VERSION));
}
