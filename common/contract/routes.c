/* routes: one table, a row a kind, read in both directions. Pages are the rows of nobody's service.
 */
#include "common/contract/routes.h"

enum route_argument { ARGUMENT_NONE, ARGUMENT_CATEGORY, ARGUMENT_ID };
enum route_query { QUERY_NONE, QUERY_PAGE, QUERY_IDS };

struct route {
	struct slice before, after; /* of the argument in the path */
	enum route_argument argument;
	enum route_query query;
};

#define LITERAL(text)                                                                              \
	{                                                                                          \
		(text), sizeof(text) - 1                                                           \
	}

static const struct route routes[READ_KINDS] = {
	[READ_CATALOG_HOME] = {LITERAL("/home"), LITERAL(""), ARGUMENT_NONE, QUERY_NONE},
	[READ_CATALOG_PAGE] = {LITERAL("/categories/"), LITERAL("/products"), ARGUMENT_CATEGORY,
			       QUERY_PAGE},
	[READ_PRODUCT] = {LITERAL("/products/"), LITERAL(""), ARGUMENT_ID, QUERY_NONE},
	[READ_STOCK] = {LITERAL("/stock"), LITERAL(""), ARGUMENT_NONE, QUERY_IDS},
	[READ_PRICES] = {LITERAL("/prices"), LITERAL(""), ARGUMENT_NONE, QUERY_IDS},
	[READ_LOWEST] = {LITERAL("/categories"), LITERAL(""), ARGUMENT_NONE, QUERY_NONE},
	[READ_RATINGS] = {LITERAL("/ratings"), LITERAL(""), ARGUMENT_NONE, QUERY_IDS},
	[READ_REVIEWS] = {LITERAL("/products/"), LITERAL("/reviews"), ARGUMENT_ID, QUERY_NONE},
	[READ_PAGE_HOME] = {LITERAL("/api/home"), LITERAL(""), ARGUMENT_NONE, QUERY_NONE},
	[READ_PAGE_PLP] = {LITERAL("/api/categories/"), LITERAL(""), ARGUMENT_CATEGORY, QUERY_PAGE},
	[READ_PAGE_PDP] = {LITERAL("/api/products/"), LITERAL(""), ARGUMENT_ID, QUERY_NONE},
};

void product_id_write(char out[8], uint32_t number)
{
	out[0] = 'p';
	for (int i = 6; i >= 1; i--) {
		out[i] = (char)('0' + number % 10);
		number /= 10;
	}
	out[7] = '\0';
}

bool product_id_parse(struct slice text, uint32_t *number)
{
	if (text.len != 7 || text.at[0] != 'p')
		return false;
	uint32_t value = 0;
	for (size_t i = 1; i < 7; i++) {
		unsigned digit = (unsigned char)text.at[i] - (unsigned)'0';
		if (digit > 9)
			return false;
		value = value * 10 + digit;
	}
	*number = value;
	return true;
}

bool category_id_valid(struct slice text)
{
	if (text.len < 1 || text.len > MODEL_SLUG_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
			return false;
	}
	return true;
}

static bool page_parse(struct slice text, uint32_t *page)
{
	if (text.len < 1 || text.len > 10 || text.at[0] == '0')
		return false;
	uint64_t value = 0;
	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = (unsigned char)text.at[i] - (unsigned)'0';
		if (digit > 9)
			return false;
		value = value * 10 + digit;
	}
	if (value > UINT32_MAX)
		return false;
	*page = (uint32_t)value;
	return true;
}

/* Takes what comes before the next `separator` off the front of *rest. */
static struct slice take_until(struct slice *rest, char separator)
{
	const char *end = rest->len ? memchr(rest->at, separator, rest->len) : NULL;
	struct slice head = {rest->at, end ? (size_t)(end - rest->at) : rest->len};
	size_t used = head.len + (end ? 1 : 0);
	rest->at = used ? rest->at + used : rest->at;
	rest->len -= used;
	return head;
}

/* How often `key` stands in the query; *value is the last one's. */
static unsigned query_find(struct slice query, struct slice key, struct slice *value)
{
	unsigned found = 0;
	while (query.len) {
		struct slice pair = take_until(&query, '&');
		struct slice name = take_until(&pair, '=');
		if (slice_equal(name, key)) {
			*value = pair;
			found++;
		}
	}
	return found;
}

