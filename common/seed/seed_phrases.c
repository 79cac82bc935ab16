/* What all categories share: product lines, the frames of descriptions, and how reviewers talk. */
#include "common/seed/seed_words.h"

const char *const words_series[WORDS_SERIES] = {"Harbour", "Meadow",  "Alma", "Fjord",  "Linden",
						"Orchard", "Skylark", "Juno", "Cobalt", "Étoile"};

const char *const words_openings[WORDS_OPENINGS] = {
	"The %s is for people who buy a thing once and keep it.",
	"Some things need no explanation, and the %s comes close.",
	"Our customers asked for it for years, and here it is: the %s.",
	"The %s is a quiet classic, made the way it used to be made.",
	"A small pleasure for every day: the %s.",
	"What sets the %s apart is what has been left out.",
};

const char *const words_closings[WORDS_CLOSINGS] = {
	"%s gives a guarantee of five years on it.",
	"Like everything from %s, it comes without plastic packaging.",
	"A gift that says \"I thought about this\", from %s.",
	"Made by %s; if it disappoints you, send it back within 60 days.",
	"%s has been our supplier since the shop opened.",
	"You will find the care instructions by %s in the box.",
};

const struct words_star words_stars[MODEL_STARS] = {
	{.titles = {"Broken on arrival", "Sent it back", "A disappointment", "Not again",
		    "Waste of money", "Nothing like the picture"},
	 .lines = {"The %s arrived damaged and nobody answered my letter for two weeks.",
		   "It lasted three days, which is about two days longer than my patience.",
		   "I wanted to like it. The picture promises a lot that the %s does not keep.",
		   "The smell never went away, so it went back.",
		   "Cheap & not cheerful: the first use was also the last one.",
		   "Something was missing from the box, and the rest did not fit together.",
		   "I expected far more of the %s at this price.",
		   "My old one was better after ten years than this one new."}},
	{.titles = {"Expected more", "Not for me", "So-so at best", "Too flimsy",
		    "Works, but barely", "Would not buy again"},
	 .lines = {"It does its job if you treat it very gently.",
		   "The colour is nice; that is the best I can say about the %s.",
		   "Delivery was fast, but the quality is below what the shop usually sells.",
		   "Nobody should need a manual of twelve pages for the %s.",
		   "Two stars because the return was easy.",
		   "It is smaller than I thought; read the measurements, not the pictures.",
		   "After a month it shows its age already.",
		   "My neighbour has the same one and is happier with it than I am."}},
	{.titles = {"It's okay", "Decent", "Does what it should", "Mixed feelings",
		    "Fair for the price", "Neither good nor bad"},
	 .lines = {"Average quality at an average price, and that's fine.",
		   "Good idea, middling finish: one edge was rough and needed some sanding.",
		   "I use it now and then, and it has not let me down yet.",
		   "It took a while to get used to, but now the %s has found its place.",
		   "The instructions could be clearer, though the thing itself works.",
		   "Nice enough, but I would wait for the next sale.",
		   "Solid, a little heavy, and not quite the colour in the picture.",
		   "Bought as a gift; the recipient was polite about it."}},
	{.titles = {"Very good", "Happy with it", "Good value", "Nearly perfect",
		    "Does its job well", "Pleasantly surprised"},
	 .lines = {"Good quality: the %s came well packed and within two days.",
		   "One star off for the packaging, otherwise there is nothing to complain about.",
		   "I compared several offers, and the %s from here won.",
		   "It feels sturdier than the price suggests, and looks better, too.",
		   "After half a year of use it still works like on the first day.",
		   "The whole family uses it, which says more than any test.",
		   "Exactly as described. I'd only wish for a second size.",
		   "My second order of the %s, since the first was \"borrowed\" for good."}},
	{.titles = {"Love it!", "Simply the best", "Would buy again", "Perfect gift",
		    "Better than expected", "Ten out of ten"},
	 .lines = {"I did not know that I could be this happy about the %s.",
		   "It is beautiful, it works, and it arrived a day early. What more is there?",
		   "Everybody who visits asks where I bought the %s.",
		   "Worth every cent; the old one now lives in the cellar.",
		   "You notice that somebody thought about every detail here.",
		   "Quite simply the %s I had been looking for all those years.",
		   "Ordered one, ordered three more the next day. – No regrets.",
		   "Top quality and a handwritten note in the parcel: that's how it's done."}},
};

const char *const words_first_names[WORDS_FIRST_NAMES] = {
	"Anna", "Ben",   "Chloé",  "David", "Elif",   "Finn",   "Greta",    "Hanna",
	"Ivo",  "Jonas", "Käthe",  "Liam",  "Maja",   "Noah",   "Olga",     "Paul",
	"Rosa", "Søren", "Tilda",  "Ugo",   "Vera",   "Wim",    "Xenia",    "Yusuf",
	"Zoë",  "Aylin", "Bruno",  "Carla", "Dmitri", "Emma",   "François", "Gülay",
	"Hugo", "Ines",  "Jürgen", "Kim",   "Łukasz", "Mónica", "Nils",     "Oona"};

const char *const words_initials[WORDS_INITIALS] = {"A.", "B.", "C.", "D.", "E.", "F.", "G.",
						    "H.", "J.", "K.", "L.", "M.", "N.", "O.",
						    "P.", "R.", "S.", "T.", "V.", "Ø."};

const char *const words_hero_title = "Good things, fairly made";
const char *const words_hero_text =
	"Tea, tools and toys from small makers, chosen by people who use them every day. "
	"Delivered within two days, and taken back within sixty.";
const char *const words_hero_emoji = "🛍️";
