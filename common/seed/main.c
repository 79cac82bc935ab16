/* seed: makes the shop's data, loads it into a store, dumps stores, writes the manifest. */
#include "common/base/options.h"
#include "common/seed/manifest.h"
#include "common/seed/seed_store.h"

#include <stdio.h>
#include <string.h>

enum { EXIT_OK = 0, EXIT_ERROR = 1, EXIT_USAGE = 2 };

static uint64_t seed_number = 42, product_count = SEED_PRODUCTS_DEFAULT;
static struct option_texts stores;
static const char *service, *schema, *dump, *manifest;

static const char *const services[] = {"catalog", "inventory", "pricing", "reviews", NULL};
static const char *const schemas[] = {"document", "split", NULL};

static const struct option options[] = {
	{.name = "seed",
	 .kind = OPTION_UINT,
	 .target = &seed_number,
	 .min = 0,
	 .max = 9007199254740991.0,
	 .value = "N",
	 .help = "the number that all data follow from"},
	{.name = "products",
	 .kind = OPTION_UINT,
	 .target = &product_count,
	 .min = SEED_PRODUCTS_MIN,
	 .max = SEED_PRODUCTS_MAX,
	 .value = "N",
	 .help = "how many products, a multiple of 8"},
	{.name = "store",
	 .kind = OPTION_TEXTS,
	 .target = &stores,
	 .value = "URI",
	 .help = "the store to load: sqlite:PATH or mongodb://...; with --dump, each to read"},
	{.name = "service",
	 .kind = OPTION_CHOICE,
	 .target = &service,
	 .choices = services,
	 .value = "NAME",
	 .help = "load this service's part alone"},
	{.name = "schema",
	 .kind = OPTION_CHOICE,
	 .target = &schema,
	 .choices = schemas,
	 .value = "NAME",
	 .help = "how MongoDB keeps the whole shop (default document)"},
	{.name = "dump",
	 .kind = OPTION_TEXT,
	 .target = &dump,
	 .value = "FILE",
	 .help = "write the canonical dump of the stores (- for stdout) and print its hashes"},
	{.name = "manifest",
	 .kind = OPTION_TEXT,
	 .target = &manifest,
	 .value = "FILE",
	 .help = "write what every page must answer"},
};

static const struct program program = {
	.name = "seed",
	.summary = "The shop's data from one number: into a store, into a dump, into a manifest.",
	.positional = "",
	.notes = "A store that holds the same data already is left as it is.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
};

/* What the options may not be together; NULL when they may. */
static const char *bad_combination(void)
{
	static char why[128];
	if (product_count % MODEL_CATEGORIES != 0) {
		snprintf(why, sizeof(why),
			 "--products %llu is not a multiple of 8; the nearest below is %llu",
			 (unsigned long long)product_count,
			 (unsigned long long)(product_count - product_count % MODEL_CATEGORIES));
		return why;
	}
	if (!stores.count && !manifest)
		return "nothing to do: give --store URI, --manifest FILE, or both";
	if (dump && !stores.count)
		return "--dump reads stores: give --store URI, once for each";
	if (dump && (service || schema))
		return "--dump reads what the stores hold: leave --service and --schema out";
	if (!dump && stores.count > 1)
		return "one --store is loaded at a time: run seed once for each";
	if (!stores.count && (service || schema))
		return "--service and --schema are about a store: give --store URI";
	return NULL;
}

static int fail(const char *error)
{
	fprintf(stderr, "seed: %s\n", error);
	return EXIT_ERROR;
}

static int run_dump(void)
{
	struct store_marker hashes;
	char error[STORE_ERROR_MAX];
	bool ok = seed_store_dump(stores.at, stores.count, dump, &hashes, error);
	if (!ok)
		return fail(error);
	FILE *out = strcmp(dump, "-") == 0 ? stderr : stdout;
	for (int p = 0; p < SERVICE_COUNT; p++)
		if (hashes.part_sha256[p][0])
			fprintf(out, "%s %s\n", service_names[p], hashes.part_sha256[p]);
	if (hashes.sha256[0])
		fprintf(out, "all %s\n", hashes.sha256);
	return fflush(out) == 0 ? EXIT_OK : fail("the hashes could not be printed");
}

static int run_load(void)
{
	struct seed_load what = {.uri = stores.at[0],
				 .seed = seed_number,
				 .products = (uint32_t)product_count,
				 .service = service ? service_by_name(slice_of(service))
						    : SERVICE_COUNT,
				 .schema = schema};
	char error[STORE_ERROR_MAX], shown[STORE_ERROR_MAX];
	bool loaded;
	if (!seed_store_load(&what, &loaded, error))
		return fail(error);
	store_uri_redact(what.uri, shown);
	fprintf(stderr, "seed: %s %s: seed %llu, %u products, %s\n", shown,
		loaded ? "was loaded" : "is there already", (unsigned long long)seed_number,
		what.products, service ? service : "the whole shop");
	return EXIT_OK;
}

int main(int argc, char **argv)
{
	const char *positional[1];
	size_t count = 0;
	char error[256];
	switch (options_parse(&program, argc, argv, positional, &count)) {
	case OPTIONS_EXIT_OK:
		return EXIT_OK;
	case OPTIONS_USAGE:
		return EXIT_USAGE;
	case OPTIONS_RUN:
		break;
	}
	const char *rule = bad_combination();
	if (rule) {
		fprintf(stderr, "seed: %s; see seed --help\n", rule);
		return EXIT_USAGE;
	}
	int status = EXIT_OK;
	if (stores.count)
		status = dump ? run_dump() : run_load();
	if (status == EXIT_OK && manifest &&
	    !manifest_write(manifest, seed_number, (uint32_t)product_count, error))
		status = fail(error);
	return status;
}
