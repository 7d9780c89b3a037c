/* TLS in the kernel: a socket that seals by itself what is written to it. Private to gateway/.
 *
 * The kernel has it as a module (tls), which it loads when it is first asked for; a container or a small kernel has none.
 */
#ifndef GATEWAY_KERNEL_TLS_H
#define GATEWAY_KERNEL_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Whether the kernel seals: tried on a pair of sockets, whose other end must find what it should. False with half a sentence in
 * `why`. */
bool kernel_tls_try(char *why, size_t size);
/* From now on the kernel seals what is written to the connected socket, as `crypto_info` says (a struct of linux/tls.h). False when
 * it will not; then nothing has changed. */
bool kernel_tls_begin(int fd, const void *crypto_info);
/* As send() without waiting, but for a record of another type than data. */
ssize_t kernel_tls_send(int fd, uint8_t type, const void *bytes, size_t size);

#endif
