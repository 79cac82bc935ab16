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

/* The result of a block that counts, or NULL. */
static const json_t *counted(const struct run *run, struct cell cell, size_t block)
{
	const struct run_result *result = report_run_at(run, cell.arm, cell.page, cell.load, block);
	return result && result->valid ? result->root : NULL;
}

double process_a_request(const struct run *run, struct cell cell, const char *process,
			 const char *key)
{
	double values[RUN_BLOCKS_MAX];
	size_t count = 0;
	for (size_t block = 0; block < run->block_count; block++) {
		const json_t *root = counted(run, cell, block);
		if (!root)
			continue;
		double requests = process_sum(root, NULL, "cpu_s") * 1e6 /
				  cell_block(run, cell, METRIC_CPU_REQUEST, block);
		double value = process_sum(root, process, key) / requests;
		if (isfinite(value))
			values[count++] = value;
	}
	return stats_median(values, count);
}

double process_user_share(const struct run *run, struct cell cell, const char *process)
{
	double user = 0, system = 0;
	for (size_t block = 0; block < run->block_count; block++) {
		const json_t *root = counted(run, cell, block);
		double own = root ? process_sum(root, process, "user_s") : NAN;
		double kernel = root ? process_sum(root, process, "system_s") : NAN;
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
	double values[RUN_BLOCKS_MAX];
	size_t count = 0;
	for (size_t block = 0; block < run->block_count; block++) {
		const json_t *root = counted(run, cell, block);
		double value = root ? process_sum(root, NULL, key) /
					       json_number_at(root, "resources.answers_counted")
				    : NAN;
		if (isfinite(value))
			values[count++] = value;
	}
	return stats_median(values, count);
}

double processes_batch(const struct run *run, struct cell cell)
{
	double values[RUN_BLOCKS_MAX];
	size_t count = 0;
	for (size_t block = 0; block < run->block_count; block++) {
		const json_t *root = counted(run, cell, block);
		double value = root ? process_sum(root, NULL, "counts.store_jobs") /
					       process_sum(root, NULL, "counts.store_batches")
				    : NAN;
		if (isfinite(value))
			values[count++] = value;
	}
	return stats_median(values, count);
}
