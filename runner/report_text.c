#include "runner/report_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Puts commas between thousands of the digits before a decimal point. */
static struct text grouped(const char *plain)
{
	struct text out = {""};
	size_t start = *plain == '-' || *plain == '+';
	size_t digits = strcspn(plain + start, ".");
	size_t at = 0;
	for (size_t i = 0; plain[i] && at + 2 < sizeof(out.s); i++) {
		size_t left = i < start ? 0 : start + digits > i ? start + digits - i : 0;
		if (i > start && left > 0 && left % 3 == 0)
			out.s[at++] = ',';
		out.s[at++] = plain[i];
	}
	out.s[at] = '\0';
	return out;
}

struct text text_fixed(double value, int decimals)
{
	char plain[48];
	if (!isfinite(value))
		return (struct text){TEXT_DASH};
	snprintf(plain, sizeof(plain), "%.*f", decimals, value);
	return grouped(plain);
}

struct text text_ms(double us)
{
	return text_fixed(us / 1000, us < 100000 ? 3 : 1);
}

struct text text_gap_us(double us)
{
	char plain[48];
	if (!isfinite(us))
		return (struct text){TEXT_DASH};
	snprintf(plain, sizeof(plain), "%+.0f", us);
	return grouped(us == 0 ? "0" : plain);
}

struct text text_count(double value)
{
	return text_fixed(value, fabs(value) < 99.95 ? 1 : 0);
}

struct text text_whole(double value)
{
	return text_fixed(value, 0);
}

struct text text_plain(double value)
{
	struct text out = {TEXT_DASH};
	if (isfinite(value))
		snprintf(out.s, sizeof(out.s), "%.15g", value);
	return out;
}

struct text text_percent(double share)
{
	struct text number = text_fixed(share * 100, 2);
	struct text out;
	snprintf(out.s, sizeof(out.s), "%.40s %%", number.s);
	return out;
}

/* Enough decimals that a bound never reads as the 1.00 that it excludes. */
static int ratio_decimals(struct interval ratio)
{
	double near = fabs(ratio.estimate - 1);
	if (isfinite(ratio.low)) {
		near = fmin(near, fabs(ratio.low - 1));
		near = fmin(near, fabs(ratio.high - 1));
	}
	if (near > 0 && near < 0.01)
		return 4;
	double least = isfinite(ratio.low) ? ratio.low : ratio.estimate;
	return least < 0.1 ? 4 : least < 1 ? 3 : least < 10 ? 2 : 1;
}

static struct text ratio_with(struct interval ratio, const char *name)
{
	struct text out;
	int decimals = ratio_decimals(ratio);
	struct text middle = text_fixed(ratio.estimate, decimals);
	if (!isfinite(ratio.low) || !isfinite(ratio.high))
		return middle;
	snprintf(out.s, sizeof(out.s), "%.20s (%s%.20s to %.20s)", middle.s, name,
		 text_fixed(ratio.low, decimals).s, text_fixed(ratio.high, decimals).s);
	return out;
}

struct text text_ratio(struct interval ratio)
{
	return ratio_with(ratio, "");
}

struct text text_ratio_words(struct interval ratio)
{
	return ratio_with(ratio, "95 % interval ");
}

/* Enough decimals that a bound never reads as the 0.00 that it excludes. */
static int us_decimals(struct interval us)
{
	bool has = isfinite(us.low);
	double far = has ? fmax(fabs(us.low), fabs(us.high)) : fabs(us.estimate);
	double near = has ? fmin(fabs(us.low), fabs(us.high)) : far;
	if (near > 0 && near < 0.05)
		return 3;
	return far < 10 ? 2 : far < 1000 ? 1 : 0;
}

