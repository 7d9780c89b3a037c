/* The settings file (YAML): what an operator writes, read by libcyaml after a schema, with every default filled in.
 *
 * Strings and arrays belong to `struct settings` and live until settings_free(). An absent optional string is NULL.
 * Names in several languages: at least one is there.
 */
#ifndef SETTINGS_SETTINGS_H
#define SETTINGS_SETTINGS_H

#include "base/text.h"
#include "boothcast/limits.h"

#include <stdbool.h>
#include <stdint.h>

/* One name in the languages of the pages. NULL where none is given; settings_name() falls back. */
struct settings_names {
	char *zh, *en, *fr, *es, *ru, *ar;
};

enum settings_access { ACCESS_OPEN, ACCESS_CLOSED };
enum settings_rendition { SETTINGS_STANDARD, SETTINGS_SAVER };
enum settings_floor { FLOOR_SWITCHED, FLOOR_MIXED };
enum settings_interlock { INTERLOCK_NONE, INTERLOCK_FIRST, INTERLOCK_OVERRIDE, INTERLOCK_TOGGLE };

struct settings_input {
	char *id;                    /* main, backup */
	struct settings_names *name; /* may be NULL */
};

struct settings_channel {
	uint8_t number;                    /* 1 .. CHANNELS_MAX-1, unique in its room */
	char *language;                    /* canonical BCP 47, such as zh-CN; unique in its room */
	char *label;                       /* in its own language; the default is what ICU says, such as 中文 */
	bool fill;                         /* floor-fill; default true */
	enum settings_interlock interlock; /* none, interlock (default), override, toggle-override */
};

struct settings_booth {
	char *id;
	uint8_t desks;  /* 1 .. DESKS_PER_BOOTH_MAX, default 2 */
	char **outputs; /* language tags, each a channel of the room: A, B, C */
	unsigned outputs_count;
};

struct settings_session {
	char *starts, *ends; /* local time of the event: 2025-03-21 09:00 */
	struct settings_names *title;
	char *speaker;  /* may be NULL */
	char *language; /* of the floor, may be NULL */
};

struct settings_room {
	char *id;
	struct settings_names *name;
	enum settings_access access; /* open (default), closed */
	enum settings_rendition rendition; /* what a listener gets who leaves the choice to the server: standard (default), or saver */
	enum settings_floor floor;   /* switched (default): one input at a time, the others spare; mixed: all of them at once */
	char *floor_language;        /* what is spoken while no session of the programme is on, may be NULL: not known */
	char *break_music;           /* a sound file, the event's when the room has none of its own; may be NULL */
	struct settings_names *emergency_text; /* what is offered to be said in an emergency; may be NULL */
	struct settings_input *inputs;
	unsigned inputs_count; /* at least 1 */
	struct settings_channel *channels;
	unsigned channels_count;
	struct settings_booth *booths;
	unsigned booths_count;
	struct settings_session *programme;
	unsigned programme_count;
};

/* Shares of one client address; 0: no limit. */
struct settings_limits {
	unsigned connections;      /* at once; default ADDRESS_CONNECTIONS, at most nine tenths of the server's */
	unsigned handshakes;       /* connections that have not sent a request yet, at once; default ADDRESS_HANDSHAKES */
	unsigned handshakes_per_s; /* new connections; default ADDRESS_HANDSHAKES_PER_S */
	unsigned requests_per_s;   /* default ADDRESS_REQUESTS_PER_S */
};

struct settings {
	struct settings_event {
		char *id;
		struct settings_names *name;
		struct settings_names *place; /* may be NULL */
		char *timezone;               /* such as Asia/Shanghai; may be NULL */
		char *break_music;            /* of every room without its own; may be NULL; a relative path as for `key` */
	} event;
	struct settings_server {
		char *listen;            /* HOST:PORT, default 127.0.0.1:8080; [::]:8080 for all */
		char *public_url;        /* how listeners reach it, for links; may be NULL */
		char *certificate, *key; /* PEM files; both or none; a relative path starts at the settings file's folder */
		char **origins;          /* pages of other sites that may connect, such as https://example.org */
		unsigned origins_count;
		unsigned connections; /* default and bound: CONNECTIONS_MAX */
		unsigned loops;       /* event loops that serve connections, 1 .. LOOPS_MAX; default 0: one a core */
		struct settings_limits limits;
	} server;
	struct settings_sound {
		unsigned frame_ms;       /* 20 (default) or 10 */
		unsigned bitrate;        /* standard rendition, bit/s, default 32000 */
		unsigned bitrate_high;   /* interpreters' rendition, default 64000 */
		unsigned bitrate_saver;  /* of the rendition for thin lines, default 14000 */
		unsigned complexity;     /* of the encoder, 0-10, default 5 */
		unsigned encode_threads; /* default 1; 0 encodes on the loop */
	} sound;
	struct settings_room *rooms;
	unsigned rooms_count;
};

/* Reads and checks a file. On success `*out` is set (the caller frees it with settings_free()) and 0 is returned.
 * Otherwise -1, and `errors` holds one line for each mistake: FILE:LINE: what is wrong; what to write instead. */
int settings_load(struct settings **out, const char *path, struct text *errors);
void settings_free(struct settings *settings);

/* The name in the language, else in English, else in any. Never NULL; "" when `names` is NULL. */
const char *settings_name(const struct settings_names *names, const char *language);
/* What stands in `certificate`, with no `key`, for one that the server makes by itself. */
#define SETTINGS_SELF_SIGNED "self-signed"
bool settings_self_signed(const struct settings *settings);
/* NULL when there is none. */
const struct settings_room *settings_find_room(const struct settings *settings, const char *id);
/* NULL when the room has none of this name. */
const struct settings_booth *settings_find_booth(const struct settings_room *room, const char *id);

/* The time that YYYY-MM-DD HH:MM (as in the programme) is in the event's time zone, or in this machine's when the event names none:
 * seconds since 1970. False when it is no such time. */
bool settings_time_s(const struct settings *settings, const char *written, int64_t *seconds);

#endif
