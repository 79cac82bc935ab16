#include "runner/plan.h"

#include "bff/transport.h"
#include "common/base/clock.h"
#include "common/seed/manifest.h"
#include "common/seed/seed.h"
#include "loadgen/popularity.h"
#include "runner/json_fields.h"
#include "runner/plan_ladder.h"
#include "runner/plan_map.h"
#include "runner/plan_saturation.h"
#include "runner/plan_turns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLAN_FILE_MAX = 1 << 20 };

const char *const plan_architecture_names[] = {"unified", "microservices", NULL};
const char *const plan_store_names[] = {"sqlite", "mongodb", "memory", NULL};
const char *const plan_rung_names[] = {"tcp",       "4q",        "4txn",    "4db",
				       "json",      "http-self", "threads", "procs",
				       "tcp-close", "tcp-1db",   NULL};
const char *const plan_fanout_names[] = {"parallel", "sequential", "per-item", NULL};
const char *const plan_placement_names[] = {"1cpu", "2cpu", "db-apart", NULL};
const char *const plan_page_names[] = {"home", "plp", "pdp", NULL};
const char *const plan_jitter_names[] = {"none", "uniform", "exponential", NULL};
static const char *const schema_names[] = {"document", "split", NULL};

#define AT(type, member) .offset = offsetof(struct type, member)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct json_field arm_fields[] = {
	{"id", JSON_FIELD_NAME, .required = true, AT(plan_arm, id), .size = PLAN_ID_MAX},
	{"architecture", JSON_FIELD_CHOICE, .required = true, AT(plan_arm, architecture),
	 .choices = plan_architecture_names},
	{"store", JSON_FIELD_CHOICE, .required = true, AT(plan_arm, store),
	 .choices = plan_store_names},
	{"schema", JSON_FIELD_CHOICE, AT(plan_arm, schema), .choices = schema_names},
	{"workers", JSON_FIELD_INTEGER, AT(plan_arm, workers), .min = 1, .max = 64},
	{"coalesce", JSON_FIELD_INTEGER, AT(plan_arm, coalesce), .min = 0, .max = 32},
	{"precomputed", JSON_FIELD_BOOL, AT(plan_arm, precomputed)},
	{"rung", JSON_FIELD_CHOICE, AT(plan_arm, rung), .choices = plan_rung_names},
	{"fanout", JSON_FIELD_CHOICE, AT(plan_arm, fanout), .choices = plan_fanout_names},
	{"wire", JSON_FIELD_CHOICE, AT(plan_arm, wire), .choices = transport_wire_names},
	{"work", JSON_FIELD_DURATION, AT(plan_arm, work_ns), .min = 0, .max = 1e9},
	{"hop_delay", JSON_FIELD_DURATION, AT(plan_arm, hop_delay_ns), .min = 0, .max = 1e9},
	{"placement", JSON_FIELD_CHOICE, AT(plan_arm, placement), .choices = plan_placement_names},
	{"cache_ttl", JSON_FIELD_DURATION, AT(plan_arm, cache_ttl_ns), .min = 0, .max = 3600e9},
};

/* The first is the open load's alone, the last that of the load near a trial's own capacity. */
static const struct json_field load_fields[] = {
	{"of_slowest_capacity", JSON_FIELD_NUMBER, .required = true,
	 AT(plan_load, of_slowest_capacity), .min = 0.01, .max = 2},
	{"vus", JSON_FIELD_INTEGER, .required = true, AT(plan_load, vus), .min = 1, .max = 60000},
	{"warmup", JSON_FIELD_DURATION, .required = true, AT(plan_load, warmup_ns), .min = 0,
	 .max = 600e9},
	{"duration", JSON_FIELD_DURATION, .required = true, AT(plan_load, duration_ns),
	 .min = 100e6, .max = 3600e9},
	{"of_own_capacity", JSON_FIELD_NUMBER, .required = true, AT(plan_load, of_own_capacity),
	 .min = 0.1, .max = 0.95},
};
#define CLOSED_FIELDS load_fields + 1, COUNT(load_fields) - 2
#define OPEN_FIELDS load_fields, COUNT(load_fields) - 1
#define NEAR_FIELDS load_fields + 1, COUNT(load_fields) - 1

