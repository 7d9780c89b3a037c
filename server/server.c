/* The composition root: makes every part, wires them, runs the loop, and stops them in reverse. The only file that knows them all.
 *
 *   settings --> music, keys, certificate, metrics --> encode pool --> house (rooms) --> edges (loops, sockets) --> beat
 *
 * It makes no decision of the domain and touches no sound.
 */
#include "server.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "beat.h"
#include "command/links.h"
#include "control/house.h"
#include "demo.h"
#include "demo_programme.h"
#include "descriptors.h"
#include "edge/edges.h"
#include "encode/pool.h"
#include "epoch.h"
#include "gateway/certificate.h"
#include "gateway/host_names.h"
#include "monitor/gauges.h"
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#define GOODBYE_MS 300      /* between telling everybody and closing: enough for a message to leave */
#define RETRY_AFTER_MS 1000 /* what they are told; a restart takes less */
#define NICENESS -10        /* above what else runs on the machine, below the system's own */
#define WORK_YIELDS 8       /* slices of packets, 2 ms each at the most, before work that can wait has a slice all the same */

struct server {
	int state_fd; /* the state folder, locked while we serve; -1 */
	struct loop *loop;
	struct settings *settings;
	struct ticket_keys *keys;
	struct own_certificate *certificate; /* NULL: the settings name one, or it goes without TLS */
	struct metrics *metrics;
	struct encode_pool *pool;
	struct music_shelf *music;
	struct house *house;
	struct gauges *gauges;
	struct edges *edges;
	unsigned loops; /* event loops */
	struct descriptors descriptors;
	struct beat *beat;
	struct demo *demo;
	struct signals *signals;
	struct timer *goodbye;
	struct idle *work; /* what can wait until no sound does */
	bool waits;        /* some is to be done */
	bool works;        /* the loop calls work() */
	unsigned yielded;  /* calls of work() that did nothing, so that packets go first */
	bool ending;
};

/* One slice of what can wait; between two slices the beat and the sockets have their turn. Packets that this loop still has to send
 * go first, for WORK_YIELDS slices of theirs at most: a loop that is full works too. */
static void work(void *user)
{
	struct server *server = user;
	if (edges_busy(server->edges) && ++server->yielded < WORK_YIELDS)
		return;
	server->yielded = 0;
	if (house_work(server->house))
		return;
	idle_stop(server->work);
	server->works = server->waits = false;
}

static void start_work(struct server *server)
{
	if (!server->works)
		idle_start(server->work);
	server->works = true;
}

static void run_beat(void *user, uint64_t beat, uint64_t now_us)
{
	struct server *server = user;
	if (server->demo != NULL)
		demo_beat(server->demo, beat);
	house_beat(server->house, beat, now_us);
	if (server->waits || !pool_busy(server->pool)) /* what was left of the last beat waits for no encoder any more */
		start_work(server);
	server->waits = true;
	log_flush();
}

static void said_goodbye(void *user)
{
	struct server *server = user;
	loop_stop(server->loop);
}

/* The first signal tells everybody and ends soon; the second ends at once. */
static void asked_to_end(void *user, const char *name)
{
	struct server *server = user;
	log_event(LOG_INFO, "ending", LOG_STRING("signal", name));
	if (server->ending) {
		loop_stop(server->loop);
		return;
	}
	server->ending = true;
	edges_stop_listening(server->edges);
	house_announce_restart(server->house, RETRY_AFTER_MS);
	timer_start(server->goodbye, GOODBYE_MS, 0);
}

