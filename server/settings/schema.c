/* The schema and its rules: the one place where a key of the settings file is written down.
 *
 *   schema_file --- cyaml_load_data() -> struct settings       (load.c)
 *        |
 *        +-------- shape_check(): the same tree against the YAML nodes, with lines (shape.c)
 *
 * A new key needs a member in settings.h, a field here, a rule here when it has bounds or a format, and a default in
 * defaults.c. Read by shape.c and load.c; checks nothing itself.
 */
#include "settings/schema.h"

#include "settings/format.h"
#include "settings/settings.h"

#include <stddef.h>
#include <string.h>

/* Titles of events and sessions, bytes: a line of a programme. Longer than a name on a button (LABEL_SIZE). */
#define TITLE_MAX 300
/* Paths and addresses, bytes. */
#define PATH_LENGTH_MAX 1000
/* Pages of other sites that may connect: a handful in practice. */
#define ORIGINS_MAX 32

#define OPTIONAL CYAML_FLAG_OPTIONAL
#define REQUIRED CYAML_FLAG_DEFAULT
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const cyaml_strval_t access_words[] = {{"open", ACCESS_OPEN}, {"closed", ACCESS_CLOSED}};

static const cyaml_strval_t rendition_words[] = {{"standard", SETTINGS_STANDARD}, {"saver", SETTINGS_SAVER}};

static const cyaml_strval_t floor_words[] = {{"switched", FLOOR_SWITCHED}, {"mixed", FLOOR_MIXED}};

static const cyaml_strval_t interlock_words[] = {
	{"none", INTERLOCK_NONE},
	{"interlock", INTERLOCK_FIRST},
	{"override", INTERLOCK_OVERRIDE},
	{"toggle-override", INTERLOCK_TOGGLE},
};

#define NAMES(max) WORDS(zh, max), WORDS(en, max), WORDS(fr, max), WORDS(es, max), WORDS(ru, max), WORDS(ar, max), CYAML_FIELD_END
#define WORDS(language, max) CYAML_FIELD_STRING_PTR(#language, OPTIONAL, struct settings_names, language, 1, max)

static const cyaml_schema_field_t name_fields[] = {NAMES(TITLE_MAX)};
static const cyaml_schema_field_t emergency_fields[] = {NAMES(EMERGENCY_TEXT_SIZE - 1)};

static const cyaml_schema_field_t event_fields[] = {
	CYAML_FIELD_STRING_PTR("id", REQUIRED, struct settings_event, id, 1, NAME_SIZE - 1),
	CYAML_FIELD_MAPPING_PTR("name", REQUIRED, struct settings_event, name, name_fields),
	CYAML_FIELD_MAPPING_PTR("place", OPTIONAL, struct settings_event, place, name_fields),
	CYAML_FIELD_STRING_PTR("timezone", OPTIONAL, struct settings_event, timezone, 1, TITLE_MAX),
	CYAML_FIELD_STRING_PTR("break_music", OPTIONAL, struct settings_event, break_music, 1, PATH_LENGTH_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t origin = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, PATH_LENGTH_MAX)};

