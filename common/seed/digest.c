#include "common/seed/digest.h"
#include "common/seed/manifest.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct digest {
	EVP_MD_CTX *context;
	bool failed;
};

struct digest *digest_new(void)
{
	struct digest *digest = malloc(sizeof(*digest));
	if (!digest)
		return NULL;
	digest->context = EVP_MD_CTX_new();
	digest->failed =
		!digest->context || EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) != 1;
	return digest;
}

void digest_add(struct digest *digest, const void *bytes, size_t len)
{
	if (!digest->failed && EVP_DigestUpdate(digest->context, bytes, len) != 1)
		digest->failed = true;
}

static void hex_write(const unsigned char *bytes, size_t count, char *out)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < count; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * count] = '\0';
}

bool digest_finish(struct digest *digest, char out[65])
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned int count = 0;
	out[0] = '\0';
	if (!digest)
		return false;
	bool ok = !digest->failed && EVP_DigestFinal_ex(digest->context, bytes, &count) == 1 &&
		  count == 32;
	if (ok)
		hex_write(bytes, count, out);
	EVP_MD_CTX_free(digest->context);
	free(digest);
	return ok;
}

void sha256_hex(const void *bytes, size_t len, char out[65])
{
	struct digest *digest = digest_new();
	if (digest)
		digest_add(digest, bytes, len);
	digest_finish(digest, out);
}
