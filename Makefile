# Duet: `make help` lists every target. One library of everything but the main.c files; one binary a main.c.
# BUILD=dir builds elsewhere; SANITIZE=address,undefined or SANITIZE=thread builds into its own folder; WERROR=1 for -Werror.

SANITIZE ?=
# V=1 shows the commands.
Q := $(if $(V),,@)
comma := ,
BUILD ?= build$(if $(SANITIZE),/sanitize-$(subst $(comma),-,$(SANITIZE)))
CC ?= gcc
OPT ?= -O2
PKGS := libevent libevent_pthreads libcurl libmongoc-1.0 sqlite3 jansson libcrypto
WARN := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
	$(if $(WERROR),-Werror)
PKG_CFLAGS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PKGS) 2>/dev/null))
PKG_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
# The flags that both architectures share and every result file records.
BASE_CFLAGS := -std=c11 $(OPT) -g -fno-omit-frame-pointer $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=undefined)
DUET_CFLAGS = $(BASE_CFLAGS) -D_GNU_SOURCE -I. $(WARN) $(PKG_CFLAGS) -pthread -MMD -MP $(CFLAGS)
DUET_LIBS = -Wl,--as-needed $(PKG_LIBS) -lm -pthread $(LDFLAGS)

PROGRAM_MAINS := unified/main.c bff/main.c microservices/catalog/main.c microservices/inventory/main.c \
	microservices/pricing/main.c microservices/reviews/main.c common/seed/main.c loadgen/main.c runner/main.c
PROGRAMS := unified bff catalog inventory pricing reviews seed loadgen duet
MAIN_unified := unified/main
MAIN_bff := bff/main
MAIN_catalog := microservices/catalog/main
MAIN_inventory := microservices/inventory/main
MAIN_pricing := microservices/pricing/main
MAIN_reviews := microservices/reviews/main
MAIN_seed := common/seed/main
MAIN_loadgen := loadgen/main
MAIN_duet := runner/main

SOURCES := $(filter-out $(PROGRAM_MAINS) %_main.c,$(shell find common unified microservices bff loadgen runner -name '*.c' | sort))
OBJECTS := $(SOURCES:%.c=$(BUILD)/obj/%.o)
LIB := $(BUILD)/libduet.a
UNIT_TESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(shell find tests/unit tests/store -name 'test_*.c' 2>/dev/null | sort))
HELPER_MAINS := $(shell find common loadgen runner tests -name '*_main.c' 2>/dev/null | sort)
HELPERS := $(foreach m,$(HELPER_MAINS),$(BUILD)/bin/$(subst _,-,$(patsubst %_main.c,%,$(notdir $(m)))))

.DEFAULT_GOAL := all
all: $(PROGRAMS:%=$(BUILD)/bin/%) $(HELPERS) ## Build every program into build/bin

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC   $<")
	$(Q)$(CC) $(DUET_CFLAGS) -c -o $@ $<

# Result files record the flags that both architectures were built with.
$(BUILD)/obj/runner/build_info.o: CFLAGS += -DDUET_BUILD_FLAGS='"$(strip $(BASE_CFLAGS))"'

