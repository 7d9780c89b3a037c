/* What the files of this folder know of each other; nobody outside includes this.
 *
 *   gateway.c        the whole: opens, closes, owns the library's context and hands its callbacks on
 *   door.c           the listening socket: accepts, counts, and looks at a connection's first bytes
 *   accepted.c      who is let in, and who is told that he is not
 *   peers.c          what each client address has a share of
 *   address.c        HOST:PORT to a listening socket, a socket to its peer's name
 *   guard.c          who may upgrade to a WebSocket; the security headers
 *   request.c        the library's parsed head to a struct request
 *   head.c           bytes to a struct request, for clients that the library cannot serve
 *   answer.c         status line and headers of every answer
 *   http.c           exchange: one request over the library (with http_serve.c, http_body.c)
 *   early.c          requests that came before the one in front of them was answered
 *   held.c           sockets that are not read until a request on them is answered
 *   source_client.c  exchange: one PUT or SOURCE on a socket of our own
 *   body.c           a body's framing: length, chunks, until the end
 *   pages.c          the files of the web folder
 *   ws.c             conn: one WebSocket, its life and what comes in (with ws_inside.h)
 *   ws_out.c         and what goes out
 *   tls_in.c         what TLS reads: from the socket, a bounded share a turn
 *   tls_keys.c       the keys of TLS sessions that clients go on with
 *   tls_out.c        what TLS writes: to the socket, or into a batch
 *   seal.c           and its records
 *   kernel_tls.c     the same, where the kernel does it
 *   batch.c          packets to many sockets by few system calls
 *   uring.c          the same for io_uring alone; the only file that knows liburing
 *   certificate.c    what is told of the certificate; own_certificate.c keeps one of the server's own making (x509.c) for the names
 *                    by which it is reached (host_names.c)
 */
#ifndef GATEWAY_PARTS_H
#define GATEWAY_PARTS_H

#include "base/text.h"
#include "gateway/gateway.h"

#include <libwebsockets.h>
#include <openssl/ssl.h>

#define HEAD_MAX 8192      /* bytes of a request's head: a ticket, some cookies, and room */
#define HEAD_TIMEOUT_S 5   /* from the connection to the last byte of the head */
#define BODY_IDLE_S 30     /* a body that brings nothing this long has lost its sender */
#define ANSWER_IDLE_S 30   /* an answer of which nothing is taken this long has lost its reader */
#define NOTSENT_LOWAT 4096 /* unsent bytes the kernel keeps for a listener: more is sound from the past */

/* The library binds by these names. The first cannot be spelled in a subprotocol header, so nobody upgrades to it. */
#define PROTOCOL_HTTP 0
#define PROTOCOL_WS 1
#define PROTOCOL_HTTP_NAME "http only"

/* The metric of what was too much of; its label is `of`. */
#define FLOODS_NAME "boothcast_floods_total"
#define FLOODS_HELP "Connections ended because they sent too much of what costs work, by what it was."

/* Why somebody was turned away; the label of boothcast_refused_total. */
enum refusal {
	REFUSED_FULL = 0,    /* connections_max are here */
	REFUSED_DESCRIPTORS, /* the process has no file descriptor left */
	REFUSED_SLOW,        /* the head did not come in time */
	REFUSED_MALFORMED,   /* not HTTP, or too long */
	REFUSED_UPGRADE,     /* an upgrade to something else, or not as RFC 6455 wants it */
	REFUSED_SUBPROTOCOL, /* a WebSocket without boothcast.v1, or not on /ws */
	REFUSED_HANDSHAKES,  /* HANDSHAKES_MAX are under way */
	/* the share of the client's address is used up */
	REFUSED_ADDRESS_CONNECTIONS,
	REFUSED_ADDRESS_HANDSHAKES,
	REFUSED_ADDRESS_RATE,     /* of new connections */
	REFUSED_ADDRESS_REQUESTS, /* a rate, too */
	REFUSALS
};

struct acceptor;
struct batch;
struct tls;
struct ws;
struct http;
struct door;
struct held;
struct source_client;
struct pages;

/* Under which clients keep their TLS sessions: a name, and two keys, of OpenSSL's own sizes. */
struct tls_keys {
	unsigned char bytes[16 + 32 + 32];
};

struct gateway {
	struct loop *loop;
	const struct conn_handler *conns;
	const struct exchange_handler *exchanges;
	void *host;
	unsigned connections_max;
	bool secure;  /* TLS on the listening socket */
	bool closing; /* gateway_close() runs: nobody new */

	struct lws_context *context;
	struct lws_vhost *vhost;
	struct lws_protocols protocols[3]; /* the last is the end mark */
	struct batch *batch;
	struct tls *tls;                   /* NULL: plain */
	struct lull *turn;                 /* at the end of each turn of the loop; NULL: plain */
	struct tls_keys tls_keys;          /* the sibling's, where there is one */
	SSL_CTX *unused_tls;               /* for clients, which we never are: of several contexts the library would leak its own */
	struct door *door;                 /* NULL once it does not listen any more */
	struct acceptor *acceptor;     /* with which it began to listen; NULL: it gets what it is given */
	struct held *held;
	struct pages *pages;
	bool own_pages; /* not another gateway's */
	const struct gateway_spread *spread;
	struct timer *sweep;
	char url[160];

