#include "runner/args.h"

#include "common/base/strbuf.h"
#include "common/store/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void args_add(struct args *args, const char *format, ...)
{
	va_list list;
	char *text = NULL;
	va_start(list, format);
	int len = vasprintf(&text, format, list);
	va_end(list);
	if (len < 0 || args->count == ARGS_MAX) {
		args->failed = true;
		if (len >= 0)
			free(text);
		return;
	}
	args->argv[args->count++] = text;
	args->argv[args->count] = NULL;
}

void args_add_lines(struct args *args, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		if (len > 0)
			args_add(args, "%.*s", (int)len, text);
		text += len + (text[len] == '\n' ? 1 : 0);
	}
}

/* `text` without the project's own folder, wherever it stands in it: what a run records is the same
 * on every machine. */
static json_t *text_json(const char *text, const char *root)
{
	struct strbuf shown;
	strbuf_init(&shown, 4096);
	size_t len = strlen(root);
	const char *at = len ? strstr(text, root) : NULL;
	for (; at; at = strstr(text, root)) {
		strbuf_add(&shown, text, (size_t)(at - text));
		text = at + len;
	}
	strbuf_add_text(&shown, text);
	json_t *value = json_string(strbuf_ok(&shown) ? shown.data : text);
	strbuf_free(&shown);
	return value;
}

json_t *args_json(const struct args *args)
{
	char root[4096];
	if (!getcwd(root, sizeof(root) - 1))
		root[0] = '\0';
	else
		memcpy(root + strlen(root), "/", 2);
	json_t *list = json_array();
	for (size_t i = 0; list && i < args->count; i++) {
		char shown[STORE_ERROR_MAX];
		bool uri = strncmp(args->argv[i], "mongodb://", 10) == 0;
		if (uri)
			store_uri_redact(args->argv[i], shown);
		(void)json_array_append_new(list, text_json(uri ? shown : args->argv[i], root));
	}
	return list;
}

void args_free(struct args *args)
{
	for (size_t i = 0; i < args->count; i++)
		free((void *)args->argv[i]);
	*args = (struct args){.count = 0};
}