static bool check_arm(const struct plan_arm *arm, const char *place, char *error)
{
	bool unified = arm->architecture == PLAN_UNIFIED;
	bool mongodb = arm->store == PLAN_MONGODB;
	const struct {
		bool broken;
		const char *rule;
	} rules[] = {
		{arm->schema >= 0 && !(unified && mongodb),
		 "\"schema\" is for unified on mongodb alone"},
		{arm->schema < 0 && unified && mongodb,
		 "unified on mongodb needs \"schema\": \"document\" or \"split\""},
		{arm->coalesce >= 0 && !mongodb, "\"coalesce\" is for mongodb alone"},
		{arm->workers >= 0 && !mongodb, "\"workers\" is for mongodb alone"},
		{arm->precomputed && !unified, "\"precomputed\" is for unified alone"},
		{arm->rung != PLAN_RUNG_TCP && (unified || arm->store != PLAN_SQLITE),
		 "\"rung\" is for microservices on sqlite alone"},
		{arm->fanout && unified, "\"fanout\" is for microservices alone"},
		{arm->wire && (unified || arm->rung != PLAN_RUNG_TCP),
		 "\"wire\" is for microservices on rung tcp alone"},
		{arm->hop_delay_ns && unified, "\"hop_delay\" is for microservices alone"},
		{arm->hop_delay_ns && arm->rung == PLAN_RUNG_4Q,
		 "\"hop_delay\" cannot be inside the one transaction of rung 4q"},
		{arm->work_ns && arm->precomputed, "\"work\" is not for \"precomputed\""},
		{arm->cache_ttl_ns && arm->precomputed, "\"cache_ttl\" is not for \"precomputed\""},
		{plan_arm_open_only(arm) && strcmp(plan_fanout_names[arm->fanout], "per-item") == 0,
		 "rung tcp-close cannot ask \"per-item\": a list would open 121 connections"},
		{arm->placement == PLAN_PLACEMENT_DB_APART && !mongodb,
		 "\"placement\": \"db-apart\" is for mongodb alone: other stores are inside the "
		 "servers"},
	};
	for (size_t i = 0; i < COUNT(rules); i++)
		if (rules[i].broken)
			return json_fields_fail(error, place, "%s", rules[i].rule);
	return true;
}

static bool read_arms(json_t *value, const char *place, void *into, char *error)
{
	struct plan *plan = into;
	size_t count = json_array_size(value);
	if (count < 1 || count > PLAN_ARMS_MAX)
		return json_fields_fail(error, place, "must be a list of 1 to %d arms",
					PLAN_ARMS_MAX);
	for (size_t i = 0; i < count; i++) {
		struct plan_arm *arm = &plan->arms[i];
		char inner[JSON_FIELDS_PLACE_MAX];
		(void)snprintf(inner, sizeof(inner), "%.40s[%zu]", place, i);
		*arm = (struct plan_arm){.schema = -1, .workers = -1, .coalesce = -1};
		arm->json = json_array_get(value, i);
		if (!json_fields_read(arm->json, inner, arm_fields, COUNT(arm_fields), arm,
				      error) ||
		    !check_arm(arm, inner, error))
			return false;
		for (size_t k = 0; k < i; k++)
			if (strcmp(plan->arms[k].id, arm->id) == 0)
				return json_fields_fail(error, inner,
							"the id \"%s\" is taken by arms[%zu]",
							arm->id, k);
	}
	plan->arm_count = count;
	return true;
}

static bool read_levels(json_t *value, const char *place, void *into, char *error)
{
	struct plan *plan = into;
	size_t count = json_array_size(value);
	if (!json_is_array(value) || count > PLAN_LEVELS_MAX)
		return json_fields_fail(error, place, "must be a list of at most %d levels",
					PLAN_LEVELS_MAX);
	for (size_t i = 0; i < count; i++) {
		char inner[JSON_FIELDS_PLACE_MAX];
		(void)snprintf(inner, sizeof(inner), "%.40s[%zu]", place, i);
		if (!json_fields_read(json_array_get(value, i), inner, CLOSED_FIELDS,
				      &plan->levels[i], error))
			return false;
		for (size_t k = 0; k < i; k++)
			if (plan->levels[k].vus == plan->levels[i].vus)
				return json_fields_fail(error, inner, "levels[%zu] has as many VUs",
							k);
	}
	plan->level_count = count;
	return true;
}