static enum route_result parse_page(struct slice query, struct read_args *args)
{
	struct slice value = {NULL, 0};
	unsigned found = query_find(query, SLICE("page"), &value);
	args->page = 1;
	if (found == 0 || (found == 1 && page_parse(value, &args->page)))
		return ROUTE_OK;
	return ROUTE_BAD_PAGE;
}

static enum route_result parse_ids(struct slice query, struct read_args *args)
{
	struct slice value = {NULL, 0};
	if (query_find(query, SLICE("ids"), &value) != 1 || value.len == 0)
		return ROUTE_BAD_IDS;
	/* Ids have one length, so that "a,b" is whole ids and commas or malformed. */
	for (size_t at = 0;; at += 8) {
		if (args->id_count == MODEL_PAGE_SIZE || value.len - at < 7 ||
		    !product_id_parse((struct slice){value.at + at, 7}, &args->ids[args->id_count]))
			return ROUTE_BAD_IDS;
		args->id_count++;
		if (at + 7 == value.len)
			return ROUTE_OK;
		if (value.at[at + 7] != ',' || at + 8 == value.len)
			return ROUTE_BAD_IDS;
	}
}

static bool parse_argument(enum route_argument argument, struct slice text, struct read_args *args)
{
	if (argument == ARGUMENT_ID) {
		args->id_count = 1;
		return product_id_parse(text, &args->ids[0]);
	}
	if (!category_id_valid(text))
		return false;
	memcpy(args->category, text.at, text.len);
	args->category[text.len] = '\0';
	return true;
}

/* True when the path has the row's shape; *argument is what stands between. */
static bool route_matches(const struct route *route, struct slice path, struct slice *argument)
{
	size_t fixed = route->before.len + route->after.len;
	if (path.len < fixed || memcmp(path.at, route->before.at, route->before.len) != 0 ||
	    memcmp(path.at + path.len - route->after.len, route->after.at, route->after.len) != 0)
		return false;
	*argument = (struct slice){path.at + route->before.len, path.len - fixed};
	if (route->argument == ARGUMENT_NONE)
		return argument->len == 0;
	return argument->len == 0 || !memchr(argument->at, '/', argument->len);
}

static enum route_result route_fill(const struct route *route, struct slice argument,
				    struct slice query, struct read_args *args)
{
	if (route->argument != ARGUMENT_NONE && !parse_argument(route->argument, argument, args))
		return ROUTE_BAD_ID;
	if (route->query == QUERY_PAGE)
		return parse_page(query, args);
	if (route->query == QUERY_IDS)
		return parse_ids(query, args);
	return ROUTE_OK;
}

enum route_result route_parse_part(enum service service, struct slice path, struct slice query,
				   enum read_kind *kind, struct read_args *args)
{
	args->category[0] = '\0';
	args->page = 0;
	args->id_count = 0;
	for (size_t i = 0; i < READ_KINDS; i++) {
		struct slice argument;
		if (read_infos[i].service != service || !route_matches(&routes[i], path, &argument))
			continue;
		*kind = (enum read_kind)i;
		return route_fill(&routes[i], argument, query, args);
	}
	*kind = READ_KINDS;
	return ROUTE_UNKNOWN;
}

enum route_result route_parse_public(struct slice path, struct slice query, enum read_kind *kind,
				     struct read_args *args)
{
	return route_parse_part(SERVICE_COUNT, path, query, kind, args);
}

static void write_ids(struct strbuf *out, const struct read_args *args)
{
	strbuf_add_slice(out, SLICE("?ids="));
	for (uint32_t i = 0; i < args->id_count; i++) {
		char id[9] = ",";
		product_id_write(id + 1, args->ids[i]);
		strbuf_add(out, i ? id : id + 1, i ? 8 : 7);
	}
}

void route_write_part(struct strbuf *out, enum read_kind kind, const struct read_args *args)
{
	const struct route *route = &routes[kind];
	strbuf_add_slice(out, route->before);
	if (route->argument == ARGUMENT_ID) {
		char id[8];
		product_id_write(id, args->ids[0]);
		strbuf_add(out, id, 7);
	} else if (route->argument == ARGUMENT_CATEGORY) {
		strbuf_add_text(out, args->category);
	}
	strbuf_add_slice(out, route->after);
	if (route->query == QUERY_PAGE)
		strbuf_printf(out, "?page=%u", args->page);
	else if (route->query == QUERY_IDS)
		write_ids(out, args);
}

void route_write_public(struct strbuf *out, enum read_kind kind, const struct read_args *args)
{
	route_write_part(out, kind, args);
}
