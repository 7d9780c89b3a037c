/* The gateway: the library's context on our loop, one vhost without a listening socket of its own, and the way of its callbacks to
 * the parts.
 *
 *   door.c --lws_adopt_socket_vhost--> libwebsockets --callbacks--> http.c, ws.c --> handlers
 *
 * Called by server.c. With a loop that is not its own the library ends in two steps: destroy, run the loop until its handles are
 * closed, destroy again. Its log is heard while it starts, where it names what is wrong with a certificate; afterwards it is off,
 * because it writes a line for every malformed request.
 */
#include "gateway/gateway.h"

#include "base/check.h"
#include "base/text.h"
#include "base/clock.h"
#include "base/log.h"
#include "boothcast/limits.h"
#include "boothcast/wire.h"
#include "gateway/accepted.h"
#include "gateway/batch.h"
#include "gateway/parts.h"
#include "gateway/tls_out.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINGER_MS 1500  /* gateway_close() waits this long for close frames to be answered */
#define DRAIN_ROUNDS 64 /* of the loop, for handles that are closing already: three are needed */
#define READ_PIECE 512  /* bytes of one WebSocket message handed on at once, allocated per connection: listeners send little */
#define READ_BUFFER 4096
#define TLS13_CIPHERS "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
#define TLS12_CIPHERS                                                                                                              \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"                                 \
	"ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"

/* ---- what the parts share ---- */

struct gateway *gateway_of(struct lws *wsi)
{
	return lws_context_user(lws_get_context(wsi));
}

void gateway_count_sent(struct gateway *gateway, size_t bytes)
{
	cell_add(gateway->sent, bytes);
}

void gateway_count_received(struct gateway *gateway, size_t bytes)
{
	cell_add(gateway->received, bytes);
}

void gateway_refused(struct gateway *gateway, enum refusal why)
{
	cell_add(gateway->refused[why], 1);
}

void gateway_count_socket(struct gateway *gateway, int change)
{
	cell_add_shared(gateway->connections, change);
}

void gateway_kick(struct gateway *gateway)
{
	lws_cancel_service(gateway->context);
}

void gateway_kill(struct gateway *gateway, struct lws *wsi)
{
	lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
	gateway_kick(gateway);
}

/* ---- callbacks of the library ---- */

static int http_entry(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
	struct gateway *gateway = gateway_of(wsi);
	switch (reason) {
	case LWS_CALLBACK_WSI_CREATE: gateway_count_socket(gateway, 1); return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		gateway_count_socket(gateway, -1);
		accepted_end(lws_get_opaque_user_data(wsi));
		return 0;
	case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS: /* a context is made */
		tls_serve(gateway->tls, user);
		tls_keys_use(&gateway->tls_keys, user);
		return 0;
	case LWS_CALLBACK_RAW_ADOPT:
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION: return -1; /* CONNECT, and a WebSocket that asks for no subprotocol */
	default: return http_callback(gateway, wsi, reason, user, in, size);
	}
}

static int ws_entry(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
	return ws_callback(gateway_of(wsi), wsi, reason, user, in, size);
}

static void log_library(int level, const char *line)
{
	char copy[256];
	(void)level;
	text_print(copy, sizeof copy, "%.*s", (int)strcspn(line, "\n"), line);
	log_event(LOG_WARNING, "libwebsockets", LOG_STRING("says", copy));
}

/* ---- opening ---- */

static struct lws_context *make_context(struct gateway *gateway)
{
	void *loops[] = {loop_native(gateway->loop)};
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.gid = (gid_t)-1,
		.uid = (uid_t)-1,
		.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_VALIDATE_UTF8 |
			   LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN |
			   (gateway->secure ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0),
		.foreign_loops = loops,
		.user = gateway,
		.pt_serv_buf_size = READ_BUFFER,
		.max_http_header_data = HEAD_MAX,
		.timeout_secs = HEAD_TIMEOUT_S,
	};
	return lws_create_context(&info);
}