	struct ws *conn_list;
	struct source_client *source_list;
	uint8_t *scratch; /* SCRATCH_SIZE bytes for one message, in use during one call only */
	uint32_t now_s;   /* counts the seconds for the keep-alive, kept by the sweep */

	struct cell *connections; /* open ones of any kind, and those that were promised to us */
	struct cell *floods_pieces, *floods_pongs;
	struct cell *sent, *received, *requests[6], *refused[REFUSALS]; /* requests by first digit of the status */
};

#define SCRATCH_SIZE (LWS_PRE + TEXT_QUEUE_BYTES_MAX + 1)

/* ---- gateway.c ---- */

/* The gateway that a wsi belongs to. */
struct gateway *gateway_of(struct lws *wsi);
void gateway_count_sent(struct gateway *gateway, size_t bytes);
void gateway_count_received(struct gateway *gateway, size_t bytes);
void gateway_refused(struct gateway *gateway, enum refusal why);
/* One more or one less open connection. Any thread. */
void gateway_count_socket(struct gateway *gateway, int change);
/* Makes the library look at its timeouts soon: it does not notice those that are set outside its own callbacks. */
void gateway_kick(struct gateway *gateway);
/* Ends a connection soon, from the loop, without asking its peer. */
void gateway_kill(struct gateway *gateway, struct lws *wsi);

/* ---- door.c ---- */

/* Listens; `error` says what is wrong when NULL is returned. `url` gets the address with the port that was picked. */
struct door *door_open(struct gateway *gateway, const char *listen, char *error, size_t size);
/* A new connection, not looked at (TLS) or with a head that is the library's; it is closed when that refuses it. */
void door_take(struct gateway *gateway, struct accepted *accepted);
/* Stops listening and drops those whose first bytes have not come. */
void door_close(struct door *door);

/* ---- address.c ---- */

#define ADDRESS_SIZE 72 /* [v6%scope]:port */
#define PEER_SIZE    64 /* v6%scope */

/* A listening, non-blocking socket on HOST:PORT ([v6]:PORT), that address only; -1 with a sentence in `error`. */
int address_listen(const char *listen, char *error, size_t size);
/* HOST:PORT of the socket's own end. */
void address_own(int fd, char to[ADDRESS_SIZE]);
/* The peer's address in numbers; an IPv4 address that came over IPv6 as IPv4. "" when it is gone. */
void address_peer(int fd, char to[PEER_SIZE]);

/* ---- guard.c ---- */

/* Headers for every answer, names with their colon: what the page may do, and who may look into it. */
const struct lws_protocol_vhost_options *guard_headers(void);
/* LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: 0 lets a good WebSocket handshake on; else answers the error and returns -1, which hangs up.
 */
int guard_upgrade(struct gateway *gateway, struct lws *wsi);

enum route_kind { ROUTE_PAGE, ROUTE_EXCHANGE, ROUTE_WS };

struct route {
	enum route_kind kind;
	const char *allow; /* the methods it serves, as in the Allow header */
};

/* Who serves a path. */
struct route guard_route(const char *path);
/* Whether `method` is a word of `allow`. */
bool guard_allows(const char *allow, const char *method);
/* Whether a list of words with commas between has `word`, in any case. */
bool guard_lists(const char *list, const char *word);

/* ---- request.c ---- */

struct request_extra {
	bool keep;    /* the library will keep the connection after this request */
	bool chunked; /* the body comes in chunks */
	bool expect;  /* Expect: 100-continue */
	bool gzip;    /* takes gzip */
};

/* Fills both from the wsi's parsed head. Returns 0, or the HTTP status of what is wrong with it. */
int request_read(struct lws *wsi, const char *peer, bool secure, struct request *request, struct request_extra *extra);
/* Whether a decoded path is absolute, printable and has no empty, "." or ".." part. */
bool request_path_clean(const char *path);

/* ---- head.c ---- */

struct head {
	struct request request;
	bool chunked, expect, until_close;
	bool http10; /* HTTP/1.0 or Icecast's ICE/1.0 */
};

/* Bytes of the head with its empty line, 0 when it is not complete. */
size_t head_end(const char *bytes, size_t size);
/* Parses a complete head of at most HEAD_MAX bytes. Returns 0, or the HTTP status of what is wrong (RFC 9112). */
int head_parse(const char *bytes, size_t size, struct head *head);

/* ---- answer.c ---- */

struct answer {
	int status;
	const char *type;
	int64_t length;      /* of the body; -1: until the connection closes */
	bool keep;           /* the connection stays */
	bool gzip;           /* Content-Encoding: gzip */
	const char *cache;   /* Cache-Control; NULL: no-store */
	const char *headers; /* further lines, or NULL */
};

