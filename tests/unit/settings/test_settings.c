/* The settings file: the demo event loads whole, defaults hold, and every kind of mistake is told with its line and a remedy.
 *
 * Mistakes are one table: a file, and for each line that must be blamed a piece of what must be said of it.
 */
#include "settings/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ERRORS_MAX 65536

/* The file of the running test; removed in teardown. */
struct fixture {
	char folder[64], path[96];
	struct text errors;
	struct settings *settings;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	strcpy(fixture->folder, "/tmp/boothcast-settings-XXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	snprintf(fixture->path, sizeof(fixture->path), "%s/event.yaml", fixture->folder);
	text_init(&fixture->errors, ERRORS_MAX);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	if (fixture->settings != NULL)
		settings_free(fixture->settings);
	text_free(&fixture->errors);
	unlink(fixture->path);
	rmdir(fixture->folder);
	free(fixture);
	return 0;
}

static int load_bytes(struct fixture *fixture, const char *bytes, size_t size)
{
	FILE *file = fopen(fixture->path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	fclose(file);
	if (fixture->settings != NULL)
		settings_free(fixture->settings);
	fixture->settings = NULL;
	text_clear(&fixture->errors);
	return settings_load(&fixture->settings, fixture->path, &fixture->errors);
}

static int load(struct fixture *fixture, const char *text)
{
	return load_bytes(fixture, text, strlen(text));
}

static const struct settings *load_good(struct fixture *fixture, const char *text)
{
	if (load(fixture, text) != 0)
		fail_msg("refused:\n%s", fixture->errors.at);
	assert_string_equal(fixture->errors.at, "");
	return fixture->settings;
}

/* The number of lines that the errors have. */
static unsigned count_errors(const struct fixture *fixture)
{
	unsigned count = 0;
	for (const char *c = fixture->errors.at; *c != '\0'; c++)
		count += *c == '\n';
	return count;
}

/* One of the error lines begins with FILE:LINE: and has `words` in it. */
static void assert_told(struct fixture *fixture, unsigned line, const char *words)
{
	char prefix[128];
	snprintf(prefix, sizeof(prefix), "%s:%u: ", fixture->path, line);
	for (const char *at = fixture->errors.at; *at != '\0'; at = strchr(at, '\n') + 1) {
		size_t length = (size_t)(strchr(at, '\n') - at);
		char told[2048];
		assert_true(length < sizeof(told));
		memcpy(told, at, length);
		told[length] = '\0';
		if (strncmp(told, prefix, strlen(prefix)) == 0 && strstr(told, words) != NULL)
			return;
	}
	fail_msg("line %u: nobody said \"%s\", but:\n%s", line, words, fixture->errors.at);
}

/* ---- what is good ---- */

static void demo_event_has_the_names_others_rely_on(void **state)
{
	struct fixture *fixture = *state;
	static const char *const languages[] = {"zh-CN", "en-GB", "fr-FR", "es-ES", "ru-RU", "it-IT"};
	static const char *const labels[] = {"中文", "English", "Français", "Español", "Русский", "Italiano"};
	static const char *const booths[][3] = {
		{"zh-en", "en-GB", "zh-CN"}, {"fr", "fr-FR", "en-GB"}, {"es", "es-ES", "en-GB"},
		{"ru", "ru-RU", "en-GB"},    {"it", "it-IT", "en-GB"},
	};
	if (settings_load(&fixture->settings, TEST_ROOT "/config/chengdu-2025.yaml", &fixture->errors) != 0)
		fail_msg("%s", fixture->errors.at);
	const struct settings *settings = fixture->settings;
	assert_int_equal(settings->rooms_count, 4);
	const struct settings_room *hall = settings_find_room(settings, "hall");
	assert_non_null(hall);
	assert_int_equal(hall->access, ACCESS_OPEN);
	assert_int_equal(hall->inputs_count, 2);
	assert_string_equal(hall->inputs[0].id, "main");
	assert_string_equal(hall->inputs[1].id, "backup");
	assert_int_equal(hall->channels_count, 6);
	for (unsigned i = 0; i < 6; i++) {
		assert_int_equal(hall->channels[i].number, i + 1);
		assert_string_equal(hall->channels[i].language, languages[i]);
		assert_string_equal(hall->channels[i].label, labels[i]);
		assert_true(hall->channels[i].fill);
		assert_int_equal(hall->channels[i].interlock, INTERLOCK_FIRST);
	}
	assert_int_equal(hall->booths_count, 5);
	for (unsigned i = 0; i < 5; i++) {
		const struct settings_booth *booth = settings_find_booth(hall, booths[i][0]);
		assert_non_null(booth);
		assert_int_equal(booth->desks, 2);
		assert_int_equal(booth->outputs_count, 2);
		assert_string_equal(booth->outputs[0], booths[i][1]);
		assert_string_equal(booth->outputs[1], booths[i][2]);
	}
	const struct settings_room *talks = settings_find_room(settings, "talks");
	assert_int_equal(talks->access, ACCESS_CLOSED);
	assert_int_equal(talks->floor, FLOOR_MIXED);
	assert_int_equal(talks->inputs_count, 2);
	assert_string_equal(talks->inputs[1].id, "guest");
	assert_false(talks->channels[0].fill || talks->channels[1].fill);
	assert_int_equal(hall->floor, FLOOR_SWITCHED);
	assert_non_null(settings_find_room(settings, "visit"));
	assert_non_null(settings_find_room(settings, "dinner"));
	assert_null(settings_find_room(settings, "Hall"));
	assert_string_equal(settings_name(hall->name, "zh-CN"), "主会场");
	assert_true(hall->programme_count > 0);
}

static void minimal_file_gets_every_default(void **state)
{
	struct fixture *fixture = *state;
	if (settings_load(&fixture->settings, TEST_ROOT "/config/minimal.yaml", &fixture->errors) != 0)
		fail_msg("%s", fixture->errors.at);
	const struct settings *settings = fixture->settings;
	assert_string_equal(settings->server.listen, "127.0.0.1:8080");
	assert_null(settings->server.public_url);
	assert_null(settings->server.certificate);
	assert_int_equal(settings->server.connections, CONNECTIONS_MAX);
	assert_int_equal(settings->server.limits.connections, ADDRESS_CONNECTIONS);
	assert_int_equal(settings->server.limits.handshakes, ADDRESS_HANDSHAKES);
	assert_int_equal(settings->server.limits.handshakes_per_s, ADDRESS_HANDSHAKES_PER_S);
	assert_int_equal(settings->server.limits.requests_per_s, ADDRESS_REQUESTS_PER_S);
	assert_int_equal(settings->sound.frame_ms, 20);
	assert_int_equal(settings->sound.bitrate, 32000);
	assert_int_equal(settings->sound.bitrate_high, 64000);
	assert_int_equal(settings->sound.bitrate_saver, 14000);
	assert_int_equal(settings->sound.complexity, 5);
	assert_int_equal(settings->sound.encode_threads, 1);
	const struct settings_room *room = &settings->rooms[0];
	assert_int_equal(room->access, ACCESS_OPEN);
	assert_int_equal(room->rendition, SETTINGS_STANDARD);
	assert_null(room->floor_language);
	assert_int_equal(room->inputs_count, 1);
	assert_string_equal(room->inputs[0].id, "main");
	assert_int_equal(room->booths[0].desks, 2);
	assert_true(room->channels[0].fill);
}

#define EVENT "event: {id: e, name: {en: E}}\n"

static void written_zeros_are_not_defaults(void **state)
{
	const struct settings *settings = load_good(*state, EVENT "sound: {complexity: 0, encode_threads: 0, frame_ms: 10}\n"
								  "rooms:\n- id: r\n  name: {en: R}\n  channels:\n"
								  "  - {number: 31, language: en, fill: false, interlock: none}\n");
	assert_int_equal(settings->sound.complexity, 0);
	assert_int_equal(settings->sound.encode_threads, 0);
	assert_int_equal(settings->sound.frame_ms, 10);
	assert_false(settings->rooms[0].channels[0].fill);
	assert_int_equal(settings->rooms[0].channels[0].interlock, INTERLOCK_NONE);
}

static void one_address_never_has_all_connections_by_default(void **state)
{
	static const struct {
		const char *written;
		unsigned share;
	} cases[] = {
		{"{connections: 20000}", ADDRESS_CONNECTIONS}, {"{connections: 5000}", 4500}, {"{connections: 10}", 9},
		{"{connections: 2}", 1},                       {"{connections: 1}", 1},
	};
	char file[256];
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(file, sizeof file, EVENT "server: %s\nrooms: [{id: r, name: {en: R}}]\n", cases[i].written);
		assert_int_equal(load_good(*state, file)->server.limits.connections, cases[i].share);
	}
}

static void limits_as_written(void **state)
{
	const struct settings_limits *limits =
		&load_good(*state, EVENT "server: {limits: {connections: 0, handshakes: 7, handshakes_per_s: 100000}}\n"
					 "rooms: [{id: r, name: {en: R}}]\n")
			 ->server.limits;
	assert_int_equal(limits->connections, 0);
	assert_int_equal(limits->handshakes, 7);
	assert_int_equal(limits->handshakes_per_s, 100000);
	assert_int_equal(limits->requests_per_s, ADDRESS_REQUESTS_PER_S);
}

static void tags_become_canonical_and_labels_are_in_their_own_language(void **state)
{
	static const char *const expected[][2] = {
		{"zh-CN", "中文"},
		{"fr-FR", "Français"},
		{"ar-EG", "العربية"},
		{"pt-BR", "Português (Brasil)"},
		{"pt-PT", "Português (Portugal)"},
		{"ja-JP", "日本語"},
		{"el-GR", "Ελληνικά"},
		{"es-419", "Español"},
	};
	const struct settings *settings =
		load_good(*state, EVENT
			  "rooms:\n- id: r\n  name: {en: R}\n  floor_language: DE-de\n  channels:\n"
			  "  - {number: 1, language: zh-cn}\n  - {number: 2, language: FR-fr}\n  - {number: 3, language: ar-EG}\n"
			  "  - {number: 4, language: pt-BR}\n  - {number: 5, language: pt-PT}\n  - {number: 6, language: ja-JP}\n"
			  "  - {number: 7, language: el-GR}\n  - {number: 8, language: es-419}\n"
			  "  booths: [{id: b, outputs: [zh-cn, pt-br]}]\n");
	for (unsigned i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_string_equal(settings->rooms[0].channels[i].language, expected[i][0]);
		assert_string_equal(settings->rooms[0].channels[i].label, expected[i][1]);
	}
	assert_string_equal(settings->rooms[0].floor_language, "de-DE");
	assert_string_equal(settings->rooms[0].booths[0].outputs[1], "pt-BR");
}

static void relative_certificate_starts_at_the_files_folder(void **state)
{
	struct fixture *fixture = *state;
	const struct settings *settings =
		load_good(fixture, EVENT "server: {certificate: tls/a.pem, key: /etc/b.pem}\nrooms: [{id: r, name: {en: R}}]\n");
	char expected[128];
	snprintf(expected, sizeof(expected), "%s/tls/a.pem", fixture->folder);
	assert_string_equal(settings->server.certificate, expected);
	assert_string_equal(settings->server.key, "/etc/b.pem");
}

static void a_self_signed_certificate_is_no_file(void **state)
{
	struct fixture *fixture = *state;
	const struct settings *settings =
		load_good(fixture, EVENT "server: {certificate: self-signed}\nrooms: [{id: r, name: {en: R}}]\n");
	assert_true(settings_self_signed(settings));
	assert_string_equal(settings->server.certificate, SETTINGS_SELF_SIGNED);
	assert_null(settings->server.key);
	settings = load_good(fixture, EVENT "server: {certificate: ./self-signed, key: b.pem}\nrooms: [{id: r, name: {en: R}}]\n");
	assert_false(settings_self_signed(settings));
	settings = load_good(fixture, EVENT "rooms: [{id: r, name: {en: R}}]\n");
	assert_false(settings_self_signed(settings));
}

static void break_music_of_the_event_and_of_a_room(void **state)
{
	struct fixture *fixture = *state;
	const struct settings *settings = load_good(fixture, "event: {id: e, name: {en: E}, break_music: sounds/break.wav}\n"
							     "rooms:\n"
							     "- {id: r, name: {en: R}, emergency_text: {zh: 请离开, en: Leave}}\n"
							     "- {id: s, name: {en: S}, break_music: /srv/s.wav}\n");
	char expected[128];
	snprintf(expected, sizeof(expected), "%s/sounds/break.wav", fixture->folder);
	assert_string_equal(settings->rooms[0].break_music, expected);
	assert_string_equal(settings->rooms[1].break_music, "/srv/s.wav");
	assert_string_equal(settings->rooms[0].emergency_text->en, "Leave");
	assert_null(settings->rooms[1].emergency_text);
	settings = load_good(fixture, EVENT "rooms: [{id: r, name: {en: R}}]\n");
	assert_null(settings->rooms[0].break_music);
	char text[EMERGENCY_TEXT_SIZE + 100];
	memset(text, 'x', sizeof(text));
	text[EMERGENCY_TEXT_SIZE] = '\0';
	char file[EMERGENCY_TEXT_SIZE + 200];
	snprintf(file, sizeof(file), EVENT "rooms:\n- id: r\n  name: {en: R}\n  emergency_text: {en: %s}\n", text);
	assert_int_equal(load(fixture, file), -1);
	assert_told(fixture, 5, "at most 399 fit");
}

static void times_are_those_of_the_event(void **state)
{
	int64_t seconds = 0;
	const struct settings *settings =
		load_good(*state, "event: {id: e, name: {en: E}, timezone: Asia/Shanghai}\nrooms: [{id: r, name: {en: R}}]\n");
	assert_true(settings_time_s(settings, "2025-03-21 09:00", &seconds));
	assert_int_equal(seconds, 1742518800);
	settings = load_good(*state, "event: {id: e, name: {en: E}, timezone: Europe/London}\nrooms: [{id: r, name: {en: R}}]\n");
	assert_true(settings_time_s(settings, "2025-07-01 00:30", &seconds));
	assert_int_equal(seconds, 1751326200);
	assert_false(settings_time_s(settings, "2025-07-01", &seconds));
}

static void names_fall_back(void **state)
{
	(void)state;
	char zh[] = "厅", ru[] = "Зал", en[] = "Hall";
	struct settings_names both = {.zh = zh, .ru = ru}, all = {.zh = zh, .en = en};
	assert_string_equal(settings_name(&all, "zh"), "厅");
	assert_string_equal(settings_name(&all, "zh-Hant-TW"), "厅");
	assert_string_equal(settings_name(&all, "fr"), "Hall");
	assert_string_equal(settings_name(&all, NULL), "Hall");
	assert_string_equal(settings_name(&both, "fr"), "厅");
	assert_string_equal(settings_name(&both, "rux"), "厅");
	assert_string_equal(settings_name(NULL, "fr"), "");
}

/* ---- what is not ---- */

/* `text` goes after a good event; its lines are counted from 2. */
static const struct {
	const char *about, *text;
	unsigned line;
	const char *told, *remedy;
} mistakes[] = {
	{"unknown key", "rooms:\n- id: r\n  name: {en: R}\n  chanels: []\n", 5, "unknown key \"chanels\" in a room",
	 "\"channels\""},
	{"unknown key without a likeness", "serve_food: 1\nrooms: [{id: r, name: {en: R}}]\n", 2,
	 "unknown key \"serve_food\" in the file", "event, server, sound, rooms"},
	{"wrong type", "sound:\n  bitrate: fast\nrooms: [{id: r, name: {en: R}}]\n", 3, "\"fast\" is no whole number",
	 "`bitrate: 32000`"},
	{"quoted number", "sound:\n  bitrate: '32000'\nrooms: [{id: r, name: {en: R}}]\n", 3, "because of its quotes",
	 "`bitrate: 32000`"},
	{"list for a mapping", "server: []\nrooms: [{id: r, name: {en: R}}]\n", 2, "server is a list", "server: {listen"},
	{"string for a name", "rooms:\n- id: r\n  name: Hall\n", 4, "the room's name is a single value", "name: {zh"},
	{"mapping for a string", "rooms:\n- id: {en: r}\n  name: {en: R}\n", 3, "id is keys with values", "id: hall"},
	{"no value", "rooms:\n- id: r\n  name: {en: R}\n  floor_language:\n", 5, "floor_language has no value",
	 "floor_language: zh-CN"},
	{"empty name", "rooms:\n- id: r\n  name: {}\n", 4, "the room's name is empty", "name: {zh"},
	{"missing key", "rooms:\n- name: {en: R}\n", 3, "a room has no \"id\"", "id: hall"},
	{"missing rooms", "sound: {bitrate: 32000}\n", 1, "the file has no \"rooms\"", "rooms: ["},
	{"no room", "rooms: []\n", 2, "rooms is empty", "rooms: ["},
	{"number out of range", "rooms:\n- id: r\n  name: {en: R}\n  channels: [{number: 32, language: en-GB}]\n", 5,
	 "32 is out of range", "from 1 to 31"},
	{"the floor's number", "rooms:\n- id: r\n  name: {en: R}\n  channels: [{number: 0, language: en-GB}]\n", 5,
	 "0 is out of range", "from 1"},
	{"limits that are none", "server: {limits: 6000}\nrooms: [{id: r, name: {en: R}}]\n", 2, "limits is a single value",
	 "limits: {connections: 6000"},
	{"an unknown limit", "server: {limits: {conections: 5}}\nrooms: [{id: r, name: {en: R}}]\n", 2, "unknown key \"conections\"",
	 "\"connections\""},
	{"more than the server has", "server: {limits: {connections: 20001}}\nrooms: [{id: r, name: {en: R}}]\n", 2,
	 "20001 is out of range", "from 0 to 20000"},
	{"a rate beyond any machine", "server: {limits: {requests_per_s: 100001}}\nrooms: [{id: r, name: {en: R}}]\n", 2,
	 "100001 is out of range", "from 0 to 100000"},
	{"negative number", "sound: {complexity: -1}\nrooms: [{id: r, name: {en: R}}]\n", 2, "\"-1\" is no whole number",
	 "from 0 to 10"},
	{"no bit rate of the encoder", "sound: {bitrate_high: 300000}\nrooms: [{id: r, name: {en: R}}]\n", 2, "300000 is out of range", "to 256000"},
	{"a saver that saves nothing", "sound: {bitrate_saver: 64000}\nrooms: [{id: r, name: {en: R}}]\n", 2, "64000 is out of range",
	 "from 6000 to 32000"},
	{"an unknown rendition", "rooms:\n- id: r\n  name: {en: R}\n  rendition: high\n", 5, "\"high\" is not known", "standard or saver"},
	{"neither 10 nor 20", "sound: {frame_ms: 15}\nrooms: [{id: r, name: {en: R}}]\n", 2, "15 is out of range", "10 or 20"},
	{"an octal number", "sound: {bitrate: 032000}\nrooms: [{id: r, name: {en: R}}]\n", 2, "no whole number", "bitrate: 32000"},
	{"yes for true", "rooms:\n- id: r\n  name: {en: R}\n  channels: [{number: 1, language: en-GB, fill: off}]\n", 5, "\"off\"",
	 "true or false"},
	{"unknown word", "rooms:\n- id: r\n  name: {en: R}\n  access: close\n", 5, "\"close\" is not known",
	 "did you mean \"closed\""},
	{"number for a word", "rooms:\n- id: r\n  name: {en: R}\n  access: 1\n", 5, "\"1\" is not known", "open or closed"},
	{"two channels of one number",
	 "rooms:\n- id: r\n  name: {en: R}\n  channels:\n  - {number: 1, language: en-GB}\n  - {number: 1, language: fr-FR}\n", 7,
	 "number \"1\" belongs to the channel in line 6", "its own"},
	{"two channels of one language",
	 "rooms:\n- id: r\n  name: {en: R}\n  channels:\n  - {number: 1, language: en-GB}\n  - {number: 2, language: EN-gb}\n", 7,
	 "language \"EN-gb\" belongs to the channel in line 6", "its own"},
	{"two rooms of one id", "rooms:\n- id: r\n  name: {en: R}\n- id: r\n  name: {en: S}\n", 5, "belongs to the room in line 3",
	 "its own"},
	{"two inputs of one id", "rooms:\n- id: r\n  name: {en: R}\n  inputs:\n  - id: main\n  - id: main\n", 7,
	 "the input in line 6", "its own"},
	{"two booths of one id",
	 "rooms:\n- id: r\n  name: {en: R}\n  channels: [{number: 1, language: en-GB}]\n  booths:\n  - {id: b, outputs: [en-GB]}\n"
	 "  - {id: b, outputs: [en-GB]}\n",
	 8, "the booth in line 7", "its own"},
	{"unknown language", "rooms:\n- id: r\n  name: {en: R}\n  channels: [{number: 1, language: klingon}]\n", 5,
	 "\"klingon\" is not a known language tag", "such as zh-CN"},
	{"language and region swapped", "rooms:\n- id: r\n  name: {en: R}\n  floor_language: CN-zh\n", 5, "CN-zh",
	 "did you mean \"zh-CN\""},
	{"country for language", "rooms:\n- id: r\n  name: {en: R}\n  floor_language: jp\n", 5, "jp", "did you mean \"ja-JP\""},
	{"unknown region", "rooms:\n- id: r\n  name: {en: R}\n  floor_language: en-UK\n", 5, "en-UK", "did you mean \"en-GB\""},
	{"underscore", "rooms:\n- id: r\n  name: {en: R}\n  floor_language: en_GB\n", 5, "en_GB", "did you mean \"en-GB\""},
	{"the language's name", "rooms:\n- id: r\n  name: {en: R}\n  floor_language: french\n", 5, "french",
	 "did you mean \"fr-FR\""},
	{"output that is no channel",
	 "rooms:\n- id: r\n  name: {en: R}\n  channels: [{number: 1, language: en-GB}]\n  booths: [{id: b, outputs: [en-GB, "
	 "fr-FR]}]\n",
	 6, "output \"fr-FR\" is no channel of this room", "one of en-GB"},
	{"output twice",
	 "rooms:\n- id: r\n  name: {en: R}\n  channels: [{number: 1, language: en-GB}]\n  booths: [{id: b, outputs: [en-GB, "
	 "en-gb]}]\n",
	 6, "stands twice", "take one out"},
	{"output in a room without channels", "rooms:\n- id: r\n  name: {en: R}\n  booths: [{id: b, outputs: [fr-FR]}]\n", 5,
	 "the room has none", "channels: ["},
	{"too many outputs",
	 "rooms:\n- id: r\n  name: {en: R}\n  channels: [{number: 1, language: en-GB}]\n  booths: [{id: b, outputs: [en, fr, de, "
	 "it]}]\n",
	 6, "outputs has 4 entries", "at most 3"},
	{"too many desks in a booth",
	 "rooms:\n- id: r\n  name: {en: R}\n  channels: [{number: 1, language: en-GB}]\n  booths: [{id: b, desks: 5, outputs: "
	 "[en-GB]}]\n",
	 6, "5 is out of range", "from 1 to 4"},
	{"certificate without key", "server:\n  certificate: /a.pem\nrooms: [{id: r, name: {en: R}}]\n", 3, "no key", "key: /etc"},
	{"certificate that is nearly the word", "server: {certificate: selfsigned}\nrooms: [{id: r, name: {en: R}}]\n", 2, "no key",
	 "`certificate: self-signed`"},
	{"self-signed with a key", "server:\n  certificate: self-signed\n  key: /a.pem\nrooms: [{id: r, name: {en: R}}]\n", 4,
	 "the server makes the key", "take it out"},
	{"key without certificate", "server:\n  key: /a.pem\nrooms: [{id: r, name: {en: R}}]\n", 3, "no certificate",
	 "certificate: /etc"},
	{"listen without port", "server: {listen: 127.0.0.1}\nrooms: [{id: r, name: {en: R}}]\n", 2, "no address to listen on",
	 "127.0.0.1:8080"},
	{"listen beyond the last port", "server: {listen: '127.0.0.1:65536'}\nrooms: [{id: r, name: {en: R}}]\n", 2,
	 "no address to listen on", "127.0.0.1:8080"},
	{"listen on a name", "server: {listen: 'my.server:80'}\nrooms: [{id: r, name: {en: R}}]\n", 2, "no address to listen on",
	 "in numbers"},
	{"url with a path", "server: {public_url: 'https://a.org/live'}\nrooms: [{id: r, name: {en: R}}]\n", 2, "after the host",
	 "\"https://a.org\""},
	{"origin without scheme", "server: {origins: [a.org]}\nrooms: [{id: r, name: {en: R}}]\n", 2,
	 "does not begin with https://", "https://live"},
	{"identifier with a blank", "rooms:\n- id: Main Hall\n  name: {en: R}\n", 3, "no identifier", "\"main-hall\""},
	{"identifier too long", "rooms:\n- id: abcdefghijklmnopqrstuvwxyz-abcdef\n  name: {en: R}\n", 3, "33 bytes", "at most 31"},
	{"unreadable time",
	 "rooms:\n- id: r\n  name: {en: R}\n  programme:\n  - {starts: 21.3.2025 9 Uhr, ends: 2025-03-21 10:00, title: {en: T}}\n",
	 6, "cannot be read as a time", "2025-03-21 09:00"},
	{"no such day",
	 "rooms:\n- id: r\n  name: {en: R}\n  programme:\n  - {starts: 2025-02-29 09:00, ends: 2025-03-21 10:00, title: {en: T}}\n",
	 6, "no day of the calendar", "2025-03-21"},
	{"no such hour",
	 "rooms:\n- id: r\n  name: {en: R}\n  programme:\n  - {starts: 2025-03-21 09:00, ends: 2025-03-21 24:00, title: {en: T}}\n",
	 6, "no time of the day", "23:59"},
	{"ends before it starts",
	 "rooms:\n- id: r\n  name: {en: R}\n  programme:\n  - starts: 2025-03-21 09:00\n    ends: 2025-03-20 10:00\n    title: "
	 "{en: T}\n",
	 7, "not after the start", "later time"},
	{"key twice", "rooms:\n- id: r\n  name: {en: R}\n  id: s\n", 5, "\"id\" stands in line 3 already", "keep one"},
	{"section twice", "rooms: [{id: r, name: {en: R}}]\nrooms: [{id: s, name: {en: R}}]\n", 3, "\"rooms\" stands in line 2",
	 "keep one"},
	{"tab", "rooms:\n- id: r\n\tname: {en: R}\n", 4, "a tab", "spaces"},
	{"no YAML", "rooms: [\n", 3, "this is no YAML", "look at"},
	{"alias", "rooms: &rooms [{id: r, name: {en: R}}]\nother: *rooms\n", 2, "an anchor", "write the value itself"},
	{"second document", "rooms: [{id: r, name: {en: R}}]\n---\nevent: {}\n", 3, "second document", "take out"},
	{"not UTF-8", "rooms: [{id: r, name: {fr: \xe9t\xe9}}]\n", 2, "UTF-8", "save the file"},
	{"list as a key", "rooms: [{id: r, name: {en: R}}]\n? [a]\n: 1\n", 3, "a key is one word", "key: value"},
};

static void every_mistake_is_told_with_line_and_remedy(void **state)
{
	struct fixture *fixture = *state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		char text[2048];
		snprintf(text, sizeof(text), EVENT "%s", mistakes[i].text);
		if (load(fixture, text) == 0)
			fail_msg("%s: taken", mistakes[i].about);
		assert_told(fixture, mistakes[i].line, mistakes[i].told);
		assert_told(fixture, mistakes[i].line, mistakes[i].remedy);
	}
}

