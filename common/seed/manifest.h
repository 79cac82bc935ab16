/* manifest: what every page must answer: one line a page, "PATH LENGTH SHA256", sorted home, PLPs,
 * PDPs; header lines begin with
 * '#': "# duet-manifest 1", "# seed 42", "# products 1200", "# data SHA256".
 * It is computed from the seed alone (memory store, join, page_json) and is what each live stack is
 * compared with.
 */
#ifndef DUET_SEED_MANIFEST_H
#define DUET_SEED_MANIFEST_H

#include "common/contract/read.h"

#include <stddef.h>
#include <stdint.h>

struct manifest_page {
	enum read_kind kind; /* READ_PAGE_* */
	const char *target;  /* "/api/products/p000001" */
	uint32_t length;     /* body bytes */
	char sha256[65];     /* hex, of the body */
};

struct manifest {
	uint64_t seed;
	uint32_t products;
	char data_sha256[65];
	char sha256[65]; /* of the manifest file itself */
	size_t count;
	struct manifest_page *pages; /* owned */
	size_t first[3], counts[3];  /* ranges in pages: home, plp, pdp */
};

/* Writes the manifest file for (seed, products), by temp file, fsync and rename. False with one
 * line in error[256]. */
bool manifest_write(const char *path, uint64_t seed, uint32_t products, char error[256]);

/* Reads a manifest; NULL with one line in error[256] (missing: names `make data` as the mend;
 * malformed: names the line). */
struct manifest *manifest_read(const char *path, char error[256]);
void manifest_free(struct manifest *manifest);

/* SHA-256 of bytes as hex into out[65] (libcrypto). */
void sha256_hex(const void *bytes, size_t len, char out[65]);

#endif
