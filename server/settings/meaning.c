/* Contradictions of a settings file, found on its nodes, so that they can be told together with every slip of shape.c. Every
 * question is asked so that it answers "nothing wrong" when a part is missing or of another type.
 *
 *   server    certificate <-> key, but for one that is self-signed
 *   rooms     ids once
 *   a room    numbers, languages and ids once; outputs are channels; desks fit; sessions end after they start
 */
#include "settings/meaning.h"

#include "boothcast/limits.h"
#include "settings/defaults.h"
#include "settings/format.h"
#include "settings/language.h"
#include "settings/settings.h"

#include <stdlib.h>
#include <string.h>

struct meaning {
	struct document *document;
	struct mistakes *mistakes;
};

/* The text under a key of a mapping, NULL when there is none. */
static const char *text_of(struct meaning *meaning, const yaml_node_t *mapping, const char *key)
{
	return node_text(node_get(meaning->document, mapping, key));
}

/* Two values that mean the same: languages by their canonical form, everything else letter by letter. */
static bool equal(const char *a, const char *b)
{
	char tag_a[TAG_SIZE], tag_b[TAG_SIZE];
	if (strcmp(a, b) == 0)
		return true;
	return language_canonical(a, tag_a) && language_canonical(b, tag_b) && strcmp(tag_a, tag_b) == 0;
}

/* No two entries of a list may have the same value under `key`. `noun` names one entry. */
static void check_once(struct meaning *meaning, const yaml_node_t *list, const char *key, const char *noun)
{
	for (size_t i = 0; i < node_count(list); i++) {
		const yaml_node_t *node = node_get(meaning->document, node_at(meaning->document, list, i), key);
		for (size_t j = 0; j < i && node_text(node) != NULL; j++) {
			const yaml_node_t *other = node_get(meaning->document, node_at(meaning->document, list, j), key);
			if (node_text(other) == NULL || !equal(node_text(node), node_text(other)))
				continue;
			mistakes_add(meaning->mistakes, node_line(node),
				     "%s \"%s\" belongs to the %s in line %u already; give each its own", key, node_text(node),
				     noun, node_line(other));
			break;
		}
	}
}

static bool is_channel(struct meaning *meaning, const yaml_node_t *channels, const char *language)
{
	for (size_t i = 0; i < node_count(channels); i++) {
		const char *tag = text_of(meaning, node_at(meaning->document, channels, i), "language");
		if (tag != NULL && equal(tag, language))
			return true;
	}
	return false;
}

/* The languages of a room's channels as they are written, for a sentence. */
static void list_channels(struct meaning *meaning, const yaml_node_t *channels, struct text *out)
{
	for (size_t i = 0; i < node_count(channels); i++) {
		const char *tag = text_of(meaning, node_at(meaning->document, channels, i), "language");
		if (tag != NULL)
			text_add(out, "%s%s", out->size > 0 ? ", " : "", tag);
	}
}

static void check_output(struct meaning *meaning, const yaml_node_t *channels, const yaml_node_t *outputs, size_t i)
{
	const yaml_node_t *output = node_at(meaning->document, outputs, i);
	char tag[TAG_SIZE];
	if (node_text(output) == NULL || !language_canonical(node_text(output), tag))
		return; /* shape.c has said so */
	for (size_t j = 0; j < i; j++) {
		const yaml_node_t *other = node_at(meaning->document, outputs, j);
		if (node_text(other) != NULL && equal(node_text(other), node_text(output))) {
			mistakes_add(meaning->mistakes, node_line(output), "output \"%s\" stands twice in this booth; take one out",
				     node_text(output));
			return;
		}
	}
	if (is_channel(meaning, channels, node_text(output)))
		return;
	struct text languages;
	text_init(&languages, 400);
	list_channels(meaning, channels, &languages);
	if (languages.size > 0)
		mistakes_add(meaning->mistakes, node_line(output),
			     "output \"%s\" is no channel of this room; write one of %s, or add `- {number: ..., language: %s}` to "
			     "its channels",
			     node_text(output), languages.at, tag);
	else
		mistakes_add(
			meaning->mistakes, node_line(output),
			"output \"%s\" is no channel: the room has none; add `channels: [{number: 1, language: %s}]` to the room",
			node_text(output), tag);
	text_free(&languages);
}