static void time_zone_is_suggested(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(load(fixture, "event: {id: e, name: {en: E}, timezone: Asia/Shanghia}\nrooms: [{id: r, name: {en: R}}]\n"),
			 -1);
	assert_told(fixture, 1, "did you mean \"Asia/Shanghai\"?");
	assert_int_equal(load(fixture, "event: {id: e, name: {en: E}, timezone: Beijing time}\nrooms: [{id: r, name: {en: R}}]\n"),
			 -1);
	assert_told(fixture, 1, "such as Asia/Shanghai");
}

static void all_mistakes_are_told_at_once_in_the_order_of_lines(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(load(fixture, "event: {id: E 1, name: {en: E}}\n"
				       "rooms:\n"
				       "- id: r\n"
				       "  name: {en: R}\n"
				       "  acces: open\n"
				       "  channels:\n"
				       "  - {number: one, language: zz-ZZ}\n"
				       "  - {number: 2, language: en-GB}\n"
				       "  - {number: 2, language: en-GB}\n"
				       "  booths: [{id: b, outputs: [it-IT]}]\n"
				       "sound: {bitrate: 1}\n"),
			 -1);
	static const unsigned lines[] = {1, 5, 7, 7, 9, 9, 10, 11};
	const char *at = fixture->errors.at;
	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(strtoul(at + strlen(fixture->path) + 1, NULL, 10), lines[i]);
		at = strchr(at, '\n') + 1;
	}
	assert_string_equal(at, "");
}