static bool read_pages(json_t *value, const char *place, void *into, char *error)
{
	struct plan *plan = into;
	size_t count = json_array_size(value);
	if (count < 1 || count > PLAN_PAGES)
		return json_fields_fail(error, place,
					"must be a list of 1 to 3 of \"home\", \"plp\", \"pdp\"");
	for (size_t i = 0; i < count; i++) {
		char inner[JSON_FIELDS_PLACE_MAX];
		(void)snprintf(inner, sizeof(inner), "%.40s[%zu]", place, i);
		if (!json_fields_choice(json_array_get(value, i), inner, plan_page_names,
					&plan->pages[i], error))
			return false;
		for (size_t k = 0; k < i; k++)
			if (plan->pages[k] == plan->pages[i])
				return json_fields_fail(error, inner,
							"the page stands there twice");
	}
	plan->page_count = count;
	return true;
}

static bool read_capacity(json_t *value, const char *place, void *into, char *error)
{
	struct plan *plan = into;
	plan->has_capacity = true;
	return json_fields_read(value, place, CLOSED_FIELDS, &plan->capacity, error);
}

static bool read_open(json_t *value, const char *place, void *into, char *error)
{
	struct plan *plan = into;
	plan->has_open = true;
	return json_fields_read(value, place, OPEN_FIELDS, &plan->open, error);
}

static bool read_near(json_t *value, const char *place, void *into, char *error)
{
	struct plan *plan = into;
	plan->has_near = true;
	return json_fields_read(value, place, NEAR_FIELDS, &plan->near, error);
}

static bool read_ladder(json_t *value, const char *place, void *into, char *error)
{
	((struct plan *)into)->ladder = value;
	return json_is_array(value) ||
	       json_fields_fail(error, place, "must be a list of arms' ids");
}

static bool read_top_without(json_t *value, const char *place, void *into, char *error)
{
	(void)place;
	(void)error;
	((struct plan *)into)->top_without = value;
	return true;
}

static const struct json_field stamps_fields[] = {
	{"requests", JSON_FIELD_INTEGER, .required = true, AT(plan, stamp_requests), .min = 10,
	 .max = 100000},
};

static bool read_stamps(json_t *value, const char *place, void *into, char *error)
{
	return json_fields_read(value, place, stamps_fields, COUNT(stamps_fields), into, error);
}

static const struct json_field plan_fields[] = {
	{"id", JSON_FIELD_NAME, .required = true, AT(plan, id), .size = PLAN_ID_MAX},
	{"title", JSON_FIELD_TEXT, AT(plan, title), .size = sizeof(((struct plan *)0)->title)},
	{"seed", JSON_FIELD_INTEGER, .required = true, AT(plan, seed), .min = 0, .max = 4294967295},
	{"products", JSON_FIELD_INTEGER, .required = true, AT(plan, products),
	 .min = SEED_PRODUCTS_MIN, .max = SEED_PRODUCTS_MAX},
	{"data_seed", JSON_FIELD_INTEGER, .required = true, AT(plan, data_seed), .min = 0,
	 .max = 4294967295},
	{"blocks", JSON_FIELD_INTEGER, .required = true, AT(plan, blocks), .min = 1,
	 .max = PLAN_BLOCKS_MAX},
	{"pages", JSON_FIELD_OBJECT, .required = true, .read = read_pages},
	{"arms", JSON_FIELD_OBJECT, .required = true, .read = read_arms},
	{"popularity", JSON_FIELD_TEXT, AT(plan, popularity),
	 .size = sizeof(((struct plan *)0)->popularity)},
	{"think", JSON_FIELD_DURATION, AT(plan, think_ns), .min = 0, .max = 600e9},
	{"think_jitter", JSON_FIELD_CHOICE, AT(plan, jitter), .choices = plan_jitter_names},
	{"stagger", JSON_FIELD_BOOL, AT(plan, stagger)},
	{"capacity", JSON_FIELD_OBJECT, .nullable = true, .read = read_capacity},
	{"levels", JSON_FIELD_OBJECT, .required = true, .read = read_levels},
	{"open", JSON_FIELD_OBJECT, .nullable = true, .read = read_open},
	{"near", JSON_FIELD_OBJECT, .nullable = true, .read = read_near},
	{"saturation", JSON_FIELD_OBJECT, .nullable = true, .read = plan_saturation_read},
	{"sweep", JSON_FIELD_BOOL, AT(plan, sweep)},
	{"twin", JSON_FIELD_BOOL, AT(plan, twin)},
	{"open_twin", JSON_FIELD_BOOL, AT(plan, open_twin)},
	{"repeats", JSON_FIELD_INTEGER, AT(plan, repeats), .min = 0, .max = PLAN_REPEATS_MAX},
	{"turns", JSON_FIELD_INTEGER, AT(plan, turns), .min = 1, .max = PLAN_TURNS_MAX},
	{"keep_awake", JSON_FIELD_BOOL, AT(plan, keep_awake)},
	{"ladder", JSON_FIELD_OBJECT, .read = read_ladder},
	{"top_without", JSON_FIELD_OBJECT, .read = read_top_without},
	{"stamps", JSON_FIELD_OBJECT, .nullable = true, .read = read_stamps},
	{"map", JSON_FIELD_OBJECT, .nullable = true, .read = plan_map_read},
};