struct text text_us(struct interval us)
{
	struct text out;
	int decimals = us_decimals(us);
	bool nothing = fabs(us.estimate) * pow(10, decimals) < 0.5; /* no sign before 0.00 */
	struct text middle = text_fixed(nothing ? 0 : us.estimate, decimals);
	const char *sign = us.estimate > 0 && !nothing ? "+" : "";
	if (!isfinite(us.estimate))
		return middle;
	if (isfinite(us.low))
		snprintf(out.s, sizeof(out.s), "%s%.20s (%.20s to %.20s)", sign, middle.s,
			 text_fixed(us.low, decimals).s, text_fixed(us.high, decimals).s);
	else
		snprintf(out.s, sizeof(out.s), "%s%.20s", sign, middle.s);
	return out;
}

struct text text_p(double p)
{
	return p < 0.001 ? (struct text){"< 0.001"} : text_fixed(p, 3);
}

struct text text_band(double band)
{
	struct text out;
	snprintf(out.s, sizeof(out.s), "\u00b1%.3g %%", band * 100);
	return out;
}

struct text text_load(struct run_load load)
{
	struct text out;
	if (load.kind == RUN_CAPACITY)
		return (struct text){"capacity"};
	if (load.kind == RUN_OPEN)
		return (struct text){"open"};
	if (load.kind == RUN_NEAR)
		return (struct text){"near capacity"};
	snprintf(out.s, sizeof(out.s), "%.20s VU%s%s", text_whole((double)load.vus).s,
		 load.vus == 1 ? "" : "s", load.kind == RUN_OPEN_TWIN ? ", open" : "");
	return out;
}

static const char *const store_words[][2] = {
	{"sqlite", "SQLite"},
	{"mongodb", "MongoDB"},
	{"mongodb-document", "MongoDB, one document a product"},
	{"mongodb-split", "MongoDB, the schema split as the services have it"},
	{"memory", "memory"},
};

static const char *placement_words(const struct run_arm *arm)
{
	const char *placement = json_text_at(arm->plan, "placement", "");
	return strcmp(placement, "2cpu") == 0       ? ", on every CPU"
	       : strcmp(placement, "db-apart") == 0 ? ", its database apart"
						    : "";
}

/* ", 300us of work a part, 1ms on each hop": what a plan adds to an arm; "" when it adds nothing.
 */
static struct text text_added(const struct run_arm *arm)
{
	struct text out = {""};
	const char *work = json_text_at(arm->plan, "work", "");
	const char *delay = json_text_at(arm->plan, "hop_delay", "");
	snprintf(out.s, sizeof(out.s), "%s%.12s%s%s%.12s%s", *work ? ", " : "", work,
		 *work ? " of work a part" : "", *delay ? ", " : "", delay,
		 *delay ? " on each hop" : "");
	return out;
}

struct text text_arm(const struct run_arm *arm)
{
	struct text out;
	const char *store = *arm->store ? arm->store : "an unnamed store";
	for (size_t i = 0; i < sizeof(store_words) / sizeof(store_words[0]); i++)
		if (strcmp(store_words[i][0], arm->store) == 0)
			store = store_words[i][1];
	const char *kept = json_text_at(arm->plan, "cache_ttl", "0s");
	bool keeps = strcmp(kept, "0s") != 0;
	const json_t *coalesce = json_object_get(arm->plan, "coalesce");
	const char *pool = !json_is_integer(coalesce)          ? ""
			   : json_integer_value(coalesce) == 0 ? ", no coalescing"
							       : ", coalescing";
	if (json_is_true(json_object_get(arm->plan, "precomputed")))
		snprintf(out.s, sizeof(out.s),
			 "%.20s, precomputed bytes (the floor: no store, no page made)",
			 arm->architecture);
	else
		snprintf(out.s, sizeof(out.s), "%.20s on %.50s%s%s%s%.8s",
			 *arm->architecture ? arm->architecture : "unknown", store, pool,
			 placement_words(arm), keeps ? ", keeps answers " : "", keeps ? kept : "");
	size_t used = strlen(out.s);
	snprintf(out.s + used, sizeof(out.s) - used, "%s", text_added(arm).s);
	return out;
}
