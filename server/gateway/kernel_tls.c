/* Kernel TLS, see kernel_tls.h. The kernel names the option by words ("tls"), and takes the keys for each direction; here it only
 * seals, what comes in stays OpenSSL's.
 */
#include "gateway/kernel_tls.h"

#include "gateway/seal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

static socklen_t info_size(const struct tls_crypto_info *info)
{
	switch (info->cipher_type) {
	case TLS_CIPHER_AES_GCM_128: return sizeof(struct tls12_crypto_info_aes_gcm_128);
	case TLS_CIPHER_AES_GCM_256: return sizeof(struct tls12_crypto_info_aes_gcm_256);
	case TLS_CIPHER_CHACHA20_POLY1305: return sizeof(struct tls12_crypto_info_chacha20_poly1305);
	default: return 0;
	}
}

bool kernel_tls_begin(int fd, const void *crypto_info)
{
	socklen_t size = info_size(crypto_info);
	/* the option alone changes nothing: without keys such a socket is a plain one */
	return size > 0 && (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 4) == 0 || errno == EEXIST) &&
	       setsockopt(fd, SOL_TLS, TLS_TX, crypto_info, size) == 0;
}

ssize_t kernel_tls_send(int fd, uint8_t type, const void *bytes, size_t size)
{
	union {
		struct cmsghdr header; /* for its alignment */
		char room[CMSG_SPACE(sizeof type)];
	} control = {0};
	struct iovec piece = {.iov_base = (void *)bytes, .iov_len = size};
	struct msghdr message = {
		.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_TLS;
	header->cmsg_type = TLS_SET_RECORD_TYPE;
	header->cmsg_len = CMSG_LEN(sizeof type);
	*CMSG_DATA(header) = type;
	return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* ---- the trial ---- */

/* A connection over the loopback, since only TCP has this. 0, or an errno; both ends are the caller's. */
static int connect_pair(int pair[2])
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	int door = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), error = 0;
	pair[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pair[1] = -1;
	if (bind(door, (struct sockaddr *)&address, sizeof address) != 0 || listen(door, 1) != 0 ||
	    getsockname(door, (struct sockaddr *)&address, &size) != 0 ||
	    connect(pair[0], (struct sockaddr *)&address, size) != 0 || (pair[1] = accept4(door, NULL, NULL, SOCK_CLOEXEC)) < 0)
		error = errno;
	if (door >= 0)
		close(door);
	return error;
}

/* What the kernel makes of a few bytes, and what we make of them, must be the same record. */
static const char *compare(const int pair[2])
{
	static const uint8_t words[] = "tried before it is believed";
	struct tls12_crypto_info_aes_gcm_128 info = {.info = {TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_128}, .key = "0123456789abcdef"};
	uint8_t ours[sizeof words + SEAL_MORE], theirs[sizeof ours];
	struct timeval patience = {.tv_sec = 1};
	struct seal_keys keys = {0};
	struct sealer *sealer = sealer_new();
	if (sealer == NULL || !seal_keys_take(&keys, &info) ||
	    sealer_seal(sealer, &keys, SEAL_DATA, words, sizeof words, ours) == 0) {
		sealer_free(sealer);
		return "OpenSSL cannot be compared with it";
	}
	sealer_free(sealer);
	if (!kernel_tls_begin(pair[0], &info))
		return errno == ENOENT ? "the kernel has none" : strerror(errno);
	setsockopt(pair[1], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (send(pair[0], words, sizeof words, MSG_DONTWAIT | MSG_NOSIGNAL) != sizeof words ||
	    recv(pair[1], theirs, sizeof theirs, MSG_WAITALL) != sizeof theirs || memcmp(ours, theirs, sizeof ours) != 0)
		return "the kernel seals in another way";
	return NULL;
}

bool kernel_tls_try(char *why, size_t size)
{
	int pair[2], error = connect_pair(pair);
	const char *wrong = error != 0 ? strerror(error) : compare(pair);
	for (int i = 0; i < 2; i++) {
		if (pair[i] >= 0)
			close(pair[i]);
	}
	snprintf(why, size, "%s", wrong != NULL ? wrong : "the kernel has it");
	return wrong == NULL;
}
