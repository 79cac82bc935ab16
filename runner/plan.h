/* plan: what a run measures, read from a JSON file: arms, pages, load levels, times, blocks, seed.
 *
 * Keys (durations are texts as "12s"; * must be there):
 *
 *   id*, title, seed*, products*, data_seed*, blocks*
 *   pages*        ["home", "plp", "pdp"]
 *   arms*         [{id*, architecture*, store*, ...}, ...], see below
 *   popularity    which addresses are asked for: uniform (default) or zipf:S (popularity.h)
 *   think, think_jitter (none | uniform | exponential), stagger (true | false)
 *   capacity      null or {vus*, warmup*, duration*}: closed, without think time
 *   levels*       [{vus*, warmup*, duration*}, ...]: closed, with think time; may be empty with
 *                 "open" or "saturation"
 *   open          null or {of_slowest_capacity*, vus*, warmup*, duration*}: a fixed rate, the same
 *                 for every arm of a page: that share of the slowest arm's capacity in the run's
 *                 pilot pass
 *   near          null or {of_own_capacity*, vus*, warmup*, duration*}: a fixed rate, each trial's
 *                 that share of the capacity that it has just measured; needs "capacity"
 *   saturation    null or {slo*: "p95<50ms,errors<1%" (slo.h), vus*, warmup*, duration*, repeats
 *                 (odd), precision, runs_max, time_max}: after the other loads each trial searches
 *                 the highest rate that keeps the SLO (saturate.h); needs "capacity"
 *   sweep         ask every URL of the page before the loads, as warm-up and parity check (true)
 *   twin          run the first arm once more in every block, as "ID-twin": what two equal arms
 *                 differ by is the run's own noise (false)
 *   open_twin     after every level that stays under a load factor of 0.7, the same once more at a
 *                 fixed rate, that of the level's own throughput (false; needs "capacity")
 *   repeats       0..2, how often a page's trials of one block are run again when a check of one of
 *                 them failed (2; at most a quarter of all pages and blocks)
 *   turns         1 (default), or an even number up to 20 (plan_turns.h): all arms of a page are up
 *                 together, and the window of each load is cut into so many, which the arms take in
 *                 turns, A B then B A; every turn has the whole warm-up
 *   keep_awake    spin every CPU at the lowest priority, so that none sleeps (false)
 *   ladder, top_without   which arms form a ladder (plan_ladder.h)
 *   stamps        null or {requests*}: after the loads each trial asks so many single requests with
 *                 stamps and as many without (stamp_pass.h); not beside arms that are precomputed
 *                 or have a cache_ttl: stored bytes have no way
 *   map           null or {slo*: "p50<10ms"}: the arms of an architecture differ in work and
 *                 hop_delay alone; the report fits a model to them and says where the tax stops
 *                 mattering (map.h); needs "capacity" and a level
 *
 * Of an arm:
 *
 *   id*
 *   architecture* unified | microservices
 *   store*        sqlite | mongodb | memory
 *   schema        document | split (unified on mongodb)
 *   coalesce 0..32, workers 1..64 (both: mongodb)
 *   precomputed   true (unified)
 *   rung          4q | 4txn | 4db | json | http-self | threads | procs | tcp | tcp-1db | tcp-close
 *                 (microservices on sqlite; default tcp)
 *   fanout        parallel | sequential | per-item (microservices; default parallel)
 *   wire          http-curl | http-evhttp | binary (microservices on rung tcp; default http-curl;
 *                 the last over a Unix socket of each service)
 *   work          CPU time burned a part (0s)
 *   hop_delay     added to every call (microservices; 0s)
 *   placement     1cpu | 2cpu | db-apart (mongodb; placement.h); default 1cpu
 *   cache_ttl     how long the front keeps whole answers; 0s by default: never
 */
#ifndef DUET_RUNNER_PLAN_H
#define DUET_RUNNER_PLAN_H

#include "runner/slo.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PLAN_ARMS_MAX = 24,
	PLAN_LEVELS_MAX = 12,
	PLAN_BLOCKS_MAX = 100,
	PLAN_PAGES = 3,
	PLAN_ID_MAX = 48,
	PLAN_ERROR_MAX = 256,
	PLAN_REPEATS_MAX = 2,
	PLAN_TURNS_MAX = 20
};

/* From here on a closed loop's latency says less of an answer than of a queue. */
#define PLAN_KNEE_LOAD 0.7

/* A turn's window is not shorter than this, ns. */
#define PLAN_TURN_MIN_NS INT64_C(200000000)

