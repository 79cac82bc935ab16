/* A service's binary listener: its parts by frames and by HTTP's own handler are the same, and bad
 * clients harm nobody but themselves. */
#include "microservices/part_server.h"

#include "common/base/bytes.h"
#include "common/contract/part_frame.h"
#include "common/contract/part_json.h"
#include "common/contract/stamps.h"

#include <errno.h>
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

enum { TURNS_MAX = 2000, MANY = 1500 };

struct fixture {
	struct event_base *base;
	struct part_handler *parts;
	struct part_server *server;
	struct sockaddr_un address;
};

static void begin(struct fixture *f, enum service service, unsigned workers)
{
	struct store_options options;
	struct option table[STORE_OPTIONS];
	char error[HTTP_ERROR_MAX] = "";
	memset(f, 0, sizeof(*f));
	f->base = event_base_new();
	store_options_init(&options, table);
	options.uri = "memory:?seed=42&products=80";
	options.workers = workers;
	f->parts = part_handler_new(service_definitions[service], f->base, &options, error);
	if (!f->parts)
		fail_msg("%s", error);
	f->address.sun_family = AF_UNIX;
	snprintf(f->address.sun_path, sizeof(f->address.sun_path), "/tmp/duet-test-parts-%ld",
		 (long)getpid());
	unlink(f->address.sun_path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&f->address, sizeof(f->address)), 0);
	f->server = part_server_new(f->base, fd, f->parts, service_definitions[service], error);
	if (!f->server)
		fail_msg("%s", error);
}

static void end(struct fixture *f)
{
	part_handler_free(f->parts);
	part_server_free(f->server);
	event_base_free(f->base);
	unlink(f->address.sun_path);
}

static int connect_to(struct fixture *f)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&f->address, sizeof(f->address)), 0);
	return fd;
}

static void turn(struct fixture *f)
{
	event_base_loop(f->base, EVLOOP_NONBLOCK);
}

/* Reads until `len` bytes are there; false when the server closes first. */
static bool take(struct fixture *f, int fd, char *into, size_t len)
{
	size_t at = 0;
	for (int turns = 0; at < len && turns < TURNS_MAX; turns++) {
		ssize_t got = recv(fd, into + at, len - at, 0);
		if (got == 0 || (got < 0 && errno == ECONNRESET))
			return false;
		if (got > 0) {
			at += (size_t)got;
			turns = 0;
			continue;
		}
		turn(f);
		usleep(100);
	}
	assert_int_equal(at, len);
	return true;
}

/* What came behind the last answer taken. */
static struct slice last_stamps;

/* The next answer's frame without its length, in a static buffer. */
static bool take_answer(struct fixture *f, int fd, uint32_t *id, enum part_answer *answer,
			struct slice *rest)
{
	static char frame[FRAME_ANSWER_MAX];
	char head[FRAME_LENGTH_SIZE];
	if (!take(f, fd, head, sizeof(head)))
		return false;
	size_t len = bytes_get_u32(head);
	assert_true(len <= sizeof(frame));
	assert_true(take(f, fd, frame, len));
	assert_true(
		part_frame_read_answer((struct slice){frame, len}, id, answer, rest, &last_stamps));
	return true;
}

