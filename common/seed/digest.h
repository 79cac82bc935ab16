/* digest: SHA-256 (libcrypto) of something that comes in pieces; sha256_hex is in manifest.h. */
#ifndef DUET_SEED_DIGEST_H
#define DUET_SEED_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

struct digest;

/* NULL without memory. */
struct digest *digest_new(void);
void digest_add(struct digest *digest, const void *bytes, size_t len);

/* Writes 64 hex digits and a NUL, frees the digest. NULL is allowed and gives "". False when
 * hashing failed, with out "". */
bool digest_finish(struct digest *digest, char out[65]);

#endif