static const cyaml_schema_field_t limit_fields[] = {
	CYAML_FIELD_UINT("connections", OPTIONAL, struct settings_limits, connections),
	CYAML_FIELD_UINT("handshakes", OPTIONAL, struct settings_limits, handshakes),
	CYAML_FIELD_UINT("handshakes_per_s", OPTIONAL, struct settings_limits, handshakes_per_s),
	CYAML_FIELD_UINT("requests_per_s", OPTIONAL, struct settings_limits, requests_per_s),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t server_fields[] = {
	CYAML_FIELD_STRING_PTR("listen", OPTIONAL, struct settings_server, listen, 1, PATH_LENGTH_MAX),
	CYAML_FIELD_STRING_PTR("public_url", OPTIONAL, struct settings_server, public_url, 1, PATH_LENGTH_MAX),
	CYAML_FIELD_STRING_PTR("certificate", OPTIONAL, struct settings_server, certificate, 1, PATH_LENGTH_MAX),
	CYAML_FIELD_STRING_PTR("key", OPTIONAL, struct settings_server, key, 1, PATH_LENGTH_MAX),
	CYAML_FIELD_SEQUENCE("origins", OPTIONAL | CYAML_FLAG_POINTER, struct settings_server, origins, &origin, 0, ORIGINS_MAX),
	CYAML_FIELD_UINT("connections", OPTIONAL, struct settings_server, connections),
	CYAML_FIELD_UINT("loops", OPTIONAL, struct settings_server, loops),
	CYAML_FIELD_MAPPING("limits", OPTIONAL, struct settings_server, limits, limit_fields),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t sound_fields[] = {
	CYAML_FIELD_UINT("frame_ms", OPTIONAL, struct settings_sound, frame_ms),
	CYAML_FIELD_UINT("bitrate", OPTIONAL, struct settings_sound, bitrate),
	CYAML_FIELD_UINT("bitrate_high", OPTIONAL, struct settings_sound, bitrate_high),
	CYAML_FIELD_UINT("bitrate_saver", OPTIONAL, struct settings_sound, bitrate_saver),
	CYAML_FIELD_UINT("complexity", OPTIONAL, struct settings_sound, complexity),
	CYAML_FIELD_UINT("encode_threads", OPTIONAL, struct settings_sound, encode_threads),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t input_fields[] = {
	CYAML_FIELD_STRING_PTR("id", REQUIRED, struct settings_input, id, 1, NAME_SIZE - 1),
	CYAML_FIELD_MAPPING_PTR("name", OPTIONAL, struct settings_input, name, name_fields),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t channel_fields[] = {
	CYAML_FIELD_UINT("number", REQUIRED, struct settings_channel, number),
	CYAML_FIELD_STRING_PTR("language", REQUIRED, struct settings_channel, language, 1, TAG_SIZE - 1),
	CYAML_FIELD_STRING_PTR("label", OPTIONAL, struct settings_channel, label, 1, LABEL_SIZE - 1),
	CYAML_FIELD_BOOL("fill", OPTIONAL, struct settings_channel, fill),
	CYAML_FIELD_ENUM("interlock", OPTIONAL | CYAML_FLAG_STRICT, struct settings_channel, interlock, interlock_words,
			 LENGTH(interlock_words)),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t output = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, TAG_SIZE - 1)};

static const cyaml_schema_field_t booth_fields[] = {
	CYAML_FIELD_STRING_PTR("id", REQUIRED, struct settings_booth, id, 1, NAME_SIZE - 1),
	CYAML_FIELD_UINT("desks", OPTIONAL, struct settings_booth, desks),
	CYAML_FIELD_SEQUENCE("outputs", CYAML_FLAG_POINTER, struct settings_booth, outputs, &output, 1, OUTPUTS_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t session_fields[] = {
	CYAML_FIELD_STRING_PTR("starts", REQUIRED, struct settings_session, starts, 1, TITLE_MAX),
	CYAML_FIELD_STRING_PTR("ends", REQUIRED, struct settings_session, ends, 1, TITLE_MAX),
	CYAML_FIELD_MAPPING_PTR("title", REQUIRED, struct settings_session, title, name_fields),
	CYAML_FIELD_STRING_PTR("speaker", OPTIONAL, struct settings_session, speaker, 1, TITLE_MAX),
	CYAML_FIELD_STRING_PTR("language", OPTIONAL, struct settings_session, language, 1, TAG_SIZE - 1),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t input = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct settings_input, input_fields)};
static const cyaml_schema_value_t channel = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct settings_channel, channel_fields)};
static const cyaml_schema_value_t booth = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct settings_booth, booth_fields)};
static const cyaml_schema_value_t session = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct settings_session, session_fields)};

#define LIST_FIELD(key, member, entry, max)                                                                                        \
	CYAML_FIELD_SEQUENCE(key, OPTIONAL | CYAML_FLAG_POINTER, struct settings_room, member, entry, 0, max)