static void send_bytes(int fd, const void *bytes, size_t len)
{
	assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

static void send_traced(int fd, uint32_t id, enum read_kind kind, uint32_t product,
			struct slice trace)
{
	struct strbuf out;
	struct read_args args = {.category = "tea", .page = 1, .id_count = 1, .ids = {product}};
	strbuf_init(&out, 4096);
	part_frame_write_request(&out, id, kind, &args, trace);
	send_bytes(fd, out.data, out.len);
	strbuf_free(&out);
}

static void send_request(int fd, uint32_t id, enum read_kind kind, uint32_t product)
{
	send_traced(fd, id, kind, product, SLICE(""));
}

static void count_done(struct part_work *work)
{
	++*(int *)work->owner;
}

/* The part as the handler gives it in place, as JSON. */
static void write_expected(struct fixture *f, enum read_kind kind, struct strbuf *out)
{
	int done = 0;
	struct part_work work = {
		.job = {.kind = kind,
			.args = {.category = "tea", .page = 1, .id_count = 1, .ids = {1}},
			.arena = arena_new(0)},
		.done = count_done,
		.owner = &done};
	part_handler_ask(f->parts, &work);
	for (int turns = 0; !done && turns < TURNS_MAX; turns++) {
		turn(f);
		usleep(100);
	}
	assert_int_equal(work.job.status, STORE_OK);
	part_json_write(out, kind, work.job.out);
	arena_free(work.job.arena);
}

static void every_part_is_the_handlers(void **state)
{
	(void)state;
	for (unsigned workers = 0; workers <= 2; workers += 2) {
		for (int k = 0; k < READ_PART_KINDS; k++) {
			enum read_kind kind = (enum read_kind)k;
			struct fixture f;
			struct strbuf expected, got;
			struct slice rest = SLICE("");
			enum part_answer answer = PART_ANSWERS;
			uint32_t id = 0;
			char why[PART_BINARY_ERROR_MAX];
			begin(&f, read_infos[kind].service, workers);
			strbuf_init(&expected, PART_JSON_MAX);
			strbuf_init(&got, PART_JSON_MAX);
			write_expected(&f, kind, &expected);
			int fd = connect_to(&f);
			send_request(fd, 7, kind, 1);
			assert_true(take_answer(&f, fd, &id, &answer, &rest));
			assert_int_equal(id, 7);
			assert_int_equal(answer, ANSWER_OK);
			void *part = malloc(read_infos[kind].out_size);
			if (!part_binary_read(kind, rest, part, why))
				fail_msg("%s", why);
			part_json_write(&got, kind, part);
			assert_string_equal(got.data, expected.data);
			free(part);
			close(fd);
			strbuf_free(&expected);
			strbuf_free(&got);
			end(&f);
		}
	}
}

/* As over HTTP: with a traceparent, and of an answer that is a part. */
static void its_way_is_told_when_asked(void **state)
{
	(void)state;
	static const char *const way[] = {"arrived", "store", "stored", "write", "written", "told"};
	for (unsigned workers = 0; workers <= 2; workers += 2) {
		struct fixture f;
		struct slice rest = SLICE("");
		struct stamps stamps = {.count = 0};
		enum part_answer answer = PART_ANSWERS;
		char text[STAMPS_TEXT_MAX];
		uint32_t id = 0;
		begin(&f, SERVICE_INVENTORY, workers);
		int fd = connect_to(&f);
		send_request(fd, 1, READ_STOCK, 1);
		assert_true(take_answer(&f, fd, &id, &answer, &rest));
		assert_int_equal(last_stamps.len, 0);
		send_traced(fd, 2, READ_STOCK, 1, SLICE("00-0123"));
		assert_true(take_answer(&f, fd, &id, &answer, &rest));
		assert_int_equal(answer, ANSWER_OK);
		snprintf(text, sizeof(text), "%.*s", (int)last_stamps.len, last_stamps.at);
		assert_true(stamps_read(&stamps, 0, text));
		assert_int_equal(stamps.count, sizeof(way) / sizeof(way[0]));
		for (unsigned i = 0; i < stamps.count; i++) {
			assert_string_equal(station_names[stamps.all[i].station], way[i]);
			assert_true(i == 0 || stamps.all[i].at_ns >= stamps.all[i - 1].at_ns);
		}
		send_traced(fd, 3, READ_STOCK, 81, SLICE("00-0123")); /* there are 80 */
		assert_true(take_answer(&f, fd, &id, &answer, &rest));
		close(fd);
		end(&f);
	}
}

static uint64_t metric(struct fixture *f, const char *name)
{
	struct strbuf out;
	strbuf_init(&out, 65536);
	part_server_metrics(f->server, &out);
	const char *at = strstr(out.data, name);
	assert_non_null(at);
	uint64_t value = strtoull(at + strlen(name), NULL, 10);
	strbuf_free(&out);
	return value;
}

static void other_answers(void **state)
{
	(void)state;
	struct fixture f;
	struct slice rest = SLICE("");
	struct strbuf ping;
	enum part_answer answer = PART_ANSWERS;
	uint32_t id = 0;
	begin(&f, SERVICE_CATALOG, 0);
	int fd = connect_to(&f);
	send_request(fd, 1, READ_PRODUCT, 81); /* there are 80 */
	assert_true(take_answer(&f, fd, &id, &answer, &rest));
	assert_int_equal(answer, ANSWER_NOT_FOUND);
	send_request(fd, 2, READ_STOCK, 1); /* inventory's */
	assert_true(take_answer(&f, fd, &id, &answer, &rest));
	assert_int_equal(id, 2);
	assert_int_equal(answer, ANSWER_REFUSED);
	strbuf_init(&ping, 64);
	part_frame_write_ping(&ping, 3);
	send_bytes(fd, ping.data, ping.len);
	strbuf_free(&ping);
	assert_true(take_answer(&f, fd, &id, &answer, &rest));
	assert_int_equal(id, 3);
	assert_int_equal(answer, ANSWER_OK);
	assert_int_equal(metric(&f, "part_frames_total{part=\"product\",answer=\"not_found\"} "),
			 1);
	close(fd);
	end(&f);
}

/* Frames that wait together are answered in one turn. */
static void answers_are_counted_by_turns(void **state)
{
	(void)state;
	struct fixture f;
	struct slice rest = SLICE("");
	enum part_answer answer = PART_ANSWERS;
	uint32_t id = 0;
	begin(&f, SERVICE_CATALOG, 0);
	int fds[] = {connect_to(&f), connect_to(&f)};
	for (int i = 0; i < 5; i++)
		turn(&f);
	for (uint32_t i = 0; i < 3; i++)
		send_request(fds[i % 2], i, READ_PRODUCT, 1);
	for (int i = 0; i < 3; i++)
		assert_true(take_answer(&f, fds[i == 2], &id, &answer, &rest));
	assert_int_equal(metric(&f, "part_frame_turns_total "), 1);
	send_request(fds[0], 3, READ_PRODUCT, 1);
	assert_true(take_answer(&f, fds[0], &id, &answer, &rest));
	assert_int_equal(metric(&f, "part_frame_turns_total "), 2);
	assert_int_equal(metric(&f, "part_frames_total{part=\"product\",answer=\"ok\"} "), 4);
	close(fds[0]);
	close(fds[1]);
	end(&f);
}

/* More than either side's buffers hold, none read before all are asked. */
static void many_at_once_are_all_answered(void **state)
{
	(void)state;
	for (unsigned workers = 0; workers <= 2; workers += 2) {
		struct fixture f;
		static bool seen[MANY];
		struct strbuf asks;
		begin(&f, SERVICE_REVIEWS, workers);
		memset(seen, 0, sizeof(seen));
		strbuf_init(&asks, 1 << 20);
		for (uint32_t i = 0; i < MANY; i++) {
			struct read_args args = {.id_count = 1, .ids = {1 + i % 80}};
			part_frame_write_request(&asks, i, READ_REVIEWS, &args, SLICE(""));
		}
		int fd = connect_to(&f);
		for (size_t at = 0; at < asks.len;) {
			ssize_t sent = send(fd, asks.data + at, asks.len - at, MSG_NOSIGNAL);
			at += sent > 0 ? (size_t)sent : 0;
			for (int turns = 0; turns < 5; turns++)
				turn(&f);
			if (sent < 0)
				break; /* it waits for us to read */
		}
		size_t asked = 0;
		for (int i = 0; i < MANY; i++) {
			struct slice rest = SLICE("");
			enum part_answer answer = PART_ANSWERS;
			uint32_t id = 0;
			assert_true(take_answer(&f, fd, &id, &answer, &rest));
			assert_true(id < MANY && !seen[id] && answer == ANSWER_OK);
			seen[id] = true;
			asked++;
		}
		assert_int_equal(asked, MANY);
		close(fd);
		strbuf_free(&asks);
		end(&f);
	}
}

static void bad_clients_lose_their_connection_alone(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {
		{"GET /stock?ids=p000001 HTTP/1.1\r\n\r\n", 35},
		{"\xff\xff\xff\xff", 4},
		{"\0\0\0\0", 4},
		{"\6\0\0\0\1\0\0\0\x09\0", 10},     /* a kind that is none */
		{"\x07\0\0\0\1\0\0\0\x03\0\1", 11}, /* a count without its ids */
	};
	struct fixture f;
	struct slice rest = SLICE("");
	enum part_answer answer = PART_ANSWERS;
	uint32_t id = 0;
	begin(&f, SERVICE_INVENTORY, 0);
	int good = connect_to(&f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char byte;
		int bad = connect_to(&f);
		send_bytes(bad, cases[i].bytes, cases[i].len);
		assert_false(take(&f, bad, &byte, 1));
		close(bad);
		send_request(good, (uint32_t)i, READ_STOCK, 1);
		assert_true(take_answer(&f, good, &id, &answer, &rest));
		assert_int_equal(id, i);
		assert_int_equal(answer, ANSWER_OK);
	}
	close(good);
	end(&f);
}

static void clients_may_leave_at_any_time(void **state)
{
	(void)state;
	for (unsigned workers = 0; workers <= 2; workers += 2) {
		struct fixture f;
		begin(&f, SERVICE_INVENTORY, workers);
		for (int turns = 0; turns < 4; turns++) {
			int fd = connect_to(&f);
			for (uint32_t i = 0; i < 20; i++)
				send_request(fd, i, READ_STOCK, 1);
			for (int i = 0; i < turns; i++)
				turn(&f);
			close(fd);
		}
		for (int i = 0; i < 20; i++) {
			turn(&f);
			usleep(1000);
		}
		end(&f); /* a leak or a use after free is the sanitizers' to find */
	}
}

static void more_clients_than_the_cap_wait(void **state)
{
	(void)state;
	struct fixture f;
	static int fds[PART_SERVER_PEERS + 1];
	struct slice rest = SLICE("");
	enum part_answer answer = PART_ANSWERS;
	uint32_t id = 0;
	begin(&f, SERVICE_INVENTORY, 0);
	for (int i = 0; i <= PART_SERVER_PEERS; i++) {
		fds[i] = connect_to(&f);
		turn(&f);
	}
	send_request(fds[PART_SERVER_PEERS], 1, READ_STOCK, 1);
	for (int i = 0; i < 20; i++)
		turn(&f);
	assert_int_equal(metric(&f, "part_frames_total{part=\"stock\",answer=\"ok\"} "), 0);
	close(fds[0]);
	assert_true(take_answer(&f, fds[PART_SERVER_PEERS], &id, &answer, &rest));
	assert_int_equal(answer, ANSWER_OK);
	for (int i = 1; i <= PART_SERVER_PEERS; i++)
		close(fds[i]);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_part_is_the_handlers),
		cmocka_unit_test(its_way_is_told_when_asked),
		cmocka_unit_test(other_answers),
		cmocka_unit_test(answers_are_counted_by_turns),
		cmocka_unit_test(many_at_once_are_all_answered),
		cmocka_unit_test(bad_clients_lose_their_connection_alone),
		cmocka_unit_test(clients_may_leave_at_any_time),
		cmocka_unit_test(more_clients_than_the_cap_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
