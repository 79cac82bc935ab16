/* commands: what `duet` can be told, beside report.h's and compare.h's. Each takes its own argv
 * (argv[0] is the command's name) and returns the exit code: 0 done, 1 error, 2 usage, 99
 * a threshold or limit was missed, 105 interrupted.
 */
#ifndef DUET_RUNNER_COMMANDS_H
#define DUET_RUNNER_COMMANDS_H

#include "runner/run_folder.h"

#include <signal.h>

enum { COMMAND_THRESHOLD = 99, COMMAND_INTERRUPTED = 105 };

int run_command(int argc, char **argv);
int k6_command(int argc, char **argv);
int export_command(int argc, char **argv);
int saturate_command(int argc, char **argv);
int plan_command(int argc, char **argv);
int data_command(int argc, char **argv);
int up_command(int argc, char **argv);
int down_command(int argc, char **argv);
int status_command(int argc, char **argv);

/* Runs a plan, which it takes over, to its end with its report; `out` as run_folder_open has it.
 * Returns the exit code (what went wrong was said on stderr) and the run's folder, "" when there is
 * none yet. */
int run_plan(struct plan *plan, const char *out, char path[RUN_FOLDER_PATH_MAX]);

/* Set by SIGINT, SIGTERM and SIGHUP once command_catch_signals was called; SIGPIPE is ignored. */
extern volatile sig_atomic_t command_interrupted;
void command_catch_signals(void);

#endif