/* Adds status line, headers and the empty line, and counts the answer. `out` has room for ANSWER_HEAD_MAX. */
void answer_head(struct gateway *gateway, struct text *out, const struct answer *answer);
/* A whole answer of one sentence (plain text), that ends the connection. */
void answer_sentence(struct gateway *gateway, struct text *out, int status, const char *headers);
/* What an HTTP status says to a person. */
const char *answer_words(int status);

#define ANSWER_HEAD_MAX 8192

/* ---- held.c ---- */

/* NULL with a sentence in `error`. */
struct held *held_open(struct gateway *gateway, char *error, size_t size);
/* LWS_CALLBACK_TIMER comes once, soon after the socket has one of the events of epoll (or is broken); instead of what was watched
 * for before. Ends with held_forget(), which a closing connection must call. */
void held_watch(struct held *held, struct lws *wsi, unsigned events);
void held_forget(struct held *held, struct lws *wsi);
void held_close(struct held *held);

/* ---- early.c ---- */

/* The exchange is over, and the connection goes on to its next request. */
void early_mark(struct lws *wsi);
/* Whether the library had this request before the exchange in front of it was over: then its body must not be served. Never for the
 * first of a connection; for a later one also when the kernel does not tell. */
bool early_came(struct lws *wsi);

/* ---- http.c ---- */

/* The library's memory for one HTTP connection. */
struct http_session {
	struct http *http; /* the request being served, NULL between two */
};

int http_callback(struct gateway *gateway, struct lws *wsi, enum lws_callback_reasons reason, struct http_session *session,
		  void *in, size_t size);

/* ---- source_client.c ---- */

/* Takes over a connection whose first bytes are `PUT /ingest` or `SOURCE `. */
void source_client_open(struct gateway *gateway, struct accepted *accepted);
/* Ends all of them, with `closed`. */
void source_client_close_all(struct gateway *gateway);

/* ---- body.c ---- */

enum body_kind { BODY_LENGTH, BODY_CHUNKED, BODY_UNTIL_CLOSE };

/* The place in a chunked body (RFC 9112, 7.1). */
enum chunk_state {
	CHUNK_SIZE,
	CHUNK_EXTENSION,
	CHUNK_SIZE_LF,
	CHUNK_DATA,
	CHUNK_DATA_CR,
	CHUNK_DATA_LF,
	CHUNK_TRAILER,
	CHUNK_TRAILER_LINE,
	CHUNK_END_LF,
	CHUNK_DONE
};

struct body {
	enum body_kind kind;
	uint64_t left; /* bytes that this length or chunk still has */
	enum chunk_state state;
	unsigned digits;   /* of the chunk's size so far */
	unsigned overhead; /* bytes of extensions or trailers so far */
	bool failed;       /* not a chunked body; final */
};

void body_init(struct body *body, enum body_kind kind, uint64_t length);
/* Takes the next piece from `bytes`: returns how many bytes were used, and in `*piece` and `*piece_size` the content among them,
 * which may be none. Uses nothing once it is complete or has failed. */
size_t body_take(struct body *body, const uint8_t *bytes, size_t size, const uint8_t **piece, size_t *piece_size);
bool body_complete(const struct body *body);

/* ---- tls_keys.c ---- */

/* Makes new ones. */
void tls_keys_make(struct tls_keys *keys);
/* Sessions that were begun under these keys go on in this context, whichever began them. `keys` are copied. */
void tls_keys_use(const struct tls_keys *keys, SSL_CTX *context);

/* ---- pages.c ---- */

struct page {
	const char *path; /* as asked for: /assets/app-1234.js */
	const char *type;
	const uint8_t *bytes;
	size_t size;
	const uint8_t *gzip; /* the same, compressed; NULL when there is none */
	size_t gzip_size;
	bool immutable; /* its name changes with its content */
};

/* Reads the folder into memory. `folder` NULL or missing: there are no pages, only a sentence. NULL with a sentence in `error` when
 * it cannot be read or is too large. */
struct pages *pages_open(const char *folder, char *error, size_t size);
void pages_free(struct pages *pages);
/* The page for a request's path, NULL when there is none. */
const struct page *pages_find(const struct pages *pages, const char *path);

/* ---- ws.c ---- */

#define WS_CLOSE_S 4 /* for what is queued and the close frame; then the peer is cut off */

/* The library's memory for one WebSocket: ws_size() bytes, zeroed. */
size_t ws_size(void);
int ws_callback(struct gateway *gateway, struct lws *wsi, enum lws_callback_reasons reason, struct ws *ws, void *in, size_t size);
/* batch_options.unsent; the user is a struct ws. */
void ws_unsent(void *user, const uint8_t *rest, size_t size, int error);
/* Closes all of them with the code. */
void ws_close_all(struct gateway *gateway, enum close_code code, const char *reason);
/* Pings those that were silent, cuts off those that stay silent. Called by the sweep every SWEEP_S. */
void ws_sweep(struct gateway *gateway);

#define SWEEP_S 5

#endif
