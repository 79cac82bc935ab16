/* build_info: how these programs were compiled, and the versions of the libraries in use now. */
#ifndef DUET_RUNNER_BUILD_INFO_H
#define DUET_RUNNER_BUILD_INFO_H

#include <jansson.h>

/* "gcc 12.2.0" */
const char *build_info_compiler(void);

/* The flags that both architectures share, from the Makefile. */
const char *build_info_flags(void);

/* {"libevent": "2.1.12-stable", ...} as loaded at run time; a new reference. */
json_t *build_info_libraries(void);

#endif
