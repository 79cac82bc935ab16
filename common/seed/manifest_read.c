/* Reading a manifest: the whole file into memory, checked line by line; targets point into it. */
#include "common/base/arena.h"
#include "common/contract/routes.h"
#include "common/seed/manifest.h"
#include "common/seed/seed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 64 * 1024 * 1024 };

/* What is handed out, and what holds it. */
struct held_manifest {
	struct manifest manifest; /* first: manifest_free gets its address */
	char *text;               /* the file, lines and fields ended by NULs */
	size_t room;              /* of manifest.pages */
};

struct reader {
	const char *path;
	struct held_manifest *held;
	unsigned line; /* from 1 */
	char *error;
};

static bool refuse(const struct reader *r, const char *rule)
{
	snprintf(r->error, 256, "manifest '%s' line %u: %s; make it again with `make data`",
		 r->path, r->line, rule);
	return false;
}

/* Reads digits alone, up to `most`; false for anything else. */
static bool parse_uint(const char *text, uint64_t most, uint64_t *value)
{
	uint64_t number = 0;
	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		uint64_t digit = (uint64_t)(*text - '0');
		if (number > (most - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	*value = number;
	return true;
}

static bool is_sha256(const char *text)
{
	return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

/* The four header lines, in their order. */
static bool read_header(struct reader *r, const char *line)
{
	static const char *const starts[] = {"# duet-manifest ", "# seed ", "# products ",
					     "# data "};
	struct manifest *m = &r->held->manifest;
	const char *start = starts[r->line - 1];
	if (strncmp(line, start, strlen(start)) != 0)
		return refuse(r, "the header must be duet-manifest, seed, products and data");
	const char *value = line + strlen(start);
	uint64_t number = 0;
	switch (r->line) {
	case 1:
		if (strcmp(value, "1") != 0)
			return refuse(r, "unknown version, must be 1");
		return true;
	case 2:
		return parse_uint(value, UINT64_MAX, &m->seed) || refuse(r, "bad seed");
	case 3:
		if (!parse_uint(value, SEED_PRODUCTS_MAX, &number))
			return refuse(r, "bad product count");
		m->products = (uint32_t)number;
		return true;
	default:
		if (!is_sha256(value))
			return refuse(r, "the data hash must be 64 hex digits");
		memcpy(m->data_sha256, value, 65);
		return true;
	}
}

/* The next field of a line: ends it at its space and moves *at behind. NULL at the line's end. */
static char *take_field(char **at)
{
	char *field = *at;
	if (!field)
		return NULL;
	char *space = strchr(field, ' ');
	if (space)
		*space = '\0';
	*at = space ? space + 1 : NULL;
	return field;
}

static bool parse_target(const char *target, enum read_kind *kind)
{
	struct read_args args;
	size_t path = strcspn(target, "?");
	struct slice query = slice_of(target[path] ? target + path + 1 : "");
	return route_parse_public((struct slice){target, path}, query, kind, &args) == ROUTE_OK;
}

static struct manifest_page *add_page(struct held_manifest *held)
{
	struct manifest *m = &held->manifest;
	if (m->count == held->room) {
		size_t room = held->room ? held->room * 2 : 2048;
		struct manifest_page *pages = realloc(m->pages, room * sizeof(*pages));
		if (!pages)
			return NULL;
		m->pages = pages;
		held->room = room;
	}
	return &m->pages[m->count++];
}

static bool read_page(struct reader *r, char *line)
{
	struct manifest *m = &r->held->manifest;
	char *at = line;
	const char *target = take_field(&at), *length = take_field(&at), *hash = take_field(&at);
	enum read_kind kind;
	uint64_t bytes;
	if (!length || !hash || at)
		return refuse(r, "must be PATH LENGTH SHA256");
	if (!parse_target(target, &kind))
		return refuse(r, "the path is no page of the API");
	if (!parse_uint(length, UINT32_MAX, &bytes))
		return refuse(r, "bad length");
	if (!is_sha256(hash))
		return refuse(r, "the hash must be 64 hex digits");
	if (m->count && kind < m->pages[m->count - 1].kind)
		return refuse(r, "pages must be sorted home, lists, products");
	struct manifest_page *page = add_page(r->held);
	if (!page)
		return refuse(r, "out of memory");
	page->kind = kind;
	page->target = target;
	page->length = (uint32_t)bytes;
	memcpy(page->sha256, hash, 65);
	size_t range = (size_t)(kind - READ_PAGE_HOME);
	if (m->counts[range]++ == 0)
		m->first[range] = m->count - 1;
	return true;
}

static bool read_lines(struct reader *r, char *text, size_t len)
{
	char *line = text;
	if (len == 0 || memchr(text, '\0', len) || text[len - 1] != '\n') {
		r->line = 1;
		return refuse(r, "the file is empty, cut off or binary");
	}
	for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		r->line++;
		if (!(r->line <= 4 ? read_header(r, line) : read_page(r, line)))
			return false;
	}
	for (size_t range = 0; range < 3; range++)
		if (r->held->manifest.counts[range] == 0)
			return refuse(r, "a page of each kind (home, list, product) is needed");
	return true;
}

/* The file's bytes with a NUL behind them, or NULL with the reader's error. */
static char *read_file(const struct reader *r, size_t *len)
{
	FILE *file = fopen(r->path, "rb");
	char *text = NULL;
	if (!file) {
		snprintf(r->error, 256, "manifest '%s': %s; make it with `make data`", r->path,
			 strerror(errno));
		return NULL;
	}
	if (fseek(file, 0, SEEK_END) == 0) {
		long size = ftell(file);
		if (size >= 0 && size <= FILE_MAX && fseek(file, 0, SEEK_SET) == 0)
			text = malloc((size_t)size + 1);
		*len = text ? fread(text, 1, (size_t)size, file) : 0;
		if (text && (*len != (size_t)size || ferror(file))) {
			free(text);
			text = NULL;
		}
	}
	fclose(file);
	if (text)
		text[*len] = '\0';
	else
		snprintf(r->error, 256, "manifest '%s': not a readable file of at most 64 MiB",
			 r->path);
	return text;
}

struct manifest *manifest_read(const char *path, char error[256])
{
	size_t len = 0;
	struct held_manifest *held = calloc(1, sizeof(*held));
	struct reader r = {.path = path, .held = held, .error = error};
	error[0] = '\0';
	if (!held) {
		snprintf(error, 256, "manifest '%s': out of memory", path);
		return NULL;
	}
	held->text = read_file(&r, &len);
	if (!held->text)
		goto fail;
	sha256_hex(held->text, len, held->manifest.sha256);
	if (!read_lines(&r, held->text, len))
		goto fail;
	return &held->manifest;
fail:
	manifest_free(&held->manifest);
	return NULL;
}

void manifest_free(struct manifest *manifest)
{
	if (!manifest)
		return;
	struct held_manifest *held = (struct held_manifest *)manifest;
	free(held->manifest.pages);
	free(held->text);
	free(held);
}
