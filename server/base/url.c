/* Takes hosts, ports and addresses of servers apart, see url.h. Every byte of a text is looked at: what is not understood is refused,
 * so that nothing is connected to, or listened on, that nobody wrote. */
#include "base/url.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define PORT_DIGITS 5 /* of 65535 */

static const char no_host[] = "it has no host";
static const char bad_host[] = "its host is neither a name nor an address (IPv6 stands in brackets, such as [::1])";
static const char no_port[] = "it has no port";
static const char bad_port[] = "its port is not a number from 0 to 65535";

/* Digits alone. */
static bool read_port(const char *text, size_t length, uint16_t *port)
{
	unsigned long value = 0;
	if (length == 0 || length > PORT_DIGITS)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (unsigned long)(text[i] - '0');
	}
	*port = (uint16_t)value;
	return value <= UINT16_MAX;
}

static bool is_name(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	return text[0] != '\0' && text[0] != '.' && text[0] != '-' && text[strspn(text, allowed)] == '\0';
}

/* An IPv6 address, which may have a scope behind %, such as fe80::1%eth0 (RFC 4007, 11). */
static bool is_six(const char *text)
{
	char address[INET6_ADDRSTRLEN];
	struct in6_addr bytes;
	size_t length = strcspn(text, "%");
	if (length >= sizeof address || (text[length] == '%' && !is_name(text + length + 1)))
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	return inet_pton(AF_INET6, address, &bytes) == 1;
}

/* Digits and dots alone must be an address in four parts: what else they could mean differs from system to system. */
static bool is_four_or_name(const char *text)
{
	struct in_addr bytes;
	if (text[strspn(text, "0123456789.")] == '\0')
		return inet_pton(AF_INET, text, &bytes) == 1;
	return is_name(text);
}

static const char *take_host(const char *text, size_t length, struct host_port *to)
{
	if (length == 0)
		return no_host;
	to->six = text[0] == '[';
	if (to->six) {
		if (length < 2 || text[length - 1] != ']')
			return bad_host;
		text++;
		length -= 2;
	}
	if (length >= sizeof to->host)
		return bad_host;
	memcpy(to->host, text, length);
	to->host[length] = '\0';
	return (to->six ? is_six : is_four_or_name)(to->host) ? NULL : bad_host;
}

/* Where the colon before a port is; `length` when there is none. */
static size_t find_colon(const char *text, size_t length)
{
	const char *colon = memrchr(text, ':', length), *bracket = memrchr(text, ']', length);
	return colon != NULL && (bracket == NULL || bracket < colon) ? (size_t)(colon - text) : length;
}

/* HOST or HOST:PORT; *has_port says which. */
static const char *take_authority(const char *text, size_t length, struct host_port *to, bool *has_port)
{
	size_t colon = find_colon(text, length);
	const char *wrong = take_host(text, colon, to);
	*has_port = colon < length;
	if (wrong == NULL && *has_port && !read_port(text + colon + 1, length - colon - 1, &to->port))
		wrong = bad_port;
	return wrong;
}

const char *host_port_split(const char *text, struct host_port *to)
{
	bool has_port;
	const char *wrong = take_authority(text, strlen(text), to, &has_port);
	return wrong == NULL && !has_port ? no_port : wrong;
}

/* Reads SCHEME:// and returns what is behind; NULL when it is none that we speak. */
static const char *after_scheme(const char *text, bool *secure)
{
	static const struct {
		const char *scheme;
		bool secure;
	} schemes[] = {{"http://", false}, {"https://", true}, {"ws://", false}, {"wss://", true}};
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
		size_t length = strlen(schemes[i].scheme);
		*secure = schemes[i].secure;
		if (strncasecmp(text, schemes[i].scheme, length) == 0)
			return text + length;
	}
	return NULL;
}

const char *url_split(const char *text, struct url *to)
{
	bool has_port;
	const char *authority = after_scheme(text, &to->secure);
	if (authority == NULL)
		return "it does not begin with http:// or https://";
	size_t length = strcspn(authority, "/?#");
	const char *wrong = take_authority(authority, length, &to->at, &has_port);
	to->rest = authority + length;
	if (wrong == NULL && !has_port)
		to->at.port = to->secure ? 443 : 80;
	return wrong == NULL && to->at.port == 0 ? "its port is not a number from 1 to 65535" : wrong;
}

void host_port_write(const struct host_port *from, char *to, size_t size)
{
	text_print(to, size, from->six ? "[%s]:%u" : "%s:%u", from->host, from->port);
}
