# Rulesmith.  `make` builds build/release/rulesmith (float32), `make double` build/double/rulesmith.
#
#   make                      the program
#   make double               the same sources with double as the number type
#   make SANITIZER=address    with AddressSanitizer and UBSan, in build/address (thread: build/thread)
#   make test                 all tests; the last line says `N passed, N failed`
#   make check                format, warnings, static analysis, sanitizers, fuzzers
#   make bench                measures this machine
#   make assets-tools         the programs that make the files in assets/
#   make install              into $(DESTDIR)$(PREFIX)/bin
#   make clean
#
# Variables: V=1 (show commands), PRECISION=double, SANITIZER=address|thread|fuzz, CC, OPTIMIZE, WERROR (empty: warnings pass),
# DESTDIR, PREFIX.

PRECISION ?= single
SANITIZER ?=
OPTIMIZE ?= -O3
WERROR ?= -Werror
PREFIX ?= /usr/local

# Without a -j of the user's, all cores work; sub-makes share this one's.
ifeq ($(MAKELEVEL)$(filter -j% --jobserver%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 1)
endif
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# --- One folder per flavour -------------------------------------------------------------------------

ifeq ($(filter $(PRECISION),single double),)
$(error PRECISION is '$(PRECISION)', expected single or double)
endif
ifneq ($(filter-out address thread fuzz,$(SANITIZER)),)
$(error SANITIZER is '$(SANITIZER)', expected address, thread, fuzz or nothing)
endif
ifeq ($(SANITIZER),fuzz)
CC := clang
endif

double_suffix := $(if $(filter double,$(PRECISION)),-double)
FLAVOUR := $(if $(SANITIZER),$(SANITIZER)$(double_suffix),$(if $(double_suffix),double,release))
BUILD := build/$(FLAVOUR)

# --- What is needed, and how to get it --------------------------------------------------------------

# Goals that compile nothing need nothing.
compiling := $(if $(MAKECMDGOALS),$(filter-out clean format test check,$(MAKECMDGOALS)),all)
testing := $(filter tests-%,$(MAKECMDGOALS))

ifneq ($(compiling),)
# library:Debian package
needed := ncursesw:libncurses-dev openblas:libopenblas-pthread-dev libpng:libpng-dev zlib:zlib1g-dev \
          libcjson:libcjson-dev inih:libinih-dev stb:libstb-dev $(if $(testing),cmocka:libcmocka-dev)
ifeq ($(shell command -v $(CC)),)
$(error the compiler $(CC) is missing. To install what is needed (Debian): sh .ci/install)
endif
ifeq ($(shell command -v pkg-config),)
$(error pkg-config is missing. To install what is needed (Debian): sh .ci/install)
endif
exists = $(shell pkg-config --exists $(1) && echo yes)
missing := $(strip $(foreach need,$(needed),\
             $(if $(call exists,$(firstword $(subst :, ,$(need)))),,$(need))))
ifneq ($(missing),)
$(error missing libraries (library:Debian package): $(missing). \
        To install what is needed: sh .ci/install$(if $(testing), test))
endif

libraries := ncursesw libpng zlib libcjson inih
# Of Debian's OpenBLAS builds the one with POSIX threads, also when an alternative says otherwise.
blas := /usr/lib/$(shell $(CC) -print-multiarch 2>/dev/null)/openblas-pthread
ifneq ($(wildcard $(blas)/libopenblas.so),)
BLAS_INCLUDES := -I$(subst /lib/,/include/,$(blas))
BLAS := -L$(blas) -Wl,-rpath,$(blas) -lopenblas
else
BLAS_INCLUDES := $(shell pkg-config --cflags-only-I openblas)
BLAS := $(shell pkg-config --libs openblas)
endif
# Their headers are not ours to warn about.
LIBRARY_INCLUDES := $(patsubst -I%,-isystem %,$(BLAS_INCLUDES) \
                      $(shell pkg-config --cflags-only-I $(libraries) stb))
LIBRARIES := $(BLAS) $(shell pkg-config --libs $(libraries)) -lpthread -lm
endif

# --- Flags ------------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wshadow -Wcast-qual -Wstrict-prototypes -Wmissing-prototypes \
            -Wpointer-arith -Wwrite-strings -Wundef $(WERROR)
# Never -ffast-math: NaN must stay NaN.  No contraction: the same bits from every kernel and compiler.
NUMBERS := -fno-math-errno -ffp-contract=off $(if $(double_suffix),-DRULESMITH_DOUBLE)
SANITIZE_address := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
SANITIZE_thread := -fsanitize=thread -fno-omit-frame-pointer
SANITIZE_fuzz := $(SANITIZE_address) -fsanitize=fuzzer-no-link
ifneq ($(SANITIZER),)
OPTIMIZE := -O1
# What gcc infers about values and lengths is unreliable in instrumented code; release has these.
WARNINGS += $(if $(filter fuzz,$(SANITIZER)),,-Wno-maybe-uninitialized -Wno-format-truncation)
endif

CPPFLAGS := -D_GNU_SOURCE -DNCURSES_WIDECHAR=1 -I. $(LIBRARY_INCLUDES)
CFLAGS := -std=gnu11 $(OPTIMIZE) -g -pthread $(WARNINGS) $(NUMBERS) $(SANITIZE_$(SANITIZER))
LDFLAGS := -pthread -Wl,--as-needed $(SANITIZE_$(SANITIZER))
COMPILE = $(CC) $(CPPFLAGS) $(CFLAGS) $(KERNEL_FLAGS) $(VERSION_FLAGS) -MMD -MP -c

# The program chooses between these files at run time; only they may use the wide registers.
KERNEL_FLAGS :=
ifneq ($(findstring x86_64,$(if $(compiling),$(shell $(CC) -dumpmachine))),)
$(BUILD)/engine/kernels_avx512.%: KERNEL_FLAGS := \
    -mavx512f -mavx512vl -mavx512dq -mavx512bw -mavx2 -mfma -mprefer-vector-width=512
$(BUILD)/engine/kernels_avx2.%: KERNEL_FLAGS := -mavx2 -mfma
endif

# --version names the commit; only this file is compiled again when it changes.
COMMIT := $(if $(compiling),$(or $(shell git describe --always --dirty 2>/dev/null),unknown))
$(BUILD)/app/options.%: VERSION_FLAGS := -DRULESMITH_COMMIT='"$(COMMIT)"'
$(BUILD)/app/options.o: $(BUILD)/commit

# --- Sources ----------------------------------------------------------------------------------------

# app/ without main.c is a library too, so that tests can link it.
main := $(wildcard app/main.c)
engine_sources := $(wildcard engine/*.c engine/data/*.c engine/files/*.c engine/transfer/*.c)
views_sources := $(wildcard views/*.c)
app_sources := $(filter-out app/main.c,$(wildcard app/*.c))
ASSETS := $(wildcard assets/presets/*.ini assets/*.png assets/glyphs.txt assets/rules/*.safetensors)

tests_unit := $(wildcard tests/unit/test_*.c)
tests_golden := $(wildcard tests/golden/test_*.c)
tests_gradient := $(wildcard tests/gradient/test_*.c)
tests_fuzz := $(wildcard tests/fuzz/fuzz_*.c)
# What else stands beside the tests is a library for all of them, line_buffered.c a part of each.
tests_shared := $(filter-out $(tests_unit) $(tests_golden) $(tests_gradient), \
                $(wildcard tests/unit/*.c tests/golden/*.c tests/gradient/*.c))
tests_sources := $(tests_unit) $(tests_golden) $(tests_gradient)

# One line per file made; V=1 shows the commands themselves.
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $@;)
objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
engine_objects := $(call objects,$(engine_sources)) $(BUILD)/assets.o
views_objects := $(call objects,$(views_sources))
app_objects := $(call objects,$(app_sources))
main_object := $(call objects,$(main))
shared_objects := $(call objects,$(tests_shared))
tests_objects := $(call objects,$(tests_sources) $(wildcard tests/fuzz/*.c))

archives := $(BUILD)/libapp.a $(BUILD)/libviews.a $(BUILD)/libengine.a
PROGRAM := $(if $(main),$(BUILD)/rulesmith)

# --- Goals ------------------------------------------------------------------------------------------

.PHONY: all double test tests-unit tests-golden tests-gradient tests-terminal tests-fuzz check tidy bench install \
        assets-tools format clean FORCE

all: $(archives) $(PROGRAM)

double:
	@$(MAKE) --no-print-directory PRECISION=double all

# The test programs of this flavour, for tests/run.
programs = $(patsubst %.c,$(BUILD)/%,$(1))
tests-unit: all $(call programs,$(tests_unit))
tests-golden: all $(call programs,$(tests_golden))
tests-gradient: all $(call programs,$(tests_gradient))
tests-terminal: all
tests-fuzz: $(call programs,$(tests_fuzz))

test:
	+@tests/run release/unit double/golden double/gradient release/golden release/terminal

check:
	+@tests/check

# Static analysis, one file at a time; analysed again when the file or a header of it changes.
tidy: $(patsubst %.c,$(BUILD)/%.tidy,$(engine_sources) $(views_sources) $(app_sources) $(main))

# --- Rules ------------------------------------------------------------------------------------------

# Rewritten only when its text changes, so that what depends on it is rebuilt exactly then.
define remember
@mkdir -p $(@D); printf '%s\n' '$(1)' | cmp -s - $@ || printf '%s\n' '$(1)' >$@
endef

$(BUILD)/flags: FORCE
	$(call remember,$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(LIBRARIES))
$(BUILD)/commit: FORCE
	$(call remember,$(COMMIT))
$(BUILD)/libengine.list: FORCE
	$(call remember,$(engine_objects))
$(BUILD)/libviews.list: FORCE
	$(call remember,$(views_objects))
$(BUILD)/libapp.list: FORCE
	$(call remember,$(app_objects))
$(BUILD)/libtests.list: FORCE
	$(call remember,$(shared_objects))
$(BUILD)/assets.list: FORCE
	$(call remember,$(ASSETS))

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(COMPILE) -o $@ $<

TIDY_FLAGS := -include tests/check_tidy.h
$(BUILD)/engine/status.tidy: TIDY_FLAGS :=
$(BUILD)/%.tidy: %.c $(BUILD)/%.o .clang-tidy tests/check_tidy.h
	$(call say,TIDY)clang-tidy --quiet $< -- -std=gnu11 -Wall -Wextra $(CPPFLAGS) $(NUMBERS) \
	    $(KERNEL_FLAGS) $(TIDY_FLAGS) && touch $@

$(BUILD)/assets.c: assets/embed.sh $(ASSETS) $(BUILD)/assets.list
	@mkdir -p $(@D)
	$(call say,EMBED)sh assets/embed.sh $(ASSETS) >$@
$(BUILD)/assets.o: $(BUILD)/assets.c $(BUILD)/flags
	$(call say,CC)$(COMPILE) -o $@ $<

$(BUILD)/libengine.a: $(engine_objects)
$(BUILD)/libviews.a: $(views_objects)
$(BUILD)/libapp.a: $(app_objects)
$(BUILD)/libtests.a: $(shared_objects)
$(BUILD)/lib%.a: $(BUILD)/lib%.list
	@rm -f $@
	$(call say,AR)ar rcs $@ $(filter %.o,$^)
$(BUILD)/rulesmith: $(main_object) $(archives)
	$(call say,LINK)$(CC) $(LDFLAGS) -o $@ $^ $(LIBRARIES)

$(call programs,$(tests_sources)): $(BUILD)/%: $(BUILD)/%.o \
        $(BUILD)/tests/unit/line_buffered.o $(BUILD)/libtests.a $(archives)
	$(call say,LINK)$(CC) $(LDFLAGS) -o $@ $^ $(LIBRARIES) -lcmocka

fuzz_keys_parts := $(call objects,tests/fuzz/fence.c tests/fuzz/toy_runs.c \
                     tests/unit/small_stepping.c tests/unit/synthetic_snapshot.c tests/unit/temporary_folder.c)
$(BUILD)/tests/fuzz/fuzz_keys: $(fuzz_keys_parts)
# What tests/fuzz/fence.c puts in the place of the program's functions.
$(BUILD)/tests/fuzz/fuzz_keys: private FENCED := atomic_file_open clock_seconds fsync picture_export posix_spawn \
                                                 probe_ask step_thread_open step_thread_select step_thread_send
$(call programs,$(tests_fuzz)): $(BUILD)/%: $(BUILD)/%.o $(archives)
	$(call say,LINK)$(CC) $(LDFLAGS) $(FENCED:%=-Wl,--wrap=%) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBRARIES)

# Programs that make assets; always plain release programs.
tools := $(patsubst assets/%.c,build/release/tools/%,$(wildcard assets/tool_*.c))
assets-tools: $(tools)
build/release/tools/%: assets/%.c $(BUILD)/libengine.a
	@mkdir -p $(@D)
	$(call say,LINK)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(BUILD)/libengine.a -lpng -lz -lm

bench: all $(BUILD)/tests/bench/bench_screen
	$(BUILD)/rulesmith bench
	$(BUILD)/tests/bench/bench_screen $(BUILD)/rulesmith

$(BUILD)/tests/bench/%: tests/bench/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,LINK)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $<

install: all
	install -D -m 755 $(BUILD)/rulesmith $(DESTDIR)$(PREFIX)/bin/rulesmith

format:
	clang-format -i $(wildcard engine/*.[ch] engine/*/*.[ch] views/*.[ch] app/*.[ch] assets/*.[ch] tests/*/*.[ch])

clean:
	rm -rf build

.SECONDARY:
-include $(patsubst %.o,%.d,$(engine_objects) $(views_objects) $(app_objects) $(main_object) \
           $(shared_objects) $(tests_objects)) $(tools:=.d)
