#include "bff/transport_hosted.h"

#include "common/base/clock.h"
#include "common/http/http_server.h"
#include "microservices/service_server.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A folder's path and a service's name after it fit a socket's address. */
enum { FOLDER_MAX = 80, ADDRESS_MAX = sizeof(((struct sockaddr_un *)NULL)->sun_path) + 5 };

#define START_TIMEOUT_NS (15 * NS_PER_S)
#define START_POLL_US 1000

struct host {
	struct service_server *server;
	struct store_options store;
	char address[ADDRESS_MAX]; /* "unix:PATH" */
	bool threaded;
	pthread_t thread;
	atomic_bool ended; /* the thread has; its error is written */
	char error[HTTP_ERROR_MAX];
};

struct hosted {
	struct transport transport;
	struct transport *tcp;
	char folder[FOLDER_MAX];
	struct host hosts[SERVICE_COUNT];
};

static struct hosted *hosted_of(struct transport *transport)
{
	return (struct hosted *)transport;
}

/* ---- a service ---- */

static void *host_run(void *arg)
{
	struct host *host = arg;
	http_server_run(service_server_http(host->server), host->error);
	atomic_store(&host->ended, true);
	return NULL;
}

static bool host_answers(const struct host *host)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", host->address + strlen("unix:"));
	bool ok = fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0;
	if (fd >= 0)
		close(fd);
	return ok;
}

/* A service on a thread is there when it accepts; one that cannot open its store ends. */
static bool host_start_thread(struct host *host, char *error)
{
	int64_t until_ns = clock_now_ns() + START_TIMEOUT_NS;
	int code = pthread_create(&host->thread, NULL, host_run, host);
	if (code != 0) {
		snprintf(error, HTTP_ERROR_MAX, "cannot start a thread: %s", strerror(code));
		return false;
	}
	host->threaded = true;
	while (!host_answers(host)) {
		bool ended = atomic_load(&host->ended);
		if (ended || clock_now_ns() > until_ns) {
			snprintf(error, HTTP_ERROR_MAX, "%s",
				 ended ? host->error : "a service did not start in time");
			return false;
		}
		usleep(START_POLL_US);
	}
	return true;
}

static bool host_start(struct host *host, enum service service, struct event_base *base,
		       const struct transport_hosted_config *config, char *error)
{
	/* What waits in the BFF's FIFO is not connected: more connections never come. */
	const struct http_server_config server = {
		.listen = host->address,
		.threads = 1,
		.max_connections = 4096,
		.idle_timeout_ns = 300 * NS_PER_S,
		.stop_timeout_ns = 2 * NS_PER_S,
	};
	host->store = config->store;
	host->store.uri = config->uris[service];
	host->server = service_server_new(service_definitions[service], &host->store, NULL, &server,
					  error);
	if (!host->server)
		return false;
	return config->where == HOSTED_THREADS
		       ? host_start_thread(host, error)
		       : http_server_attach(service_server_http(host->server), base, error);
}

static void host_stop(struct host *host)
{
	if (host->threaded) {
		http_server_stop(service_server_http(host->server));
		pthread_join(host->thread, NULL);
	}
	service_server_free(host->server);
}

/* ---- the transport ---- */

static void hosted_send(struct transport *transport, struct part_call *call)
{
	transport_send(hosted_of(transport)->tcp, call);
}

static void hosted_ready(struct transport *transport, enum service service,
			 void (*done)(void *arg, bool ok), void *arg)
{
	transport_ready(hosted_of(transport)->tcp, service, done, arg);
}

static void hosted_metrics(struct transport *transport, struct strbuf *out)
{
	transport_metrics(hosted_of(transport)->tcp, out);
}

static void hosted_free(struct transport *transport)
{
	struct hosted *hosted = hosted_of(transport);
	transport_free(hosted->tcp);
	for (int service = 0; service < SERVICE_COUNT; service++)
		host_stop(&hosted->hosts[service]);
	if (hosted->folder[0])
		rmdir(hosted->folder);
	free(hosted);
}

static const struct transport_ops hosted_ops = {
	.name = "hosted",
	.send = hosted_send,
	.ready = hosted_ready,
	.metrics = hosted_metrics,
	.free = hosted_free,
};

static bool make_folder(struct hosted *hosted, char *error)
{
	const char *under = getenv("TMPDIR");
	int len = snprintf(hosted->folder, sizeof(hosted->folder), "%s/duet-bff-XXXXXX",
			   under && *under ? under : "/tmp");
	if (len < (int)sizeof(hosted->folder) && mkdtemp(hosted->folder))
		return true;
	hosted->folder[0] = '\0';
	snprintf(error, HTTP_ERROR_MAX,
		 "cannot make a folder for sockets under %.80s (%s); set TMPDIR to a short path "
		 "that can be written",
		 under && *under ? under : "/tmp", strerror(errno));
	return false;
}

struct transport *transport_hosted_new(struct event_base *base,
				       const struct transport_hosted_config *config, char *error)
{
	struct transport_tcp_config tcp = config->tcp;
	struct hosted *hosted = calloc(1, sizeof(*hosted));
	if (!hosted) {
		snprintf(error, HTTP_ERROR_MAX, "no memory for the transport");
		return NULL;
	}
	hosted->transport.ops = &hosted_ops;
	bool ok = make_folder(hosted, error);
	for (int service = 0; ok && service < SERVICE_COUNT; service++) {
		struct host *host = &hosted->hosts[service];
		snprintf(host->address, sizeof(host->address), "unix:%s/%s", hosted->folder,
			 service_names[service]);
		tcp.urls[service] = host->address;
		ok = host_start(host, (enum service)service, base, config, error);
	}
	if (ok)
		hosted->tcp = transport_tcp_new(base, &tcp, error);
	if (hosted->tcp)
		return &hosted->transport;
	hosted_free(&hosted->transport);
	return NULL;
}
