/* target: where the requests go and what they are: the server's address and, for every URL of the
 * page, the request's bytes and the answer that the manifest demands. Made once; read-only in a run
 * (shared by the workers).
 */
#ifndef DUET_LOADGEN_TARGET_H
#define DUET_LOADGEN_TARGET_H

#include "common/base/strbuf.h"
#include "common/contract/read.h"
#include "common/seed/manifest.h"
#include "loadgen/http_client.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TARGET_ERROR_SIZE = 256, SHA256_SIZE = 32 };

struct target {
	const char *request; /* whole, borrowed from the set */
	uint32_t request_len;
	uint32_t length; /* of the body */
	unsigned char sha256[SHA256_SIZE];
	const struct manifest_page *page; /* borrowed from the manifest */
};

struct target_set {
	struct target *at; /* owned; in the manifest's order */
	size_t count;
	struct strbuf requests; /* owned: the requests' bytes */
};

/* "http://HOST[:PORT][/]" into an address; HOST a name or number, IPv6 in brackets. False with one
 * line in error[256]: malformed, unknown host, or (unless allow_remote) not a loopback address. */
bool target_address(const char *base_url, bool allow_remote, struct http_address *out,
		    char error[TARGET_ERROR_SIZE]);

/* The requests for every URL of `kind`. The manifest and base_url (as accepted above) must outlive
 * the set. False with one line in error[256]; target_set_free is needed even then. */
bool target_set_init(struct target_set *set, const struct manifest *manifest, enum read_kind kind,
		     const char *base_url, bool keep_alive, char error[TARGET_ERROR_SIZE]);
void target_set_free(struct target_set *set);

#endif