/* One server to a state folder: two would write one event log, and count one epoch. The lock ends with the process. */
static int claim_state(struct server *server, const char *state)
{
	server->state_fd = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (server->state_fd >= 0 && flock(server->state_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (server->state_fd >= 0 && errno == EWOULDBLOCK)
		fprintf(stderr, "boothcast: another server uses the state folder %s; end it, or name another folder with --state\n",
			state);
	else
		fprintf(stderr, "boothcast: the state folder %s cannot be locked: %s; name another with --state\n", state,
			strerror(errno));
	return -1;
}

/* The pages that were built stand beside the program. */
static void find_web(const char *given, char *to, size_t size)
{
	ssize_t n = given != NULL ? -1 : readlink("/proc/self/exe", to, size - 8);
	if (given != NULL) {
		snprintf(to, size, "%s", given);
	} else if (n > 0) {
		to[n] = '\0';
		char *slash = strrchr(to, '/');
		snprintf(slash != NULL ? slash : to, 8, "/web");
	}
}

/* A server that was started without standard error would get its number for the next file that it opens, and write its log there. */
static void hold_standard_descriptors(void)
{
	int fd;
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* Sound cannot wait while other programs of the machine have their turn. Refused without the right to it, and then it goes without.
 */
static void raise_priority(void)
{
	if (setpriority(PRIO_PROCESS, 0, NICENESS) != 0)
		log_event(LOG_DEBUG, "priority_not_raised", LOG_NUMBER("niceness", NICENESS));
}

/* ---- parts, in the order of their making; each says on standard error what is wrong and what to do ---- */

static int load_settings(struct server *server, const struct server_options *options)
{
	struct text errors;
	text_init(&errors, HTTP_ANSWER_MAX);
	int failed = settings_load(&server->settings, options->config, &errors);
	if (failed != 0)
		fputs(errors.at, stderr);
	text_free(&errors);
	return failed;
}

static int load_music(struct server *server, const struct server_options *options)
{
	char error[4400];
	if (options->demo)
		demo_set_music(server->settings);
	server->music = music_shelf_load(server->settings, error, sizeof error);
	if (server->music == NULL)
		fprintf(stderr, "boothcast: the break music cannot be played: %s\n", error);
	return server->music != NULL ? 0 : -1;
}

static int open_keys(struct server *server, const struct server_options *options)
{
	struct text error;
	text_init(&error, HTTP_ANSWER_MAX);
	server->keys = ticket_keys_open(options->state, &error);
	bool good = server->keys != NULL && ticket_revocations_check(server->keys, &error) >= 0;
	if (!good)
		fprintf(stderr, "boothcast: %s\n", error.at);
	text_free(&error);
	return good ? 0 : -1;
}

static const char *choose_listen(const struct server *server, const struct server_options *options)
{
	return options->listen != NULL ? options->listen : server->settings->server.listen;
}

/* One of our own, when the settings or the command line ask for that. */
static int open_certificate(struct server *server, const struct server_options *options)
{
	char error[512];
	struct settings_server *settings = &server->settings->server;
	if (options->tls && settings->certificate == NULL)
		settings->certificate = check_alloc(strdup(SETTINGS_SELF_SIGNED));
	if (!settings_self_signed(server->settings))
		return 0;
	const struct own_certificate_options own = {.folder = options->state,
						    .listen = choose_listen(server, options),
						    .public_url = settings->public_url,
						    .now_s = clock_wall_s()};
	if (own_certificate_open(&server->certificate, &own, error, sizeof error) == 0)
		return 0;
	fprintf(stderr, "boothcast: %s\n", error);
	return -1;
}

static int open_house(struct server *server, const struct server_options *options)
{
	uint32_t epoch;
	char warning[4200];
	struct stage *stages[ROOMS_MAX];
	if (options->demo)
		demo_programme_begin(server->settings, clock_wall_s());
	if (epoch_next(options->state, clock_wall_s(), &epoch, warning, sizeof warning) != 0)
		log_event(LOG_WARNING, "epoch_not_written", LOG_STRING("why", warning));
	server->metrics = metrics_new();
	server->pool = pool_new(server->loop, server->settings->sound.encode_threads);
	server->house = house_new(&(struct house_options){
		.settings = server->settings,
		.keys = server->keys,
		.metrics = server->metrics,
		.pool = server->pool,
		.music = server->music,
		.epoch = epoch,
	});
	for (unsigned i = 0; i < server->house->halls; i++)
		stages[i] = server->house->hall[i].stage;
	server->gauges = gauges_new(server->metrics, stages, server->house->halls);
	return 0;
}

static void packets_arrived(void *user)
{
	struct server *server = user;
	edges_deliver(server->edges);
	if (server->waits && !pool_busy(server->pool))
		start_work(server);
}

/* One loop for each core that this process may use. */
static unsigned loops_by_cores(void)
{
	cpu_set_t cores;
	int count = sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : 1;
	return count < LOOPS_MAX ? (unsigned)count : LOOPS_MAX;
}

static unsigned choose_loops(const struct server *server, const struct server_options *options)
{
	if (options->loops > 0)
		return options->loops;
	return server->settings->server.loops > 0 ? server->settings->server.loops : loops_by_cores();
}

/* As many connections as the settings say, or as there are descriptors for. */
static int choose_connections(struct server *server, const struct server_options *options)
{
	const struct settings *settings = server->settings;
	server->loops = choose_loops(server, options);
	return descriptors_share(&server->descriptors, server->loops, settings->rooms_count, settings->server.connections);
}

/* Of fewer connections than the settings say, one address has the same share as of all, but one. */
static unsigned connections_of_address(const struct server *server)
{
	uint64_t share = server->settings->server.limits.connections;
	uint64_t left = share * server->descriptors.connections / server->descriptors.wanted;
	return share > 0 && left == 0 ? 1 : (unsigned)left;
}

static int open_edges(struct server *server, const struct server_options *options)
{
	char web[4096] = "", error[512], line[512];
	const struct own_certificate *own = server->certificate;
	const struct settings_limits *limits = &server->settings->server.limits;
	find_web(options->web, web, sizeof web);
	struct gateway_options gateway = {
		.listen = choose_listen(server, options),
		.web = web,
		.certificate = own != NULL ? own->path : server->settings->server.certificate,
		.key = own != NULL ? own->key_path : server->settings->server.key,
		.connections_max = server->descriptors.connections,
		.limits = {.connections = connections_of_address(server),
			   .handshakes = limits->handshakes,
			   .handshakes_per_s = limits->handshakes_per_s,
			   .requests_per_s = limits->requests_per_s},
		.delivery = options->delivery,
		.sealing = options->sealing,
		.conns = &house_conns,
		.exchanges = &house_exchanges,
		.host = server->house,
		.metrics = server->metrics,
	};
	if (edges_open(&server->edges, server->loop, server->loops, &gateway, error, sizeof error) != 0) {
		fprintf(stderr, "boothcast: %s\n", error);
		return -1;
	}
	pool_watch(server->pool, packets_arrived, server);
	snprintf(line, sizeof line, "listening on %s", edges_url(server->edges));
	puts(line);
	fflush(stdout);
	log_line(line);
	descriptors_log(&server->descriptors);
	edges_log_delivery(server->edges);
	if (gateway.certificate != NULL)
		certificate_tell(gateway.certificate, own, clock_wall_s(), server->metrics);
	log_flush();
	return 0;
}

static void print_links(const struct server *server)
{
	char base[LINK_BASE_SIZE];
	if (server->settings->server.public_url != NULL)
		links_base(server->settings, base, sizeof base);
	else
		host_names_reach(edges_url(server->edges), base, sizeof base);
	links_print(stdout, server->settings, server->keys, base);
	fflush(stdout);
}

static void start(struct server *server, const struct server_options *options)
{
	server->goodbye = timer_new(server->loop, said_goodbye, server);
	server->signals = signals_open(server->loop, asked_to_end, server);
	server->work = idle_new(server->loop, work, server);
	house_remember(server->house, options->state);
	server->beat = beat_new(server->loop, server->settings->sound.frame_ms, server->metrics, run_beat, server);
	house_await(server->house,
		    beat_next(server->beat)); /* the port has been open for a moment: somebody may be here before it */
	log_event(LOG_INFO, "started", LOG_STRING("event", server->settings->event.id),
		  LOG_NUMBER("rooms", server->settings->rooms_count), LOG_NUMBER("loops", server->loops),
		  LOG_NUMBER("epoch", server->house->epoch), LOG_STRING("version", BOOTHCAST_VERSION));
	if (options->demo) {
		server->demo = demo_new(server->house, server->loop, options->state);
		print_links(server);
	}
}

/* In reverse; every part may be missing when the start failed. */
static void stop(struct server *server)
{
	if (server->demo != NULL)
		demo_close(server->demo);
	if (server->beat != NULL) {
		beat_close(server->beat);
		signals_close(server->signals);
		timer_close(server->goodbye);
		idle_close(server->work);
	}
	if (server->edges != NULL) {
		pool_watch(server->pool, NULL, NULL);
		edges_close(server->edges, CLOSE_RESTARTING, status_word(STATUS_RESTARTING));
	}
	if (server->house != NULL) {
		house_free(server->house);
		gauges_free(server->gauges);
		pool_close(server->pool);
		metrics_free(server->metrics);
	}
	music_shelf_free(server->music);
	loop_free(server->loop);
	own_certificate_free(server->certificate);
	ticket_keys_free(server->keys);
	settings_free(server->settings);
	if (server->state_fd >= 0)
		close(server->state_fd);
	log_flush();
}

int server_run(const struct server_options *options)
{
	struct server server = {.state_fd = -1};
	hold_standard_descriptors();
	signals_prepare();
	if (descriptors_open(&server.descriptors) != 0)
		return 1;
	raise_priority();
	server.loop = loop_new();
	bool started = load_settings(&server, options) == 0 && choose_connections(&server, options) == 0 &&
		       load_music(&server, options) == 0 && open_keys(&server, options) == 0 &&
		       claim_state(&server, options->state) == 0 && open_certificate(&server, options) == 0 &&
		       open_house(&server, options) == 0 && open_edges(&server, options) == 0;
	if (started) {
		start(&server, options);
		loop_run(server.loop);
		log_event(LOG_INFO, "ended", LOG_NUMBER("uptime_s", (clock_us() - server.house->started_us) / 1000000));
	}
	stop(&server);
	return started ? 0 : 1;
}
