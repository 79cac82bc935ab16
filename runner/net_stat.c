#include "runner/net_stat.h"

#include "common/http/http_port_owner.h"
#include "runner/proc_file.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NETSTAT_MAX = 16384 };

bool net_port_free(uint16_t port, char owner[64])
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool is_free = fd >= 0 &&
		       setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
		       bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(fd, 1) == 0;
	if (fd >= 0)
		(void)close(fd);
	if (!is_free)
		http_port_owner(port, owner, 64);
	return is_free;
}

bool net_port_accepts(uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool accepted = fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0;
	if (fd >= 0)
		(void)close(fd);
	return accepted;
}

/* netstat has pairs of lines: names, then values, both begun by the group's name. */
int64_t net_listen_overflows(void)
{
	static const char wanted[] = "ListenOverflows";
	char text[NETSTAT_MAX];
	(void)proc_file_read("/proc/net/netstat", text, sizeof(text));
	char *names = strstr(text, "TcpExt:");
	char *values = names ? strchr(names, '\n') : NULL;
	if (!values)
		return -1;
	*values++ = '\0';
	char *name_rest = NULL, *value_rest = NULL;
	char *name = strtok_r(names, " ", &name_rest);
	char *value = strtok_r(values, " \n", &value_rest);
	while (name && value && strcmp(name, wanted) != 0) {
		name = strtok_r(NULL, " ", &name_rest);
		value = strtok_r(NULL, " \n", &value_rest);
	}
	return name && value ? strtoll(value, NULL, 10) : -1;
}

/* sockstat has "TCP: inuse N orphan N tw N alloc N mem N". */
int64_t net_sockets(void)
{
	char text[NETSTAT_MAX];
	(void)proc_file_read("/proc/net/sockstat", text, sizeof(text));
	const char *line = strstr(text, "TCP: inuse ");
	const char *waiting = line ? strstr(line, " tw ") : NULL;
	if (!waiting)
		return -1;
	return strtoll(line + strlen("TCP: inuse "), NULL, 10) +
	       strtoll(waiting + strlen(" tw "), NULL, 10);
}

int64_t net_port_count(void)
{
	char line[64], *rest = NULL;
	proc_file_line("/proc/sys/net/ipv4/ip_local_port_range", line, sizeof(line));
	long long low = strtoll(line, &rest, 10);
	long long high = strtoll(rest, NULL, 10);
	return low > 0 && high >= low ? high - low + 1 : -1;
}