static void set_protocols(struct gateway *gateway)
{
	gateway->protocols[PROTOCOL_HTTP] = (struct lws_protocols){.name = PROTOCOL_HTTP_NAME,
								   .callback = http_entry,
								   .per_session_data_size = sizeof(struct http_session),
								   .rx_buffer_size = READ_BUFFER,
								   .tx_packet_size = HTTP_ANSWER_MAX + ANSWER_HEAD_MAX};
	gateway->protocols[PROTOCOL_WS] = (struct lws_protocols){.name = WIRE_SUBPROTOCOL,
								 .callback = ws_entry,
								 .per_session_data_size = ws_size(),
								 .rx_buffer_size = READ_PIECE,
								 .tx_packet_size = TEXT_QUEUE_BYTES_MAX + 64};
}

static struct lws_vhost *make_vhost(struct gateway *gateway, const struct gateway_options *options)
{
	static const struct lws_http_mount mount = {
		.mountpoint = "/", .mountpoint_len = 1, .origin = PROTOCOL_HTTP_NAME, .origin_protocol = LWSMPRO_CALLBACK};
	/* the library's own pings would keep a sorted list of all listeners: ws_sweep() does it in one walk */
	static const lws_retry_bo_t no_pings = {.secs_since_valid_ping = 0, .secs_since_valid_hangup = 0};
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.protocols = gateway->protocols,
		.mounts = &mount,
		.headers = guard_headers(),
		.vhost_name = "boothcast",
		.gid = (gid_t)-1,
		.uid = (uid_t)-1,
		.keepalive_timeout = HEAD_TIMEOUT_S,
		.timeout_secs_ah_idle = HEAD_TIMEOUT_S,
		.retry_and_idle_policy = &no_pings,
		.options = LWS_SERVER_OPTION_VALIDATE_UTF8 | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS |
			   (gateway->secure ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0),
		.ssl_cert_filepath = options->certificate,
		.ssl_private_key_filepath = options->key,
		.ssl_cipher_list = TLS12_CIPHERS,
		.tls1_3_plus_cipher_list = TLS13_CIPHERS,
		.ssl_options_set = SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_CIPHER_SERVER_PREFERENCE |
				   SSL_OP_NO_RENEGOTIATION,
		.alpn = "http/1.1", /* the library would offer h2, whose parser has a known hole */
		.provided_client_ssl_ctx = gateway->unused_tls,
	};
	return lws_create_vhost(gateway->context, &info);
}

static void make_metrics(struct gateway *gateway, struct metrics *metrics)
{
	static const char *const classes[] = {NULL, "code=\"1xx\"", "code=\"2xx\"", "code=\"3xx\"", "code=\"4xx\"", "code=\"5xx\""};
	static const char *const reasons[REFUSALS] = {
		[REFUSED_FULL] = "reason=\"full\"",
		[REFUSED_DESCRIPTORS] = "reason=\"descriptors\"",
		[REFUSED_SLOW] = "reason=\"slow\"",
		[REFUSED_MALFORMED] = "reason=\"malformed\"",
		[REFUSED_UPGRADE] = "reason=\"upgrade\"",
		[REFUSED_SUBPROTOCOL] = "reason=\"subprotocol\"",
		[REFUSED_HANDSHAKES] = "reason=\"handshakes\"",
		[REFUSED_ADDRESS_CONNECTIONS] = "reason=\"address_connections\"",
		[REFUSED_ADDRESS_HANDSHAKES] = "reason=\"address_handshakes\"",
		[REFUSED_ADDRESS_RATE] = "reason=\"address_rate\"",
		[REFUSED_ADDRESS_REQUESTS] = "reason=\"address_requests\"",
	};
	gateway->connections = metrics_gauge_cell(metrics, "boothcast_connections", "Open connections of any kind.", NULL);
	gateway->sent = metrics_counter_cell(metrics, "boothcast_bytes_sent_total", "Bytes written to all sockets.", NULL);
	gateway->received =
		metrics_counter_cell(metrics, "boothcast_bytes_received_total", "Bytes of messages and bodies that came.", NULL);
	gateway->floods_pieces = metrics_counter_cell(metrics, FLOODS_NAME, FLOODS_HELP, "of=\"fragments\"");
	gateway->floods_pongs = metrics_counter_cell(metrics, FLOODS_NAME, FLOODS_HELP, "of=\"pongs\"");
	for (int i = 1; i < 6; i++)
		gateway->requests[i] = metrics_counter_cell(metrics, "boothcast_http_requests_total",
							    "HTTP requests by class of their answer.", classes[i]);
	for (int i = 0; i < REFUSALS; i++)
		gateway->refused[i] =
			metrics_counter_cell(metrics, "boothcast_refused_total", "Connections turned away, by reason.", reasons[i]);
}

