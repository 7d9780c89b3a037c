/* Requests that came early: the library had read them, or their beginning, before the exchange in front of them was over.
 *
 * It keeps what it has read too much in a list. When a request with a body comes from there, 4.1.6 hands on what is in that list,
 * the request's own head too, as the body, frees it, and then reads on in it (lws_http_action, and lws_read_h1 that called it).
 * Nobody can ask the library where a head came from. But while something is in the list it reads nothing from the socket; so a
 * request came from there when nothing has been taken from the socket since the exchange before it.
 *
 *   socket:  received ------------------------|
 *            taken by the library ----|-inq---|       taken = received - inq
 *
 * Called by http.c and http_serve.c.
 */
#include "gateway/accepted.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define FIN_BYTES 1 /* the end of what a client says is counted as received, but not as waiting */

/* Bytes that were read from the socket; 0 when the kernel does not tell. */
static uint64_t taken(struct lws *wsi)
{
	struct tcp_info info = {0};
	socklen_t size = sizeof info;
	int fd = lws_get_socket_fd(wsi), waiting, inline_urgent = 1;
	/* what is urgent would hide what waits behind it */
	if (setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &inline_urgent, sizeof inline_urgent) < 0 ||
	    ioctl(fd, SIOCINQ, &waiting) < 0 || getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0 ||
	    size < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received)
		return 0;
	return info.tcpi_bytes_received - (uint64_t)waiting;
}

void early_mark(struct lws *wsi)
{
	struct accepted *accepted = lws_get_opaque_user_data(wsi);
	accepted->taken = taken(wsi) + 1;
}

bool early_came(struct lws *wsi)
{
	const struct accepted *accepted = lws_get_opaque_user_data(wsi);
	return accepted->taken > 0 && taken(wsi) <= accepted->taken - 1 + FIN_BYTES;
}
