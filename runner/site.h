/* site: where things are on this machine: programs, data, ports, and which CPUs do what.
 *
 * Programs lie beside `duet` itself. Data lies in build/data for 1,200 products, in build/data-N
 * for others; DUET_DATA_DIR names another folder. Ports start at DUET_PORT_BASE (8080): unified +0,
 * BFF +10, services +11 to +14 in the order of enum service, mongod +19. The servers have the first
 * half of the CPUs, the generator the other; one CPU is shared. An arm may be placed otherwise
 * (placement.h).
 */
#ifndef DUET_RUNNER_SITE_H
#define DUET_RUNNER_SITE_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SITE_PATH_MAX = 200, SITE_ERROR_MAX = 256, SITE_PORT_BASE = 8080, SITE_PORTS = 20 };

enum site_port {
	SITE_PORT_UNIFIED = 0,
	SITE_PORT_BFF = 10,
	SITE_PORT_SERVICE = 11, /* + enum service */
	SITE_PORT_MONGOD = 19
};

struct site {
	char bin[SITE_PATH_MAX];  /* folder of the programs */
	char data[SITE_PATH_MAX]; /* folder of the data */
	const char *mongodb_uri;  /* a server that stands already (no database named), or NULL */
	uint32_t products;
	uint64_t data_seed;
	uint16_t port_base;
	size_t beside; /* which of the stacks that stand side by side; 0: the first, or alone */
	cpu_set_t cpus_all, cpus_server, cpus_generator;
	bool realtime; /* a program may be given real-time priority */
	bool quiet;    /* what is made is not said; false by site_init */
};

/* Finds everything for a data set and tells child scripts (DUET_BIN). False with one line in
 * error[SITE_ERROR_MAX]: not in the project's folder, a bad DUET_PORT_BASE. */
bool site_init(struct site *site, uint32_t products, uint64_t data_seed, char *error);

/* The folder of build `build` of the servers: `bin` for 0, else its neighbour ../layout-N, the same
 * objects in another link order. Into out[SITE_PATH_MAX + 24]. */
enum { SITE_BUILDS_MAX = 8, SITE_BUILD_PATH_MAX = SITE_PATH_MAX + 24 };
void site_build_bin(const struct site *site, size_t build, char *out);

/* SITE_PORTS apart for each stack beside the first. */
uint16_t site_port(const struct site *site, int port);

/* MongoDB's folder, in `data`: "mongo", beside the first "mongo-N". Into out[SITE_PATH_MAX]. */
void site_mongo_folder(const struct site *site, char *out);

/* "0" or "2,3" into out[size]. */
void site_cpus_text(const cpu_set_t *cpus, char *out, size_t size);

/* Adds the CPUs of such a list to a set; ranges ("0,2-3") and blanks behind commas are understood,
 * too. False when the text is no list; what it began with is then added. */
bool site_cpus_add(cpu_set_t *cpus, const char *text);

/* Raises the soft limit of open files to the hard one. False with one line in error when `needed`
 * are not to be had. */
bool site_raise_files(uint64_t needed, char *error);

/* Whether the disk of `path` (which need not be there yet) has `needed` MB free for `what`. False
 * with one line in error that says how many are. */
bool site_check_space(const char *path, double needed, const char *what, char *error);

/* Makes a folder with its parents. False with one line in error. */
bool site_make_folder(const char *path, char *error);

#endif