static const cyaml_schema_field_t room_fields[] = {
	CYAML_FIELD_STRING_PTR("id", REQUIRED, struct settings_room, id, 1, NAME_SIZE - 1),
	CYAML_FIELD_MAPPING_PTR("name", REQUIRED, struct settings_room, name, name_fields),
	CYAML_FIELD_ENUM("access", OPTIONAL | CYAML_FLAG_STRICT, struct settings_room, access, access_words, LENGTH(access_words)),
	CYAML_FIELD_ENUM("rendition", OPTIONAL | CYAML_FLAG_STRICT, struct settings_room, rendition, rendition_words,
			 LENGTH(rendition_words)),
	CYAML_FIELD_ENUM("floor", OPTIONAL | CYAML_FLAG_STRICT, struct settings_room, floor, floor_words, LENGTH(floor_words)),
	CYAML_FIELD_STRING_PTR("floor_language", OPTIONAL, struct settings_room, floor_language, 1, TAG_SIZE - 1),
	CYAML_FIELD_STRING_PTR("break_music", OPTIONAL, struct settings_room, break_music, 1, PATH_LENGTH_MAX),
	CYAML_FIELD_MAPPING_PTR("emergency_text", OPTIONAL, struct settings_room, emergency_text, emergency_fields),
	LIST_FIELD("inputs", inputs, &input, INPUTS_MAX),
	LIST_FIELD("channels", channels, &channel, CHANNELS_MAX - 1),
	LIST_FIELD("booths", booths, &booth, BOOTHS_MAX),
	LIST_FIELD("programme", programme, &session, PROGRAMME_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t room = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct settings_room, room_fields)};

static const cyaml_schema_field_t file_fields[] = {
	CYAML_FIELD_MAPPING("event", REQUIRED, struct settings, event, event_fields),
	CYAML_FIELD_MAPPING("server", OPTIONAL, struct settings, server, server_fields),
	CYAML_FIELD_MAPPING("sound", OPTIONAL, struct settings, sound, sound_fields),
	CYAML_FIELD_SEQUENCE("rooms", CYAML_FLAG_POINTER, struct settings, rooms, &room, 1, ROOMS_MAX),
	CYAML_FIELD_END,
};

const cyaml_schema_value_t schema_file = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct settings, file_fields)};

#define NAME_EXAMPLE "name: {zh: 主会场, en: Main hall}"