/* A certificate that cannot be read is the commonest mistake of all: say which file. */
static bool can_read(const char *path, const char *what, char *error, size_t size)
{
	if (path != NULL && access(path, R_OK) == 0)
		return true;
	if (path == NULL)
		text_print(error, size, "the %s is missing: TLS needs a certificate and its key", what);
	else
		text_print(error, size, "cannot read the %s %s: it must be there, and readable by the server's user", what, path);
	return false;
}

static void swept(void *user)
{
	struct gateway *gateway = user;
	gateway->now_s += SWEEP_S;
	ws_sweep(gateway);
}

static void turned(void *user)
{
	tls_turn(((struct gateway *)user)->tls);
}

static bool start_library(struct gateway *gateway, const struct gateway_options *options, char *error, size_t size)
{
	lws_set_log_level(LLL_ERR, log_library);
	gateway->context = make_context(gateway);
	if (gateway->context == NULL) {
		snprintf(error, size, "cannot start libwebsockets on libuv: install the Debian package libwebsockets-evlib-uv");
		return false;
	}
	set_protocols(gateway);
	gateway->vhost = make_vhost(gateway, options);
	lws_set_log_level(0, NULL);
	if (gateway->vhost == NULL) {
		if (gateway->secure)
			text_print(error, size,
				   "cannot use the certificate %s with the key %s: both must be PEM, and belong together",
				 options->certificate, options->key);
		else
			snprintf(error, size, "cannot start the HTTP service");
		return false;
	}
	return true;
}

static bool open_parts(struct gateway *gateway, const struct gateway_options *options, char *error, size_t size)
{
	if (gateway->secure &&
	    (!can_read(options->certificate, "certificate", error, size) || !can_read(options->key, "key", error, size)))
		return false;
	gateway->batch =
		batch_open(&(struct batch_options){.delivery = options->delivery, .metrics = options->metrics, .unsent = ws_unsent},
			   error, size);
	if (gateway->batch == NULL)
		return false;
	if (gateway->secure && (gateway->tls = tls_new(options->sealing, options->metrics, error, size)) == NULL)
		return false;
	gateway->held = held_open(gateway, error, size);
	if (gateway->held == NULL)
		return false;
	gateway->own_pages = options->sibling == NULL;
	gateway->pages = gateway->own_pages ? pages_open(options->web, error, size) : options->sibling->pages;
	if (gateway->pages == NULL || !start_library(gateway, options, error, size))
		return false;
	if (options->listen == NULL)
		return true;
	gateway->acceptor = acceptor_new(&(struct peer_limits){.connections = options->limits.connections,
								   .handshakes = options->limits.handshakes,
								   .handshakes_per_s = options->limits.handshakes_per_s,
								   .requests_per_s = options->limits.requests_per_s});
	gateway->door = door_open(gateway, options->listen, error, size);
	return gateway->door != NULL;
}

/* Two steps, with rounds of the loop between that close the library's handles. */
static void stop_library(struct gateway *gateway)
{
	if (gateway->context == NULL)
		return;
	lws_context_destroy(gateway->context);
	for (int i = 0; i < DRAIN_ROUNDS; i++)
		loop_run_once(gateway->loop);
	lws_context_destroy(gateway->context);
}

