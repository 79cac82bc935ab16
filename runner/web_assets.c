#include "runner/web_assets.h"

/* The file's bytes and a NUL, in read-only data; paths are from the source tree's root, where the
 * build runs. */
#define EMBED(name, file)                                                                          \
	__asm__(".pushsection .rodata\n" #name ":\n.incbin \"" file "\"\n.byte 0\n.popsection\n"); \
	extern const char name[]

EMBED(asset_style, "web/assets/style.css");
EMBED(asset_run_style, "web/assets/run.css");

static const char *const styles[] = {asset_style, asset_run_style};

void web_assets_style(struct strbuf *out)
{
	for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++)
		strbuf_add_text(out, styles[i]);
}