/* An arm with the open load alone needs one, and other arms that set its rate. */
static bool check_open_only(const struct plan *plan, char *error)
{
	for (size_t i = 0; i < plan->arm_count; i++) {
		char place[JSON_FIELDS_PLACE_MAX];
		(void)snprintf(place, sizeof(place), "arms[%zu]", i);
		if (!plan_arm_open_only(&plan->arms[i]))
			continue;
		if (i == 0)
			return json_fields_fail(error, place,
						"rung tcp-close cannot be the first arm: it has no "
						"capacity to compare others to");
		if (!plan->has_open || plan->has_saturation)
			return json_fields_fail(
				error, place,
				"rung tcp-close takes the open load alone, since its "
				"calls use up ports: the plan needs \"open\" and no "
				"\"saturation\"");
	}
	return true;
}

static bool check_plan(const struct plan *plan, char *error)
{
	double exponent;
	if (plan->products % 8 != 0)
		return json_fields_fail(error, "products", "must be a multiple of 8");
	if (!popularity_parse(plan->popularity, &exponent))
		return json_fields_fail(error, "popularity",
					"must be \"uniform\", or \"zipf:S\" with S from 0 to 10");
	if (plan->has_open && !plan->has_capacity)
		return json_fields_fail(error, "open",
					"needs \"capacity\": its rate is a share of it");
	if (plan->has_near && !plan->has_capacity)
		return json_fields_fail(error, "near",
					"needs \"capacity\": its rate is a share of it");
	if (plan->open_twin && !(plan->has_capacity && plan->think_ns > 0))
		return json_fields_fail(error, "open_twin",
					"needs \"capacity\" and think time: it follows levels "
					"under a load factor of %.1f",
					PLAN_KNEE_LOAD);
	if (plan->has_saturation && !plan->has_capacity)
		return json_fields_fail(error, "saturation",
					"needs \"capacity\": the search starts at a share of it");
	for (size_t i = 0; i < plan->arm_count && plan->stamp_requests; i++)
		if (plan->arms[i].precomputed || plan->arms[i].cache_ttl_ns)
			return json_fields_fail(error, "stamps",
						"arms[%zu] answers with stored bytes: there is no "
						"way through it to be stamped",
						i);
	if (plan->level_count == 0 && !plan->has_saturation && !plan->has_open)
		return json_fields_fail(error, "levels",
					"must be a list of at least 1 level, but in a plan with "
					"\"open\" or \"saturation\"");
	return check_open_only(plan, error) && plan_ladder_check(plan, error) &&
	       plan_map_check(plan, error) && plan_turns_check(plan, error);
}

