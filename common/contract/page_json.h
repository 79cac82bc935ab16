/* page_json: THE page serializer. Every byte of every page, on both architectures, from every
 * store, is written here.
 *
 * Form: compact JSON (RFC 8259), UTF-8, keys in a fixed order, no trailing newline. The schema is
 * docs/openapi.yaml.
 */
#ifndef DUET_CONTRACT_PAGE_JSON_H
#define DUET_CONTRACT_PAGE_JSON_H

#include "common/base/strbuf.h"
#include "common/contract/read.h"

/* Largest page body, bytes: the max of the strbuf that pages are written into. */
enum { PAGE_JSON_MAX = 262144 };

void page_json_home(struct strbuf *out, const struct page_home *page);
void page_json_plp(struct strbuf *out, const struct page_plp *page);
void page_json_pdp(struct strbuf *out, const struct page_pdp *page);

/* Writes the page of `kind` (READ_PAGE_*), `page` being the struct that answers it. Check
 * strbuf_ok(out). */
void page_json_write(struct strbuf *out, enum read_kind kind, const void *page);

#endif
