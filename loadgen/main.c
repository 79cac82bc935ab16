/* loadgen: loads one page of one server, checks every answer, and says what it cost. */
#include "common/base/file_write.h"
#include "common/seed/manifest.h"
#include "loadgen/config.h"
#include "loadgen/load.h"
#include "loadgen/result_k6.h"
#include "loadgen/target.h"
#include "loadgen/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_BAD_USAGE = 2 };

static bool print_json(const struct verdict *verdict, FILE *out)
{
	char *text = verdict_json(verdict);
	const bool ok = text && fprintf(out, "%s\n", text) > 0 && fflush(out) == 0;
	free(text);
	return ok;
}

static bool print_k6(const struct verdict *verdict, FILE *out)
{
	json_t *result = verdict_result(verdict);
	json_t *summary = result_k6(result);
	const bool ok = summary && json_dumpf(summary, out, JSON_INDENT(2)) == 0 &&
			fputc('\n', out) == '\n' && fflush(out) == 0;
	json_decref(summary);
	json_decref(result);
	return ok;
}

static const struct {
	const char *name;
	bool (*print)(const struct verdict *verdict, FILE *out);
} formats[] = {
	{"text", verdict_text}, {"json", print_json}, {"csv", verdict_csv},
	{"hgrm", verdict_hgrm}, {"k6", print_k6},
};

static bool write_output(const struct verdict *verdict, char error[FILE_WRITE_ERROR_SIZE])
{
	char *text = verdict_json(verdict);
	const bool ok = text && file_write(verdict->config->output, text, strlen(text), error);
	if (!text)
		snprintf(error, FILE_WRITE_ERROR_SIZE, "out of memory for the result");
	free(text);
	return ok;
}

/* Says what came of the run, in the file and on stdout; the exit code. */
static int publish(const struct verdict *verdict)
{
	char error[FILE_WRITE_ERROR_SIZE];
	int status = verdict_exit_code(verdict);
	if (verdict->config->quiet || strcmp(verdict->config->format, "text") != 0)
		verdict_thresholds(verdict, stderr); /* the summary lists them, where it is shown */
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!verdict->config->quiet &&
		    strcmp(verdict->config->format, formats[i].name) == 0 &&
		    !formats[i].print(verdict, stdout)) {
			fprintf(stderr, "loadgen: cannot write to stdout\n");
			status = EXIT_FAILURE;
		}
	if (verdict->config->output && !write_output(verdict, error)) {
		fprintf(stderr, "loadgen: %s\n", error);
		status = EXIT_FAILURE;
	}
	return status;
}

static int run(const struct loadgen_config *config, const struct http_address *address)
{
	char error[256];
	struct target_set targets = {0};
	struct load_result result = {0};
	struct manifest *manifest = manifest_read(config->urls, error);
	int status = EXIT_FAILURE;
	if (manifest && (!config->output || file_replaceable(config->output, error)) &&
	    target_set_init(&targets, manifest, config->page_kind, config->base_url,
			    !config->no_reuse, error) &&
	    load_raise_file_limit(config->vus, error) &&
	    load_run(config, address, &targets, &result, error)) {
		struct verdict verdict;
		verdict_init(&verdict, config, manifest, &result);
		status = publish(&verdict);
	} else {
		fprintf(stderr, "loadgen: %s\n", error);
	}
	load_result_free(&result);
	target_set_free(&targets);
	manifest_free(manifest);
	return status;
}

int main(int argc, char **argv)
{
	struct loadgen_config config;
	struct http_address address;
	char error[TARGET_ERROR_SIZE];
	const enum options_result parsed = loadgen_config_parse(&config, argc, argv);
	if (parsed != OPTIONS_RUN)
		return parsed == OPTIONS_EXIT_OK ? EXIT_SUCCESS : EXIT_BAD_USAGE;
	if (!target_address(config.base_url, config.allow_remote, &address, error)) {
		fprintf(stderr, "loadgen: %s\n", error);
		return EXIT_BAD_USAGE;
	}
	return run(&config, &address);
}