static void a_flood_of_mistakes_is_counted(void **state)
{
	struct fixture *fixture = *state;
	struct text text;
	text_init(&text, 100000);
	text_add(&text, EVENT "rooms: [{id: r, name: {en: R}}]\n");
	for (int i = 0; i < 80; i++)
		text_add(&text, "unknown_%d: 1\n", i);
	assert_int_equal(load(fixture, text.at), -1);
	text_free(&text);
	assert_int_equal(count_errors(fixture), 51);
	assert_non_null(strstr(fixture->errors.at, "and 30 more mistakes"));
}

static void too_many_desks_in_a_room(void **state)
{
	struct fixture *fixture = *state;
	struct text text;
	text_init(&text, 100000);
	text_add(&text, EVENT "rooms:\n- id: r\n  name: {en: R}\n  channels: [{number: 1, language: en-GB}]\n  booths:\n");
	for (int i = 0; i < 16; i++)
		text_add(&text, "  - {id: b%d, desks: 4, outputs: [en-GB]}\n", i);
	load_good(fixture, text.at);
	text_add(&text, "  - {id: last, outputs: [en-GB]}\n");
	assert_int_equal(load(fixture, text.at), -1);
	text_free(&text);
	assert_told(fixture, 7, "66 desks; at most 64");
}

