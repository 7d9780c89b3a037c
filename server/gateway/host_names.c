/* Gathers a server's names from its settings and from the machine, see host_names.h. Nothing is resolved: a name that only the
 * router of the hall knows is as good as another. Called once, when the server starts.
 */
#include "gateway/host_names.h"

#include "base/url.h"
#include "gateway/parts.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_name(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	return text[0] != '\0' && text[0] != '.' && text[0] != '-' && text[strspn(text, allowed)] == '\0';
}

/* Into numbers and back, so that an address is always written in one way. */
static bool is_address(const char *text, char written[HOST_NAME_SIZE])
{
	unsigned char bytes[sizeof(struct in6_addr)];
	for (int i = 0; i < 2; i++) {
		int family = i == 0 ? AF_INET : AF_INET6;
		if (inet_pton(family, text, bytes) == 1)
			return inet_ntop(family, bytes, written, HOST_NAME_SIZE) != NULL;
	}
	return false;
}

void host_names_add(struct host_names *names, const char *text, bool passing)
{
	struct host_name name = {.passing = passing};
	name.address = is_address(text, name.text);
	if (!name.address) {
		if (!is_name(text) || strlen(text) >= sizeof name.text)
			return;
		strcpy(name.text, text);
	}
	for (unsigned i = 0; i < names->count; i++) {
		if (strcasecmp(names->list[i].text, name.text) == 0)
			return;
	}
	if (names->count < HOST_NAMES_MAX)
		names->list[names->count++] = name;
	else
		names->left_out++;
}

/* Of interfaces that are up; those that hold for one cable only (link-local, they need a scope) are no use in a link. */
static void add_interfaces(struct host_names *names, bool six)
{
	struct ifaddrs *all, *one;
	char host[HOST_NAME_SIZE];
	if (getifaddrs(&all) != 0)
		return;
	for (one = all; one != NULL; one = one->ifa_next) {
		int family = one->ifa_addr != NULL ? one->ifa_addr->sa_family : AF_UNSPEC;
		socklen_t length = family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
		if ((family == AF_INET || (family == AF_INET6 && six)) && one->ifa_flags & IFF_UP &&
		    getnameinfo(one->ifa_addr, length, host, sizeof host, NULL, 0, NI_NUMERICHOST) == 0)
			host_names_add(names, host, family == AF_INET6);
	}
	freeifaddrs(all);
}

static bool means_all(const char *host)
{
	return strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

static void add_listening(struct host_names *names, const char *listen)
{
	char written[HOST_NAME_SIZE] = "";
	struct host_port at;
	if (host_port_split(listen, &at) != NULL)
		return; /* told when it is listened on */
	is_address(at.host, written);
	if (means_all(written))
		add_interfaces(names, written[0] == ':');
	else
		host_names_add(names, at.host, false);
}

void host_names_find(struct host_names *names, const char *listen, const char *public_url)
{
	char host[HOST_NAME_SIZE];
	struct url url;
	*names = (struct host_names){0};
	host_names_add(names, "localhost", false);
	host_names_add(names, "127.0.0.1", false);
	host_names_add(names, "::1", false);
	if (public_url != NULL && url_split(public_url, &url) == NULL)
		host_names_add(names, url.at.host, false);
	if (gethostname(host, sizeof host) == 0 && memchr(host, '\0', sizeof host) != NULL)
		host_names_add(names, host, false);
	add_listening(names, listen);
}

/* An address that does not change by the day, and not the machine's way to itself. */
static const char *leads_out(const struct host_names *names)
{
	for (unsigned i = 0; i < names->count; i++) {
		if (names->list[i].address && !names->list[i].passing && strncmp(names->list[i].text, "127.", 4) != 0)
			return names->list[i].text;
	}
	return "localhost";
}

void host_names_reach(const char *listening, char *to, size_t size)
{
	struct host_names names = {.count = 0};
	struct url url;
	if (url_split(listening, &url) != NULL || !means_all(url.at.host)) {
		snprintf(to, size, "%s", listening);
		return;
	}
	if (url.secure)
		add_interfaces(&names, false);
	snprintf(to, size, "%s://%s:%u", url.secure ? "https" : "http", leads_out(&names), url.at.port);
}
