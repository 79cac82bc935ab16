#include "common/http/http_cors.h"

#include <ctype.h>

static const char vary[] = "Vary: Origin\r\n";
static const char readable[] = "Access-Control-Expose-Headers: Server-Timing, X-Request-Id, "
			       "X-Duet-Architecture, X-Duet-Degraded\r\n";
/* Two hours: the longest that Chromium keeps a preflight's answer. */
static const char allowed[] = "Access-Control-Allow-Methods: GET, HEAD\r\n"
			      "Access-Control-Allow-Headers: X-Duet-Timing\r\n"
			      "Access-Control-Max-Age: 7200\r\n";

static bool host_ok(const char *host)
{
	size_t len = 0;
	for (; host[len]; len++)
		if (!isalnum((unsigned char)host[len]) && !strchr(".-:[]", host[len]))
			return false;
	return len > 0 && len < 100;
}

bool http_cors_origin_ok(const char *origin)
{
	static const char *const schemes[] = {"http://", "https://"};
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncmp(origin, schemes[i], strlen(schemes[i])) == 0)
			return host_ok(origin + strlen(schemes[i]));
	return false;
}

static bool is_listed(const struct http_cors *cors, struct slice origin)
{
	for (size_t i = 0; i < HTTP_CORS_ORIGINS; i++)
		if (slice_equal(slice_of(cors->origins[i]), origin))
			return true;
	return false;
}

static void add_origin(struct strbuf *head, const char *name, struct slice origin)
{
	strbuf_add_text(head, name);
	strbuf_add_slice(head, origin);
	strbuf_add_text(head, "\r\n");
}

void http_cors_write(const struct http_cors *cors, struct slice origin, bool preflight,
		     struct strbuf *head)
{
	strbuf_add_text(head, vary);
	if (!is_listed(cors, origin))
		return;
	add_origin(head, "Access-Control-Allow-Origin: ", origin);
	add_origin(head, "Timing-Allow-Origin: ", origin);
	strbuf_add_text(head, preflight ? allowed : readable);
}