static const struct schema_rule rules[] = {
	{"", .noun = "the file"},
	{"event", .example = "event: {id: spring-2025, name: {en: Spring conference}}"},
	{"event.id", .example = "id: spring-2025", .format = format_id},
	{"event.name", .noun = "the event's name", .example = "name: {zh: 春季会议, en: Spring conference}"},
	{"event.place", .noun = "the event's place", .example = "place: {zh: 成都, en: Chengdu}"},
	{"event.timezone", .example = "timezone: Asia/Shanghai", .format = format_timezone},
	{"event.break_music", .example = "break_music: /srv/event/break.wav"},
	{"server", .example = "server: {listen: 127.0.0.1:8080}"},
	{"server.listen", .example = "listen: 127.0.0.1:8080", .format = format_listen},
	{"server.public_url", .example = "public_url: https://live.example.org", .format = format_origin},
	{"server.certificate", .example = "certificate: /etc/boothcast/fullchain.pem"},
	{"server.key", .example = "key: /etc/boothcast/privkey.pem"},
	{"server.origins", .example = "origins: [https://www.example.org]"},
	{"server.origins[]", .noun = "an origin", .example = "https://www.example.org", .format = format_origin},
	{"server.connections", .example = "connections: 2000", .min = 1, .max = CONNECTIONS_MAX},
	{"server.loops", .example = "loops: 2", .min = 1, .max = LOOPS_MAX},
	{"server.limits", .example = "limits: {connections: 6000, requests_per_s: 2000}"},
	{"server.limits.connections", .example = "connections: 6000", .max = CONNECTIONS_MAX},
	{"server.limits.handshakes", .example = "handshakes: 2000", .max = CONNECTIONS_MAX},
	{"server.limits.handshakes_per_s", .example = "handshakes_per_s: 500", .max = ADDRESS_RATE_MAX},
	{"server.limits.requests_per_s", .example = "requests_per_s: 2000", .max = ADDRESS_RATE_MAX},
	{"sound", .example = "sound: {bitrate: 32000}"},
	{"sound.frame_ms", .example = "frame_ms: 20", .min = 10, .max = 20, .step = 10},
	{"sound.bitrate", .example = "bitrate: 32000", .min = 6000, .max = 256000},
	{"sound.bitrate_high", .example = "bitrate_high: 64000", .min = 6000, .max = 256000},
	{"sound.bitrate_saver", .example = "bitrate_saver: 14000", .min = 6000, .max = 32000},
	{"sound.complexity", .example = "complexity: 5", .min = 0, .max = 10},
	{"sound.encode_threads", .example = "encode_threads: 1", .min = 0, .max = 8},
	{"rooms", .example = "rooms: [{id: hall, name: {en: Main hall}}]"},
	{"rooms[]", .noun = "a room", .example = "- {id: hall, name: {en: Main hall}}"},
	{"rooms[].id", .example = "id: hall", .format = format_id},
	{"rooms[].name", .noun = "the room's name", .example = NAME_EXAMPLE},
	{"rooms[].access", .example = "access: open"},
	{"rooms[].rendition", .example = "rendition: saver"},
	{"rooms[].floor", .example = "floor: mixed"},
	{"rooms[].floor_language", .example = "floor_language: zh-CN", .format = format_language},
	{"rooms[].break_music", .example = "break_music: /srv/event/break.wav"},
	{"rooms[].emergency_text", .noun = "the room's emergency text",
	 .example = "emergency_text: {zh: 请从最近的出口离开, en: Please leave by the nearest exit}"},
	{"rooms[].inputs", .example = "inputs: [{id: main}, {id: backup}]"},
	{"rooms[].inputs[]", .noun = "an input", .example = "- {id: main}"},
	{"rooms[].inputs[].id", .example = "id: main", .format = format_id},
	{"rooms[].inputs[].name", .noun = "the input's name", .example = "name: {en: Mixing desk}"},
	{"rooms[].channels", .example = "channels: [{number: 1, language: zh-CN}, {number: 2, language: en-GB}]"},
	{"rooms[].channels[]", .noun = "a channel", .example = "- {number: 2, language: en-GB}"},
	{"rooms[].channels[].number", .example = "number: 2", .min = 1, .max = CHANNELS_MAX - 1},
	{"rooms[].channels[].language", .example = "language: en-GB", .format = format_language},
	{"rooms[].channels[].label", .example = "label: English"},
	{"rooms[].channels[].fill", .example = "fill: true"},
	{"rooms[].channels[].interlock", .example = "interlock: override"},
	{"rooms[].booths", .example = "booths: [{id: zh-en, outputs: [en-GB, zh-CN]}]"},
	{"rooms[].booths[]", .noun = "a booth", .example = "- {id: zh-en, outputs: [en-GB, zh-CN]}"},
	{"rooms[].booths[].id", .example = "id: zh-en", .format = format_id},
	{"rooms[].booths[].desks", .example = "desks: 2", .min = 1, .max = DESKS_PER_BOOTH_MAX},
	{"rooms[].booths[].outputs", .example = "outputs: [en-GB, zh-CN]"},
	{"rooms[].booths[].outputs[]", .noun = "an output", .example = "en-GB", .format = format_language},
	{"rooms[].programme", .example = "programme: [{starts: 2025-03-21 09:00, ends: 2025-03-21 10:30, title: {en: Opening}}]"},
	{"rooms[].programme[]", .noun = "a session",
	 .example = "- {starts: 2025-03-21 09:00, ends: 2025-03-21 10:30, title: {en: Opening}}"},
	{"rooms[].programme[].starts", .example = "starts: 2025-03-21 09:00", .format = format_time},
	{"rooms[].programme[].ends", .example = "ends: 2025-03-21 10:30", .format = format_time},
	{"rooms[].programme[].title", .noun = "the session's title", .example = "title: {zh: 开幕式, en: Opening ceremony}"},
	{"rooms[].programme[].speaker", .example = "speaker: Li Na"},
	{"rooms[].programme[].language", .example = "language: zh-CN", .format = format_language},
};

const struct schema_rule *schema_rule(const char *path)
{
	for (size_t i = 0; i < LENGTH(rules); i++)
		if (strcmp(rules[i].path, path) == 0)
			return &rules[i];
	return NULL;
}
