#include "runner/report_processes.h"

#include <math.h>
#include <string.h>

struct processes processes_of(const struct run *run, size_t arm)
{
	struct processes list = {.count = 0};
	for (size_t r = 0; r < run->result_count; r++) {
		const char *name;
		json_t *numbers;
		if (run->results[r].arm != arm)
			continue;
		json_object_foreach(json_value_at(run->results[r].root, "resources.server"), name,
				    numbers)
		{
			size_t i = 0;
			while (i < list.count && strcmp(list.names[i], name) != 0)
				i++;
			if (i == list.count && i < PROCESSES_MAX)
				list.names[list.count++] = name;
		}
	}
	return list;
}

double process_sum(const json_t *root, const char *process, const char *key)
{
	const char *name;
	json_t *numbers;
	double sum = NAN;
	json_object_foreach(json_value_at(root, "resources.server"), name, numbers)
	{
		double value = json_number_at(numbers, key);
		if ((!process || strcmp(name, process) == 0) && !isnan(value))
			sum = isnan(sum) ? value : sum + value;
	}
	return sum;
}

static double requests_of(const json_t *root)
{
	return process_sum(root, NULL, "cpu_s") * 1e6 /
	       json_number_at(root, "resources.cpu_us_per_request");
}

static double answers_of(const json_t *root)
{
	return json_number_at(root, "resources.answers_counted");
}

/* A number of a process for each of what `per` counts, median over the blocks that count. */
static double median_per(const struct run *run, struct cell cell, const char *process,
			 const char *key, double (*per)(const json_t *root))
{
	double values[RUN_BLOCKS_MAX];
	size_t count = 0;
	for (size_t block = 0; block < run->block_count; block++) {
		const struct run_result *result = cell_result(run, cell, block);
		if (!result)
			continue;
		double value = process_sum(result->root, process, key) / per(result->root);
		if (isfinite(value))
			values[count++] = value;
	}
	return stats_median(values, count);
}

double process_a_request(const struct run *run, struct cell cell, const char *process,
			 const char *key)
{
	return median_per(run, cell, process, key, requests_of);
}

double process_user_share(const struct run *run, struct cell cell, const char *process)
{
	double user = 0, system = 0;
	for (size_t block = 0; block < run->block_count; block++) {
		const struct run_result *result = cell_result(run, cell, block);
		double own = result ? process_sum(result->root, process, "user_s") : NAN;
		double kernel = result ? process_sum(result->root, process, "system_s") : NAN;
		if (isnan(own) || isnan(kernel))
			continue;
		user += own;
		system += kernel;
	}
	return user + system >= PROCESS_TICKS_S ? user / (user + system) : NAN;
}

double process_largest(const struct run *run, size_t arm, const char *process, const char *key)
{
	double most = NAN;
	for (size_t i = 0; i < run->result_count; i++)
		if (run->results[i].arm == arm && run->results[i].valid)
			most = fmax(most, process_sum(run->results[i].root, process, key));
	return most;
}

double processes_counted(const struct run *run, struct cell cell, const char *key)
{
	return median_per(run, cell, NULL, key, answers_of);
}

double process_batch(const struct run *run, struct cell cell, const char *process,
		     const char *things, const char *turns)
{
	double values[RUN_BLOCKS_MAX];
	size_t count = 0;
	for (size_t block = 0; block < run->block_count; block++) {
		const struct run_result *result = cell_result(run, cell, block);
		double value = result ? process_sum(result->root, process, things) /
						process_sum(result->root, process, turns)
				      : NAN;
		if (isfinite(value))
			values[count++] = value;
	}
	return stats_median(values, count);
}