/* The first arm once more, at the end of the list. */
static bool add_twin(struct plan *plan, char *error)
{
	struct plan_arm *twin = &plan->arms[plan->arm_count];
	if (plan->arm_count == PLAN_ARMS_MAX)
		return json_fields_fail(error, "twin", "needs room for one more arm than %d",
					PLAN_ARMS_MAX);
	*twin = plan->arms[0];
	if (snprintf(twin->id, sizeof(twin->id), "%s-twin", plan->arms[0].id) >=
	    (int)sizeof(twin->id))
		return json_fields_fail(error, "twin", "the first arm's id is too long for it");
	for (size_t i = 0; i < plan->arm_count; i++)
		if (strcmp(plan->arms[i].id, twin->id) == 0)
			return json_fields_fail(error, "twin",
						"its id \"%s\" is taken by arms[%zu]", twin->id, i);
	plan->twin_json = json_deep_copy(plan->arms[0].json);
	twin->json = plan->twin_json;
	plan->arm_count++;
	return json_object_set_new(twin->json, "id", json_string(twin->id)) == 0 &&
	       json_object_set_new(twin->json, "twin_of", json_string(plan->arms[0].id)) == 0;
}

struct plan *plan_parse(const char *text, size_t len, const char *name, char *error)
{
	char why[JSON_FIELDS_ERROR_MAX];
	json_error_t at;
	struct plan *plan = calloc(1, sizeof(*plan));
	if (!plan || !(plan->text = malloc(len + 1))) {
		(void)snprintf(error, PLAN_ERROR_MAX, "plan %.80s: out of memory", name);
		free(plan);
		return NULL;
	}
	memcpy(plan->text, text, len);
	plan->text[len] = '\0';
	plan->text_len = len;
	plan->think_ns = NS_PER_S;
	(void)snprintf(plan->popularity, sizeof(plan->popularity), "uniform");
	plan->jitter = 1;
	plan->stagger = plan->sweep = true;
	plan->repeats = PLAN_REPEATS_MAX;
	plan->turns = 1;
	plan->builds = 1;
	sha256_hex(text, len, plan->sha256);
	plan->json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &at);
	if (!plan->json)
		(void)snprintf(error, PLAN_ERROR_MAX, "plan %.80s: line %d: %.120s", name, at.line,
			       at.text);
	else if (!json_fields_read(plan->json, "", plan_fields, COUNT(plan_fields), plan, why) ||
		 !check_plan(plan, why) || (plan->twin && !add_twin(plan, why)))
		(void)snprintf(error, PLAN_ERROR_MAX, "plan %.80s: %.165s", name, why);
	else
		return plan;
	plan_free(plan);
	return NULL;
}

struct plan *plan_read(const char *path, char *error)
{
	struct plan *plan = NULL;
	char *text = NULL;
	FILE *file = fopen(path, "rbe");
	if (!file) {
		(void)snprintf(error, PLAN_ERROR_MAX,
			       "plan %.100s: %s; plans of the project are in runner/plans/", path,
			       strerror(errno));
		return NULL;
	}
	text = malloc(PLAN_FILE_MAX + 1);
	size_t len = text ? fread(text, 1, PLAN_FILE_MAX + 1, file) : 0;
	if (!text || ferror(file))
		(void)snprintf(error, PLAN_ERROR_MAX, "plan %.100s: cannot be read: %s", path,
			       strerror(errno));
	else if (len > PLAN_FILE_MAX)
		(void)snprintf(error, PLAN_ERROR_MAX, "plan %.100s: longer than %d bytes", path,
			       PLAN_FILE_MAX);
	else
		plan = plan_parse(text, len, path, error);
	free(text);
	(void)fclose(file);
	return plan;
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	json_decref(plan->json);
	json_decref(plan->twin_json);
	free(plan->text);
	free(plan);
}

bool plan_arm_open_only(const struct plan_arm *arm)
{
	return arm->rung == PLAN_RUNG_TCP_CLOSE;
}

void plan_arm_store_text(const struct plan_arm *arm, char out[24])
{
	(void)snprintf(out, 24, "%s%s%s", plan_store_names[arm->store], arm->schema < 0 ? "" : "-",
		       arm->schema < 0 ? "" : schema_names[arm->schema]);
}

int64_t plan_vus_max(const struct plan *plan)
{
	int64_t most = plan->has_capacity ? plan->capacity.vus : 0;
	if (plan->has_open && plan->open.vus > most)
		most = plan->open.vus;
	if (plan->has_near && plan->near.vus > most)
		most = plan->near.vus;
	if (plan->has_saturation && plan->saturation.load.vus > most)
		most = plan->saturation.load.vus;
	for (size_t i = 0; i < plan->level_count; i++)
		if (plan->levels[i].vus > most)
			most = plan->levels[i].vus;
	return most;
}