static void files_that_are_no_settings(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(load(fixture, ""), -1);
	assert_told(fixture, 1, "the file is empty");
	assert_int_equal(load(fixture, "# only words\n"), -1);
	assert_told(fixture, 1, "the file is empty");
	assert_int_equal(load(fixture, "Hello.\n"), -1);
	assert_told(fixture, 1, "the file is a single value");
	assert_int_equal(load_bytes(fixture, "event:\n\0\n", 9), -1);
	assert_told(fixture, 2, "zero byte");
	assert_int_equal(settings_load(&fixture->settings, fixture->folder, &fixture->errors), -1);
	assert_non_null(strstr(fixture->errors.at, "is a folder"));
	assert_int_equal(settings_load(&fixture->settings, "/nowhere/at-all.yaml", &fixture->errors), -1);
	assert_non_null(strstr(fixture->errors.at, "/nowhere/at-all.yaml: cannot be read: No such file"));
}

static void a_file_that_is_too_large(void **state)
{
	struct fixture *fixture = *state;
	size_t size = 1024 * 1024 + 1;
	char *bytes = malloc(size);
	memset(bytes, '#', size);
	assert_int_equal(load_bytes(fixture, bytes, size), -1);
	free(bytes);
	assert_non_null(strstr(fixture->errors.at, "larger than 1 MB"));
}