static void free_parts(struct gateway *gateway)
{
	if (gateway->door != NULL)
		door_close(gateway->door);
	stop_library(gateway);
	if (gateway->sweep != NULL)
		timer_close(gateway->sweep);
	if (gateway->turn != NULL)
		lull_close(gateway->turn);
	held_close(gateway->held);
	batch_close(gateway->batch);
	tls_free(gateway->tls);
	SSL_CTX_free(gateway->unused_tls);
	if (gateway->own_pages)
		pages_free(gateway->pages);
	acceptor_free(gateway->acceptor);
	free(gateway->scratch);
	free(gateway);
}

int gateway_open(struct gateway **out, struct loop *loop, const struct gateway_options *options, char *error, size_t size)
{
	struct gateway *gateway = check_alloc(calloc(1, sizeof *gateway));
	gateway->loop = loop;
	gateway->conns = options->conns;
	gateway->exchanges = options->exchanges;
	gateway->host = options->host;
	gateway->spread = options->spread;
	gateway->connections_max = options->connections_max > 0 ? options->connections_max : CONNECTIONS_MAX;
	gateway->secure = options->certificate != NULL || options->key != NULL;
	if (options->sibling != NULL)
		gateway->tls_keys = options->sibling->tls_keys;
	else if (gateway->secure)
		tls_keys_make(&gateway->tls_keys);
	if (gateway->secure)
		gateway->unused_tls = check_alloc(SSL_CTX_new(TLS_client_method()));
	gateway->scratch = check_alloc(malloc(SCRATCH_SIZE));
	make_metrics(gateway, options->metrics);
	if (!open_parts(gateway, options, error, size)) {
		free_parts(gateway);
		return -1;
	}
	gateway->sweep = timer_new(loop, swept, gateway);
	timer_start(gateway->sweep, SWEEP_S * 1000, SWEEP_S * 1000);
	if (gateway->secure)
		gateway->turn = lull_new(loop, turned, gateway);
	*out = gateway;
	return 0;
}

const char *gateway_url(const struct gateway *gateway)
{
	return gateway->url;
}

void gateway_batch_begin(struct gateway *gateway)
{
	batch_begin(gateway->batch);
}

void gateway_batch_end(struct gateway *gateway)
{
	batch_end(gateway->batch);
}

void gateway_log_delivery(const struct gateway *gateway)
{
	batch_log(gateway->batch);
	if (gateway->tls != NULL)
		tls_log(gateway->tls);
}

uint64_t gateway_bytes_sent(const struct gateway *gateway)
{
	return cell_value(gateway->sent);
}

unsigned gateway_connections(const struct gateway *gateway)
{
	return (unsigned)cell_value(gateway->connections);
}

void gateway_promise(struct gateway *gateway)
{
	gateway_count_socket(gateway, 1);
}

void gateway_adopt(struct gateway *gateway, struct accepted *accepted)
{
	door_take(gateway, accepted);
	gateway_count_socket(gateway, -1);
}

/* ---- closing ---- */

void gateway_stop_listening(struct gateway *gateway)
{
	if (gateway->door != NULL)
		door_close(gateway->door);
	gateway->door = NULL;
}

static void tick(void *user)
{
	(void)user; /* only wakes the loop, so that the clock is looked at */
}

/* Runs the loop until every WebSocket has said goodbye, or long enough. */
static void linger(struct gateway *gateway)
{
	uint64_t until_us = clock_us() + LINGER_MS * 1000;
	struct timer *clock = timer_new(gateway->loop, tick, NULL);
	timer_start(clock, 10, 10);
	while (gateway->conn_list != NULL && clock_us() < until_us)
		loop_run_wait(gateway->loop);
	timer_close(clock);
}

void gateway_dismiss(struct gateway *gateway, enum close_code code, const char *reason)
{
	gateway_stop_listening(gateway);
	gateway->closing = true;
	ws_close_all(gateway, code, reason);
	source_client_close_all(gateway);
}

void gateway_close(struct gateway *gateway, enum close_code code, const char *reason)
{
	if (!gateway->closing)
		gateway_dismiss(gateway, code, reason);
	linger(gateway);
	free_parts(gateway);
}