# Reports carry the web files that draw them.
$(BUILD)/obj/runner/web_assets.o: $(wildcard web/assets/*.css web/assets/*.js)

# Thin archive: members keep their paths, so that unified/page_source.o and bff/page_source.o stay apart.
$(LIB): $(OBJECTS)
	@rm -f $@
	$(Q)ar rcsT $@ $(OBJECTS)

define PROGRAM_RULE
$(BUILD)/bin/$(1): $(BUILD)/obj/$(MAIN_$(1)).o $(LIB)
	@mkdir -p $$(@D)
	$(if $(V),,@echo "  LINK $$@")
	$(Q)$(CC) $(BASE_CFLAGS) -o $$@ $$< $(LIB) $$(DUET_LIBS)
endef
$(foreach p,$(PROGRAMS),$(eval $(call PROGRAM_RULE,$(p))))

define HELPER_RULE
$(BUILD)/bin/$(subst _,-,$(patsubst %_main.c,%,$(notdir $(1)))): $(BUILD)/obj/$(1:.c=.o) $(LIB)
	@mkdir -p $$(@D)
	$(if $(V),,@echo "  LINK $$@")
	$(Q)$(CC) $(BASE_CFLAGS) -o $$@ $$< $(LIB) $$(DUET_LIBS)
endef
$(foreach m,$(HELPER_MAINS),$(eval $(call HELPER_RULE,$(m))))

# Other link orders of the servers, from the same objects (BUILDS=3: two more): layout alone moves results.
BUILDS ?= 1
LAYOUTS := $(shell seq 1 $$(($(BUILDS) - 1)))
SERVERS := unified bff catalog inventory pricing reviews
define LAYOUT_RULE
$(BUILD)/layout-$(1)/libduet.a: $(OBJECTS)
	@mkdir -p $$(@D)
	@rm -f $$@
	$(Q)ar rcsT $$@ $$$$(printf '%s\n' $(OBJECTS) | awk -v seed=$(1) 'BEGIN { srand(seed) } { print rand() "\t" $$$$0 }' | sort -n | cut -f 2)

$(foreach p,$(SERVERS),
$(BUILD)/layout-$(1)/$(p): $(BUILD)/obj/$(MAIN_$(p)).o $(BUILD)/layout-$(1)/libduet.a
	$(if $(V),,@echo "  LINK $$@")
	$(Q)$(CC) $(BASE_CFLAGS) -o $$@ $$^ $$(DUET_LIBS)
)
endef
$(foreach n,$(LAYOUTS),$(eval $(call LAYOUT_RULE,$(n))))

layouts: $(foreach n,$(LAYOUTS),$(SERVERS:%=$(BUILD)/layout-$(n)/%)) ## BUILDS=N link orders of the servers

$(BUILD)/tests/%: tests/%.c $(LIB)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  TEST $<")
	$(Q)$(CC) $(DUET_CFLAGS) -o $@ $< $(LIB) $(DUET_LIBS) -lcmocka

tests-build: all $(UNIT_TESTS) ## Build the tests without running them

# ---- for people: each of these does its own set-up first ----

setup-%:
	@scripts/setup.sh $*

test: setup-test ## Every check: unit, stores, parity, failures, end to end, tools
	@$(MAKE) --no-print-directory -j2 tests-build
	@scripts/test.sh all $(BUILD)

unit: setup-test ## Unit and store tests alone
	@$(MAKE) --no-print-directory -j2 tests-build
	@scripts/test.sh unit $(BUILD)

test-live: setup-test ## Parity, failure and end-to-end tests alone
	@$(MAKE) --no-print-directory -j2 all
	@scripts/test.sh live $(BUILD)

test-web: setup-test ## The web pages in Chromium alone
	@$(MAKE) --no-print-directory -j2 all
	@scripts/test.sh web $(BUILD)

check: setup-check ## Format, lint, banned calls, a -Werror build and the unit tests (under three minutes)
	@scripts/check.sh

bench: setup-bench ## The 18 scenarios, 5 blocks (about 20 minutes), and the report; BUILDS=3: three link orders in turn
	@$(MAKE) --no-print-directory -j2 all layouts
	@$(BUILD)/bin/duet run --builds $(BUILDS) runner/plans/headline.json

bench-quick: setup-bench ## The same 18, one short block (under 3 minutes)
	@$(MAKE) --no-print-directory -j2 all
	@$(BUILD)/bin/duet run runner/plans/quick.json

bench-aa: setup-bench ## The null test: two equal arms of each architecture (20 minutes)
	@$(MAKE) --no-print-directory -j2 all
	@$(BUILD)/bin/duet run runner/plans/aa.json

bench-wake: setup-bench ## The same scenarios with CPUs that may sleep and with CPUs kept awake, compared (under 10 minutes)
	@$(MAKE) --no-print-directory -j2 all
	@said=$$($(BUILD)/bin/duet run runner/plans/wake-off.json) && off=$${said%%/REPORT.md*} && \
	said=$$($(BUILD)/bin/duet run runner/plans/wake-on.json) && on=$${said%%/REPORT.md*} && \
	printf '%s/REPORT.md\n' "$$off" "$$on" && $(BUILD)/bin/duet compare --except keep_awake "$$off" "$$on"

bench-factorial: setup-bench ## Architecture x store, every arm (under 30 minutes)
	@$(MAKE) --no-print-directory -j2 all
	@$(BUILD)/bin/duet run runner/plans/factorial.json

bench-ladder: setup-bench ## From one page read to four processes, one thing more at a time (25 minutes)
	@$(MAKE) --no-print-directory -j2 all
	@$(BUILD)/bin/duet run runner/plans/ladder.json

bench-fanout: setup-bench ## Parts asked in parallel, one after the other, and item by item (the anti-pattern)
	@$(MAKE) --no-print-directory -j2 all
	@$(BUILD)/bin/duet run runner/plans/fanout.json

bench-placement: setup-bench ## Servers on one CPU, on every CPU, and the database on another (about 21 minutes)
	@$(MAKE) --no-print-directory -j2 all
	@$(BUILD)/bin/duet run runner/plans/placement.json

bench-tcp-close: setup-bench ## What a connection for each call costs, at a rate that the local ports bear (9 minutes)
	@$(MAKE) --no-print-directory -j2 all
	@$(BUILD)/bin/duet run runner/plans/tcp-close.json

bench-cache: setup-bench ## Answers kept for 1 s or not at all, by Zipf's law and uniformly (12 minutes)
	@$(MAKE) --no-print-directory -j2 all
	@$(BUILD)/bin/duet run runner/plans/cache.json
	@$(BUILD)/bin/duet run runner/plans/cache-uniform.json

bench-wire: setup-bench ## JSON by two HTTP clients, and binary frames: the lower bound of the tax (15 minutes)
	@$(MAKE) --no-print-directory -j2 all
	@$(BUILD)/bin/duet run runner/plans/wire.json

bench-stamps: setup-bench ## Where a lone request's time goes, and what a queue makes of it under load (about 20 minutes)
	@$(MAKE) --no-print-directory -j2 all
	@$(BUILD)/bin/duet run runner/plans/stamps.json

bench-breakeven: setup-bench ## Where the tax stops mattering: own work x delay on a hop (23 minutes)
	@$(MAKE) --no-print-directory -j2 all
	@$(BUILD)/bin/duet run runner/plans/breakeven.json

bench-tax: ## The tax taken apart: ladder, factorial, wire, fanout, placement and break-even, in turn (about 2.5 hours)
	@for part in ladder factorial wire fanout placement breakeven; do $(MAKE) --no-print-directory bench-$$part || exit; done

bench-published: setup-bench ## The published comparison's protocol: 60 s a scenario, lockstep, one block
	@$(MAKE) --no-print-directory -j2 all
	@$(BUILD)/bin/duet run runner/plans/published.json

bench-saturation: setup-bench ## The highest rate that keeps the SLO, 2 arms x 3 pages, 3 blocks (19 to 26 minutes)
	@$(MAKE) --no-print-directory -j2 all
	@$(BUILD)/bin/duet run runner/plans/saturation.json

figures: setup-figures ## The performance goals, each with its measured value
	@$(MAKE) --no-print-directory -j2 all
	@scripts/figures.py $(BUILD)

coverage: setup-test ## How often a 95 % interval holds the truth, simulated from the reference runs' trials
	@$(MAKE) --no-print-directory -j2 all
	@tests/stats/coverage.py $(BUILD)

counts: setup-figures ## System calls and bytes over sockets a request, of a run's arms: make counts DIR=results/...
	@test -n "$(DIR)" || { echo "counts: name the run: make counts DIR=results/reference/factorial" >&2; exit 2; }
	@$(MAKE) --no-print-directory -j2 all
	@scripts/counts.py $(BUILD) --run $(DIR)

crosscheck: setup-figures ## The same server measured by loadgen, wrk, h2load and k6 in turns
	@$(MAKE) --no-print-directory -j2 all
	@scripts/crosscheck.py $(BUILD) --markdown

tune: setup-tune ## Ten tries a side at making it faster, each against what is there (about 40 minutes)
	@$(MAKE) --no-print-directory -j2 all
	@/usr/bin/python3 scripts/tune.py $(BUILD) --markdown

crosscheck-delay: setup-figures ## The delay on a hop against the same delay put on by toxiproxy
	@$(MAKE) --no-print-directory -j2 all
	@scripts/toxiproxy/check.py $(BUILD)

report: ## Rebuild a run's report from its files: make report DIR=results/...
	@test -n "$(DIR)" || { echo "report: name the run: make report DIR=results/reference/headline" >&2; exit 2; }
	@$(MAKE) --no-print-directory -j2 all
	@$(BUILD)/bin/duet report $(DIR)

up: setup-bench ## Seed if needed and start both stacks: unified on 8080, microservices on 8090
	@$(MAKE) --no-print-directory -j2 all
	@$(BUILD)/bin/duet up

down: ## Stop what `make up` started
	@$(BUILD)/bin/duet down

data: setup-bench ## Seed every store and write the manifest under build/data
	@$(MAKE) --no-print-directory -j2 all
	@$(BUILD)/bin/duet data

FUZZ_SECONDS ?= 60
fuzz: setup-fuzz ## Fuzz the JSON readers against jansson (clang, FUZZ_SECONDS each)
	@scripts/fuzz.sh $(FUZZ_SECONDS)

PREFIX ?= /usr/local
install: all ## Copy the programs to $(DESTDIR)$(PREFIX)/bin and the web pages to share/duet
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(PROGRAMS:%=$(BUILD)/bin/%) $(DESTDIR)$(PREFIX)/bin
	install -d $(DESTDIR)$(PREFIX)/share/duet/web/assets
	install -m 644 web/index.html $(DESTDIR)$(PREFIX)/share/duet/web
	install -m 644 web/assets/* $(DESTDIR)$(PREFIX)/share/duet/web/assets

help: ## List the targets
	@echo "make TARGET [SANITIZE=address,undefined|thread] [BUILD=dir] [WERROR=1] [V=1]"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

clean: ## Remove what was built (keeps build/mongod and build/data)
	rm -rf $(BUILD)/obj $(BUILD)/bin $(BUILD)/layout-* $(BUILD)/tests $(LIB) build/sanitize build/check

.PHONY: all layouts tests-build test unit test-live test-web check bench bench-quick bench-aa bench-factorial bench-ladder bench-fanout bench-wire bench-placement bench-tcp-close bench-cache bench-breakeven bench-tax bench-wake bench-stamps bench-published bench-saturation counts crosscheck crosscheck-delay tune figures coverage report up \
	down data fuzz install help clean
-include $(shell find $(BUILD)/obj $(BUILD)/tests -name '*.d' 2>/dev/null)
