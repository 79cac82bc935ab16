#include "runner/args.h"

#include "common/store/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

json_t *args_json(const struct args *args)
{
	json_t *list = json_array();
	for (size_t i = 0; list && i < args->count; i++) {
		char shown[STORE_ERROR_MAX];
		bool uri = strncmp(args->argv[i], "mongodb://", 10) == 0;
		if (uri)
			store_uri_redact(args->argv[i], shown);
		(void)json_array_append_new(list, json_string(uri ? shown : args->argv[i]));
	}
	return list;
}

void args_free(struct args *args)
{
	for (size_t i = 0; i < args->count; i++)
		free((void *)args->argv[i]);
	*args = (struct args){.count = 0};
}