static void check_booths(struct meaning *meaning, const yaml_node_t *room)
{
	const yaml_node_t *booths = node_get(meaning->document, room, "booths");
	const yaml_node_t *channels = node_get(meaning->document, room, "channels");
	unsigned desks = 0;

	for (size_t i = 0; i < node_count(booths); i++) {
		const yaml_node_t *booth = node_at(meaning->document, booths, i);
		const yaml_node_t *outputs = node_get(meaning->document, booth, "outputs");
		const char *number = text_of(meaning, booth, "desks");
		unsigned long here = number != NULL ? strtoul(number, NULL, 10) : DESKS_PER_BOOTH_DEFAULT;
		desks += here <= DESKS_PER_BOOTH_MAX ? (unsigned)here : 0;
		for (size_t j = 0; j < node_count(outputs); j++)
			check_output(meaning, channels, outputs, j);
	}
	if (desks > DESKS_MAX)
		mistakes_add(meaning->mistakes, node_line(booths),
			     "the booths of this room have %u desks; at most %d fit, take some out", desks, DESKS_MAX);
}

static void check_programme(struct meaning *meaning, const yaml_node_t *room)
{
	const yaml_node_t *programme = node_get(meaning->document, room, "programme");
	struct text unused;
	text_init(&unused, 500);
	for (size_t i = 0; i < node_count(programme); i++) {
		const yaml_node_t *session = node_at(meaning->document, programme, i);
		const yaml_node_t *ends = node_get(meaning->document, session, "ends");
		const char *from = text_of(meaning, session, "starts"), *to = node_text(ends);
		if (from == NULL || to == NULL || !format_time(from, &unused) || !format_time(to, &unused))
			continue;
		if (strcmp(to, from) <= 0)
			mistakes_add(meaning->mistakes, node_line(ends),
				     "ends: %s is not after the start, %s; write a later time, such as %.10s 23:00", to, from,
				     from);
	}
	text_free(&unused);
}

static void check_room(struct meaning *meaning, const yaml_node_t *room)
{
	const yaml_node_t *channels = node_get(meaning->document, room, "channels");
	check_once(meaning, channels, "number", "channel");
	check_once(meaning, channels, "language", "channel");
	check_once(meaning, node_get(meaning->document, room, "inputs"), "id", "input");
	check_once(meaning, node_get(meaning->document, room, "booths"), "id", "booth");
	check_booths(meaning, room);
	check_programme(meaning, room);
}

static void check_server(struct meaning *meaning, const yaml_node_t *server)
{
	const yaml_node_t *certificate = node_get(meaning->document, server, "certificate");
	const yaml_node_t *key = node_get(meaning->document, server, "key");
	const char *name = node_text(certificate);
	bool self_signed = name != NULL && strcmp(name, SETTINGS_SELF_SIGNED) == 0;
	if (certificate != NULL && key == NULL && !self_signed)
		mistakes_add(
			meaning->mistakes, node_line(certificate),
			"there is a certificate but no key; add its private key, such as `key: /etc/boothcast/privkey.pem`, or "
			"write `certificate: " SETTINGS_SELF_SIGNED "` for one that the server makes");
	if (key != NULL && self_signed)
		mistakes_add(meaning->mistakes, node_line(key),
			     "there is a key, but the server makes the key of a self-signed certificate; take it out, or name its "
			     "certificate, such as `certificate: /etc/boothcast/fullchain.pem`");
	if (key != NULL && certificate == NULL)
		mistakes_add(meaning->mistakes, node_line(key),
			     "there is a key but no certificate; add it, such as `certificate: /etc/boothcast/fullchain.pem`");
}

void meaning_check(struct document *document, struct mistakes *mistakes)
{
	struct meaning meaning = {document, mistakes};
	const yaml_node_t *rooms = node_get(document, document->root, "rooms");
	check_server(&meaning, node_get(document, document->root, "server"));
	check_once(&meaning, rooms, "id", "room");
	for (size_t i = 0; i < node_count(rooms); i++)
		check_room(&meaning, node_at(document, rooms, i));
}
