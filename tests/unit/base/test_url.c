/* Hosts, ports and addresses of servers: what is taken apart, how, and what is refused. */
#include "base/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void listens(const char *text, const char *host, unsigned port)
{
	struct host_port at;
	char written[HOST_SIZE + 8];
	const char *wrong = host_port_split(text, &at);
	if (wrong != NULL)
		fail_msg("%s was refused, because %s", text, wrong);
	assert_string_equal(at.host, host);
	assert_int_equal(at.port, port);
	host_port_write(&at, written, sizeof written);
	struct host_port again;
	assert_null(host_port_split(written, &again));
	assert_string_equal(again.host, host);
	assert_int_equal(again.port, port);
}

static void hosts_and_ports_are_split(void **state)
{
	(void)state;
	listens("127.0.0.1:0", "127.0.0.1", 0);
	listens("0.0.0.0:8080", "0.0.0.0", 8080);
	listens("localhost:80", "localhost", 80);
	listens("live.example.org:65535", "live.example.org", 65535);
	listens("my_machine-2:443", "my_machine-2", 443);
	listens("[::]:8080", "::", 8080);
	listens("[::1]:65535", "::1", 65535);
	listens("[2001:db8::7]:1", "2001:db8::7", 1);
	listens("[::ffff:192.0.2.1]:1", "::ffff:192.0.2.1", 1);
	listens("[fe80::1%eth0]:8080", "fe80::1%eth0", 8080);
}

/* Each with a word of the reason. */
static const struct {
	const char *text, *reason;
} no_host_port[] = {
	{"", "no host"},
	{":", "no host"},
	{":80", "no host"},
	{"127.0.0.1", "no port"},
	{"[::1]", "no port"},
	{"127.0.0.1:", "port is not a number"},
	{"127.0.0.1:99999", "port is not a number from 0 to 65535"},
	{"127.0.0.1:65536", "port is not"},
	{"127.0.0.1:65616", "port is not"}, /* 80, cut to 16 bits */
	{"127.0.0.1:4294967376", "port is not"},
	{"127.0.0.1:18446744073709551696", "port is not"},
	{"127.0.0.1:-1", "port is not"},
	{"127.0.0.1:+80", "port is not"},
	{"127.0.0.1: 80", "port is not"},
	{"127.0.0.1:80 ", "port is not"},
	{"127.0.0.1:80x", "port is not"},
	{"127.0.0.1:x80", "port is not"},
	{"127.0.0.1:0x50", "port is not"},
	{"127.0.0.1:8e1", "port is not"},
	{"127.0.0.1:http", "port is not"},
	{"127.0.0.1:80\n", "port is not"},
	{"127.0.0.1:\xd9\xa8\xd9\xa0", "port is not"}, /* Arabic digits */
	{"::1:80", "host is neither"},
	{"[]:80", "host is neither"},
	{"[:80", "host is neither"},
	{"[127.0.0.1]:80", "host is neither"},
	{"[localhost]:80", "host is neither"},
	{"[::1]x:80", "host is neither"},
	{"x[::1]:80", "host is neither"},
	{"[::1%]:80", "host is neither"},
	{"[::1%a b]:80", "host is neither"},
	{"[1:2:3:4:5:6:7:8:9]:80", "host is neither"},
	{"999.0.0.1:80", "host is neither"},
	{"127.1:80", "host is neither"},
	{"2130706433:80", "host is neither"},
	{"a b:80", "host is neither"},
	{" localhost:80", "host is neither"},
	{"-a:80", "host is neither"},
	{".a:80", "host is neither"},
	{"a/b:80", "host is neither"},
	{"me@host:80", "host is neither"},
	{"a:b:80", "host is neither"},
	{"m\xc3\xbcnchen:80", "host is neither"},
};

static void what_is_no_host_and_port_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof no_host_port / sizeof *no_host_port; i++) {
		struct host_port at;
		const char *wrong = host_port_split(no_host_port[i].text, &at);
		if (wrong == NULL)
			fail_msg("%s was taken for %s and %u", no_host_port[i].text, at.host, at.port);
		if (strstr(wrong, no_host_port[i].reason) == NULL)
			fail_msg("%s was refused, because %s", no_host_port[i].text, wrong);
	}
}

static void lengths_are_bounded(void **state)
{
	char text[400];
	struct host_port at;
	(void)state;
	for (size_t length = 240; length < 300; length++) {
		memset(text, 'a', length);
		strcpy(text + length, ":80");
		assert_true((host_port_split(text, &at) == NULL) == (length < HOST_SIZE));
	}
}

static void leads(const char *text, bool secure, const char *host, unsigned port, const char *rest)
{
	struct url url;
	const char *wrong = url_split(text, &url);
	if (wrong != NULL)
		fail_msg("%s was refused, because %s", text, wrong);
	assert_int_equal(url.secure, secure);
	assert_string_equal(url.at.host, host);
	assert_int_equal(url.at.port, port);
	assert_string_equal(url.rest, rest);
}

static void addresses_of_servers_are_split(void **state)
{
	(void)state;
	leads("http://127.0.0.1:8080", false, "127.0.0.1", 8080, "");
	leads("https://live.example.org", true, "live.example.org", 443, "");
	leads("http://live.example.org", false, "live.example.org", 80, "");
	leads("ws://h:1", false, "h", 1, "");
	leads("wss://h", true, "h", 443, "");
	leads("HTTPS://Live.Example.org/", true, "Live.Example.org", 443, "/");
	leads("https://[2001:db8::7]:8443/r/hall?a=b:9#c", true, "2001:db8::7", 8443, "/r/hall?a=b:9#c");
	leads("http://[::1]", false, "::1", 80, "");
	leads("http://h?x=:80", false, "h", 80, "?x=:80");
}

static void what_leads_nowhere_is_refused(void **state)
{
	static const char *const bad[] = {"", "h:80", "127.0.0.1:8080", "://h", "ftps://h", "s://h", "file:///etc", "http:/h", "http://",
					  "http:///", "http://:80", "http://h:", "http://h:0", "http://h:-1", "http://h:80x", "http://h:99999",
					  "http://h:65616", "http://h: 80", "http://h:80 /", "http://me@h", "http://me:pw@h:80", "http://a b",
					  "http://[::1", "http://[::1]:", "http://[::1]80", "http://::1", "http://300.1.1.1", "http://h:80:80"};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct url url;
		if (url_split(bad[i], &url) == NULL)
			fail_msg("%s was taken for %s and %u", bad[i], url.at.host, url.at.port);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_and_ports_are_split),      cmocka_unit_test(what_is_no_host_and_port_is_refused),
		cmocka_unit_test(lengths_are_bounded),            cmocka_unit_test(addresses_of_servers_are_split),
		cmocka_unit_test(what_leads_nowhere_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
