/* Binding is done before anything else is started, so that a bad address costs nothing. A second
 * server could join a SO_REUSEPORT group unnoticed and take half of the first one's connections:
 * so a socket without that option tries the port first. */
#include "common/http/http_address.h"

#include "common/http/http_port_owner.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool fail(char error[HTTP_ERROR_MAX], const char *listen, const char *why)
{
	snprintf(error, HTTP_ERROR_MAX,
		 "cannot listen on %.100s: %s; give --listen HOST:PORT or unix:PATH", listen, why);
	return false;
}

static bool address_parse(const char *listen, struct sockaddr_storage *out, socklen_t *len)
{
	const char *colon = strrchr(listen, ':');
	char host[64];
	if (!colon || colon == listen || (size_t)(colon - listen) >= sizeof(host) || !colon[1] ||
	    strlen(colon + 1) > 5 || strspn(colon + 1, "0123456789") != strlen(colon + 1) ||
	    strtoul(colon + 1, NULL, 10) > 65535)
		return false;
	size_t host_len = (size_t)(colon - listen);
	if (listen[0] == '[' && listen[host_len - 1] == ']') {
		listen++;
		host_len -= 2;
	}
	memcpy(host, listen, host_len);
	host[host_len] = '\0';
	struct addrinfo hints = {.ai_family = AF_UNSPEC,
				 .ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	if (strcmp(host, "localhost") == 0)
		snprintf(host, sizeof(host), "127.0.0.1");
	if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
		return false;
	memcpy(out, found->ai_addr, found->ai_addrlen);
	*len = found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

/* TCP_NODELAY is inherited by accepted sockets; without it a body above 16,384 bytes waits for the
 * peer's delayed acknowledgement. */
static int tcp_socket(const struct sockaddr_storage *address, socklen_t len, bool shared)
{
	int on = 1;
	int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    (!shared || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0) &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
	    bind(fd, (const struct sockaddr *)address, len) == 0)
		return fd;
	int saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static in_port_t *address_port(struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET6)
		return &((struct sockaddr_in6 *)address)->sin6_port;
	return &((struct sockaddr_in *)address)->sin_port;
}

static void address_write(const struct sockaddr_storage *address, socklen_t len,
			  char text[HTTP_ADDRESS_MAX])
{
	char host[64] = "", port[8] = "";
	getnameinfo((const struct sockaddr *)address, len, host, sizeof(host), port, sizeof(port),
		    NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(text, HTTP_ADDRESS_MAX, address->ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host,
		 port);
}

static bool tcp_fail(const char *listen, struct sockaddr_storage *address,
		     char error[HTTP_ERROR_MAX])
{
	char owner[96] = "";
	if (errno != EADDRINUSE)
		return fail(error, listen, strerror(errno));
	http_port_owner(ntohs(*address_port(address)), owner, sizeof(owner));
	snprintf(error, HTTP_ERROR_MAX,
		 "cannot listen on %.100s: the port is taken by %s; stop it or give another "
		 "--listen",
		 listen, owner);
	return false;
}

static bool bind_tcp(const char *listen, unsigned count, int *fds, char text[HTTP_ADDRESS_MAX],
		     char error[HTTP_ERROR_MAX])
{
	struct sockaddr_storage address = {0};
	socklen_t len = 0;
	if (!address_parse(listen, &address, &len))
		return fail(error, listen, "no numeric host and port from 0 to 65535");
	int probe = tcp_socket(&address, len, false);
	if (probe < 0)
		return tcp_fail(listen, &address, error);
	socklen_t got = sizeof(address);
	getsockname(probe, (struct sockaddr *)&address, &got);
	address_write(&address, len, text);
	if (count == 1) {
		fds[0] = probe;
		return true;
	}
	close(probe);
	for (unsigned i = 0; i < count; i++) {
		fds[i] = tcp_socket(&address, len, true);
		if (fds[i] >= 0)
			continue;
		tcp_fail(listen, &address, error);
		while (i-- > 0)
			close(fds[i]);
		return false;
	}
	return true;
}

/* A socket file that nobody answers on is left over from a killed server and is replaced. */
static bool unix_is_stale(const struct sockaddr_un *address)
{
	struct stat info;
	if (stat(address->sun_path, &info) != 0 || !S_ISSOCK(info.st_mode))
		return false;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	int result = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	bool stale = result != 0 && errno == ECONNREFUSED;
	close(fd);
	return stale;
}

static bool bind_unix(const char *listen, unsigned count, int *fds, char error[HTTP_ERROR_MAX])
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = listen + strlen("unix:");
	if (!*path || strlen(path) >= sizeof(address.sun_path))
		return fail(error, listen, "the path has 1 to 107 bytes");
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (unix_is_stale(&address))
		unlink(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		fail(error, listen,
		     errno == EADDRINUSE ? "the path is taken by another server or file"
					 : strerror(errno));
		if (fd >= 0)
			close(fd);
		return false;
	}
	fds[0] = fd;
	for (unsigned i = 1; i < count; i++)
		fds[i] = dup(fd);
	return true;
}

bool http_address_bind(const char *listen, unsigned count, int *fds, char address[HTTP_ADDRESS_MAX],
		       char error[HTTP_ERROR_MAX])
{
	if (strncmp(listen, "unix:", strlen("unix:")) != 0)
		return bind_tcp(listen, count, fds, address, error);
	if (!bind_unix(listen, count, fds, error))
		return false;
	snprintf(address, HTTP_ADDRESS_MAX, "%s", listen);
	return true;
}

void http_address_unlink(const char *address)
{
	if (strncmp(address, "unix:", strlen("unix:")) == 0)
		unlink(address + strlen("unix:"));
}

unsigned http_address_raise_files(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 1024;
	if (limit.rlim_cur < limit.rlim_max) {
		rlim_t before = limit.rlim_cur;
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
			limit.rlim_cur = before;
	}
	return limit.rlim_cur > 1048576 ? 1048576 : (unsigned)limit.rlim_cur;
}