enum plan_architecture { PLAN_UNIFIED, PLAN_MICROSERVICES };
enum plan_store { PLAN_SQLITE, PLAN_MONGODB, PLAN_MEMORY };
enum plan_schema { PLAN_DOCUMENT, PLAN_SPLIT };
/* What stands between the parts of a page. From 4q to procs each is the one before with one thing
 * more: four reads and a join in one transaction, in four, of four databases, through JSON, over
 * HTTP on one loop, on threads, in processes over Unix sockets. tcp follows procs; tcp-close is tcp
 * without keep-alive, which takes the open load alone (plan_arm_open_only), tcp-1db with one
 * database for all services. */
enum plan_rung {
	PLAN_RUNG_TCP, /* the default: the microservices as they are */
	PLAN_RUNG_4Q,
	PLAN_RUNG_4TXN,
	PLAN_RUNG_4DB,
	PLAN_RUNG_JSON,
	PLAN_RUNG_HTTP_SELF,
	PLAN_RUNG_THREADS,
	PLAN_RUNG_PROCS,
	PLAN_RUNG_TCP_CLOSE,
	PLAN_RUNG_TCP_1DB
};
enum plan_placement { PLAN_PLACEMENT_1CPU, PLAN_PLACEMENT_2CPU, PLAN_PLACEMENT_DB_APART };
enum plan_page { PLAN_HOME, PLAN_PLP, PLAN_PDP };

/* Indexed by the enums above; NULL-terminated. */
extern const char *const plan_architecture_names[];
extern const char *const plan_store_names[];
extern const char *const plan_rung_names[];
extern const char *const plan_fanout_names[]; /* [0]: the default */
extern const char *const plan_placement_names[];
extern const char *const plan_page_names[];
extern const char *const plan_jitter_names[];

struct plan_arm {
	char id[PLAN_ID_MAX];
	int architecture, store, schema; /* enums above; schema is -1 when not given */
	int64_t workers, coalesce;       /* -1: the servers' default */
	int rung;                        /* enum plan_rung */
	int fanout;                      /* index into plan_fanout_names */
	int placement;                   /* enum plan_placement */
	int wire;                        /* enum transport_wire; 0: http-curl */
	int64_t work_ns, hop_delay_ns, cache_ttl_ns;
	bool precomputed;
	json_t *json; /* as written, a twin's with "twin_of"; the plan's */
};

struct plan_load {
	int64_t vus, warmup_ns, duration_ns;
	double of_slowest_capacity; /* open load only */
	double of_own_capacity;     /* near load only */
};

struct plan_saturation {
	struct slo slo;
	struct plan_load load; /* of one run at the least; a slow arm's last longer */
	int64_t repeats, runs_max, time_max_ns;
	double precision;
};

struct plan {
	char id[PLAN_ID_MAX], title[160];
	int64_t seed, products, data_seed, blocks;
	size_t page_count, arm_count, level_count; /* the twin is the last of the arms */
	int pages[PLAN_PAGES];                     /* enum plan_page, in the file's order */
	struct plan_arm arms[PLAN_ARMS_MAX];
	struct plan_load levels[PLAN_LEVELS_MAX];
	bool has_capacity, has_open, has_near, has_saturation, stagger, sweep, twin, open_twin,
		keep_awake;
	int64_t stamp_requests; /* 0: no pass of single requests */
	int64_t repeats;
	int64_t turns; /* 1: each arm's load in one piece */
	size_t builds; /* 1, or what `duet run --builds` says: not the file's */
	bool quiet;    /* what `duet run --quiet` says: not the file's */
	struct plan_load capacity, open, near;
	struct plan_saturation saturation;
	bool has_map;
	struct slo map_slo; /* one goal, on p50 */
	int64_t think_ns;
	char popularity[24]; /* as loadgen takes it */
	int jitter;          /* index into plan_jitter_names */
	char sha256[65];
	char *text; /* the file as it is, owned */
	size_t text_len;
	json_t *json;                 /* owned */
	json_t *ladder, *top_without; /* of json; NULL: none */
	json_t *twin_json;            /* the twin's arm, owned; NULL without one */
};

/* Reads and checks a plan file. NULL with one line in error[PLAN_ERROR_MAX] that names the file,
 * the place in it and the rule. */
struct plan *plan_read(const char *path, char *error);

/* The same for text in memory; `name` stands in errors for the file. */
struct plan *plan_parse(const char *text, size_t len, const char *name, char *error);

void plan_free(struct plan *plan);

/* True for an arm that takes the open load alone, at the rate that the others set: rung tcp-close,
 * whose every call holds a local port for a minute after it. */
bool plan_arm_open_only(const struct plan_arm *arm);

/* "mongodb-document": the store and, where the arm has one, its schema. Into out[24]. */
void plan_arm_store_text(const struct plan_arm *arm, char out[24]);

/* The most connections that a load of the plan opens. */
int64_t plan_vus_max(const struct plan *plan);

#endif
