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

/* The file of every shared library in use now, by its full version where its name has it
 * ("libevent-2.1.so.7.0.1"), sorted; a new reference. */
json_t *build_info_linked(void);

#endif
