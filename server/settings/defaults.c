/* Fills every default in, and writes every language tag in its canonical form. libcyaml leaves an absent number at 0 and an
 * absent string at NULL; where 0 could also have been written, the document is asked whether the key is there.
 *
 * Everything is allocated with malloc, as libcyaml does, so that cyaml_free() frees it. Called by load.c with a file that
 * has no mistakes.
 */
#include "settings/defaults.h"

#include "base/check.h"
#include "settings/language.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_LISTEN "127.0.0.1:8080"
#define DEFAULT_INPUT "main"

/* Frees what was there. */
static void set_string(char **to, const char *value)
{
	free(*to);
	*to = check_alloc(strdup(value));
}

static void make_canonical(char **tag)
{
	char canonical[TAG_SIZE];
	if (*tag == NULL)
		return;
	check(language_canonical(*tag, canonical));
	set_string(tag, canonical);
}

static void set_number(unsigned *number, unsigned value, struct document *document, const yaml_node_t *mapping, const char *key)
{
	if (node_get(document, mapping, key) == NULL)
		*number = value;
}

/* A relative path starts at the folder of the settings file, wherever the server was started. */
static void make_path(char **path, const char *file)
{
	const char *slash = strrchr(file, '/');
	char *joined = NULL;
	if (*path == NULL || (*path)[0] == '/' || slash == NULL)
		return;
	check_alloc(asprintf(&joined, "%.*s%s", (int)(slash + 1 - file), file, *path) < 0 ? NULL : joined);
	free(*path);
	*path = joined;
}

/* One address never has all connections, unless the file says so. */
static unsigned connections_of_one(unsigned connections)
{
	unsigned share = (unsigned)((uint64_t)connections * 9 / 10);
	share = share > 0 ? share : 1;
	return share < ADDRESS_CONNECTIONS ? share : ADDRESS_CONNECTIONS;
}

static void fill_limits(struct settings_server *server, struct document *document, const yaml_node_t *server_node)
{
	struct settings_limits *limits = &server->limits;
	const yaml_node_t *node = node_get(document, server_node, "limits");
	set_number(&limits->connections, connections_of_one(server->connections), document, node, "connections");
	set_number(&limits->handshakes, ADDRESS_HANDSHAKES, document, node, "handshakes");
	set_number(&limits->handshakes_per_s, ADDRESS_HANDSHAKES_PER_S, document, node, "handshakes_per_s");
	set_number(&limits->requests_per_s, ADDRESS_REQUESTS_PER_S, document, node, "requests_per_s");
}

static void fill_server(struct settings_server *server, struct document *document, const char *path)
{
	const yaml_node_t *node = node_get(document, document->root, "server");
	if (server->listen == NULL)
		set_string(&server->listen, DEFAULT_LISTEN);
	set_number(&server->connections, CONNECTIONS_MAX, document, node, "connections");
	fill_limits(server, document, node);
	if (server->key == NULL)
		return; /* no certificate, or no file of that name: SETTINGS_SELF_SIGNED */
	make_path(&server->certificate, path);
	make_path(&server->key, path);
}

static void fill_sound(struct settings_sound *sound, struct document *document)
{
	const yaml_node_t *node = node_get(document, document->root, "sound");
	set_number(&sound->frame_ms, 20, document, node, "frame_ms");
	set_number(&sound->bitrate, 32000, document, node, "bitrate");
	set_number(&sound->bitrate_high, 64000, document, node, "bitrate_high");
	set_number(&sound->bitrate_saver, 14000, document, node, "bitrate_saver");
	set_number(&sound->complexity, 5, document, node, "complexity");
	set_number(&sound->encode_threads, 1, document, node, "encode_threads");
}

static void fill_inputs(struct settings_room *room)
{
	if (room->inputs_count > 0)
		return;
	free(room->inputs); /* an empty list */
	room->inputs = check_alloc(calloc(1, sizeof(*room->inputs)));
	room->inputs_count = 1;
	set_string(&room->inputs[0].id, DEFAULT_INPUT);
}

static void fill_channels(struct settings_room *room, struct document *document, const yaml_node_t *node)
{
	const yaml_node_t *channels = node_get(document, node, "channels");
	for (unsigned i = 0; i < room->channels_count; i++) {
		struct settings_channel *channel = &room->channels[i];
		const yaml_node_t *written = node_at(document, channels, i);
		make_canonical(&channel->language);
		if (node_get(document, written, "fill") == NULL)
			channel->fill = true;
		if (node_get(document, written, "interlock") == NULL)
			channel->interlock = INTERLOCK_FIRST;
	}
}

/* How many channels of the room have the plain name of this one's language. */
static unsigned count_alike(const struct settings_room *room, const char *label)
{
	char other[LABEL_SIZE];
	unsigned count = 0;
	for (unsigned i = 0; i < room->channels_count; i++) {
		language_label(room->channels[i].language, false, other);
		count += strcmp(other, label) == 0;
	}
	return count;
}

/* Two channels of one language (en-GB and en-US) get their region added, so that listeners can tell them apart. */
static void fill_labels(struct settings_room *room)
{
	char label[LABEL_SIZE];
	for (unsigned i = 0; i < room->channels_count; i++) {
		struct settings_channel *channel = &room->channels[i];
		if (channel->label != NULL)
			continue;
		language_label(channel->language, false, label);
		if (count_alike(room, label) > 1)
			language_label(channel->language, true, label);
		set_string(&channel->label, label);
	}
}

static void fill_music(struct settings_room *room, const char *of_event, const char *file)
{
	make_path(&room->break_music, file);
	if (room->break_music == NULL && of_event != NULL)
		set_string(&room->break_music, of_event);
}

static void fill_room(struct settings_room *room, struct document *document, const yaml_node_t *node)
{
	make_canonical(&room->floor_language);
	fill_inputs(room);
	fill_channels(room, document, node);
	fill_labels(room);
	for (unsigned i = 0; i < room->booths_count; i++) {
		struct settings_booth *booth = &room->booths[i];
		if (booth->desks == 0)
			booth->desks = DESKS_PER_BOOTH_DEFAULT;
		for (unsigned j = 0; j < booth->outputs_count; j++)
			make_canonical(&booth->outputs[j]);
	}
	for (unsigned i = 0; i < room->programme_count; i++)
		make_canonical(&room->programme[i].language);
}

void defaults_fill(struct settings *settings, struct document *document, const char *path)
{
	const yaml_node_t *rooms = node_get(document, document->root, "rooms");
	fill_server(&settings->server, document, path);
	fill_sound(&settings->sound, document);
	make_path(&settings->event.break_music, path);
	for (unsigned i = 0; i < settings->rooms_count; i++) {
		fill_room(&settings->rooms[i], document, node_at(document, rooms, i));
		fill_music(&settings->rooms[i], settings->event.break_music, path);
	}
}
