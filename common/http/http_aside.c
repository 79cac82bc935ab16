#include "common/http/http_aside.h"

/* More than this wait only when somebody floods the server. */
enum { WAITING_MAX = 64 };

static void job_done(struct http_task *task, struct http_loop *loop)
{
	struct http_aside_job *job = (struct http_aside_job *)(void *)task;
	(void)loop;
	job->done(job, job->worked);
}

static void *aside_thread(void *arg)
{
	struct http_aside *aside = arg;
	pthread_mutex_lock(&aside->lock);
	while (aside->first || !aside->stopping) {
		struct http_aside_job *job = aside->first;
		if (!job) {
			pthread_cond_wait(&aside->posted, &aside->lock);
			continue;
		}
		aside->first = job->next;
		aside->waiting--;
		job->worked = !aside->stopping;
		pthread_mutex_unlock(&aside->lock);
		if (job->worked)
			job->work(job);
		http_loop_post(job->loop, &job->task);
		pthread_mutex_lock(&aside->lock);
	}
	pthread_mutex_unlock(&aside->lock);
	return NULL;
}

/* Under the lock. The server has blocked its signals by now, and threads inherit that. */
static bool aside_start(struct http_aside *aside)
{
	if (!aside->started)
		aside->started = pthread_create(&aside->thread, NULL, aside_thread, aside) == 0;
	return aside->started;
}

bool http_aside_post(struct http_loop *loop, struct http_aside_job *job)
{
	struct http_aside *aside = &loop->server->aside;
	job->task.run = job_done;
	job->loop = loop;
	job->next = NULL;
	job->worked = false;
	pthread_mutex_lock(&aside->lock);
	bool ok = aside->waiting < WAITING_MAX && aside_start(aside);
	if (ok) {
		struct http_aside_job **end = &aside->first;
		while (*end)
			end = &(*end)->next;
		*end = job;
		aside->waiting++;
		pthread_cond_signal(&aside->posted);
	}
	pthread_mutex_unlock(&aside->lock);
	return ok;
}

void http_aside_stop(struct http_aside *aside)
{
	pthread_mutex_lock(&aside->lock);
	aside->stopping = true;
	pthread_cond_signal(&aside->posted);
	pthread_mutex_unlock(&aside->lock);
	if (aside->started)
		pthread_join(aside->thread, NULL);
}
