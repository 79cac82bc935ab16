/* bytes: numbers in messages, little-endian whatever the machine. Places need no alignment; gcc and
 * clang make one load or store of each. */
#ifndef DUET_BASE_BYTES_H
#define DUET_BASE_BYTES_H

#include <stdint.h>

static inline void bytes_put_u32(char *at, uint32_t value)
{
	at[0] = (char)(value & 0xff);
	at[1] = (char)(value >> 8 & 0xff);
	at[2] = (char)(value >> 16 & 0xff);
	at[3] = (char)(value >> 24);
}

static inline void bytes_put_u64(char *at, uint64_t value)
{
	bytes_put_u32(at, (uint32_t)(value & UINT32_MAX));
	bytes_put_u32(at + 4, (uint32_t)(value >> 32));
}

static inline uint32_t bytes_get_u32(const char *at)
{
	const unsigned char *b = (const unsigned char *)at;
	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline uint64_t bytes_get_u64(const char *at)
{
	return (uint64_t)bytes_get_u32(at) | (uint64_t)bytes_get_u32(at + 4) << 32;
}

#endif
