#include "runner/web_assets.h"

#include <string.h>

/* The file's bytes and a NUL, in read-only data; paths are from the source tree's root, where the
 * build runs. */
#define EMBED(name, file)                                                                          \
	__asm__(".pushsection .rodata\n" #name ":\n.incbin \"" file "\"\n.byte 0\n.popsection\n")

EMBED(asset_style, "web/assets/style.css");
EMBED(asset_run_style, "web/assets/run.css");
EMBED(asset_dom, "web/assets/dom.js");
EMBED(asset_scale, "web/assets/scale.js");
EMBED(asset_plot, "web/assets/plot.js");
EMBED(asset_table, "web/assets/table.js");
EMBED(asset_filters, "web/assets/filters.js");
EMBED(asset_estimate, "web/assets/estimate.js");
EMBED(asset_run, "web/assets/run.js");
EMBED(asset_report, "web/assets/report.js");

extern const char asset_style[], asset_run_style[], asset_dom[], asset_scale[], asset_plot[],
	asset_table[], asset_filters[], asset_estimate[], asset_run[], asset_report[];

static const char *const styles[] = {asset_style, asset_run_style};
static const char *const modules[] = {asset_dom,     asset_scale,    asset_plot, asset_table,
				      asset_filters, asset_estimate, asset_run,  asset_report};

void web_assets_style(struct strbuf *out)
{
	for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++)
		strbuf_add_text(out, styles[i]);
}

static void module_add(struct strbuf *out, const char *text)
{
	static const char import[] = "import ", export[] = "export ";
	while (*text) {
		size_t line = strcspn(text, "\n") + (strchr(text, '\n') != NULL);
		if (strncmp(text, import, sizeof(import) - 1) == 0) {
			line = strcspn(text, ";");
			text += line;
			text += strcspn(text, "\n");
			continue;
		}
		size_t skip =
			strncmp(text, export, sizeof(export) - 1) == 0 ? sizeof(export) - 1 : 0;
		strbuf_add(out, text + skip, line - skip);
		text += line;
	}
}

void web_assets_script(struct strbuf *out)
{
	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		module_add(out, modules[i]);
}