/* libyaml's own guard, and that the walk survives what it lets through. */
static void deep_nesting_ends_in_a_mistake(void **state)
{
	struct fixture *fixture = *state;
	static char text[20000] = "rooms: ";
	memset(text + 7, '[', 9000);
	memset(text + 9007, ']', 9000);
	assert_int_equal(load(fixture, text), -1);
	assert_true(count_errors(fixture) >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(demo_event_has_the_names_others_rely_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(minimal_file_gets_every_default, set_up, tear_down),
		cmocka_unit_test_setup_teardown(written_zeros_are_not_defaults, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_address_never_has_all_connections_by_default, set_up, tear_down),
		cmocka_unit_test_setup_teardown(limits_as_written, set_up, tear_down),
		cmocka_unit_test_setup_teardown(tags_become_canonical_and_labels_are_in_their_own_language, set_up, tear_down),
		cmocka_unit_test_setup_teardown(relative_certificate_starts_at_the_files_folder, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_self_signed_certificate_is_no_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(break_music_of_the_event_and_of_a_room, set_up, tear_down),
		cmocka_unit_test_setup_teardown(times_are_those_of_the_event, set_up, tear_down),
		cmocka_unit_test(names_fall_back),
		cmocka_unit_test_setup_teardown(every_mistake_is_told_with_line_and_remedy, set_up, tear_down),
		cmocka_unit_test_setup_teardown(time_zone_is_suggested, set_up, tear_down),
		cmocka_unit_test_setup_teardown(all_mistakes_are_told_at_once_in_the_order_of_lines, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_flood_of_mistakes_is_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(too_many_desks_in_a_room, set_up, tear_down),
		cmocka_unit_test_setup_teardown(files_that_are_no_settings, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_file_that_is_too_large, set_up, tear_down),
		cmocka_unit_test_setup_teardown(deep_nesting_ends_in_a_mistake, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
