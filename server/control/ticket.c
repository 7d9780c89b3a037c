/* From claims to text and back.
 *
 *   struct ticket --write--> JSON --seal: base64url, Ed25519--> text     "bc1.kUq2x9aB.eyJyb29tIjoi....c2ln..."
 *   struct ticket <--read--- JSON <--unseal: signature first----  text   anything at all
 *
 * A text is refused unless every byte of it is accounted for: four parts, the own key's id, canonical base64url, one JSON object
 * without doubles, known claims only (a claim that a server does not know might be a restriction). Nothing is parsed before the
 * signature has been found good. Called when a connection joins, and by the ticket command; keeps no state.
 */
#include "control/ticket.h"

#include "base/check.h"
#include "control/ticket_private.h"

#include <jansson.h>
#include <string.h>

#define TICKET_PREFIX "bc1"
#define RESUME_PREFIX "bcr1"
#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING
/* 12 letters: 72 bits, nobody meets one by chance. */
#define ID_BYTES 9

static const char *const role_words[ROLE_COUNT] = {
	[ROLE_LISTENER] = "listener", [ROLE_INTERPRETER] = "interpreter", [ROLE_SPEAKER] = "speaker", [ROLE_AV] = "av",
	[ROLE_PRESS] = "press",       [ROLE_ORGANISER] = "organiser",
};

const char *role_word(enum role role)
{
	check((int)role >= 0 && role < ROLE_COUNT);
	return role_words[role];
}

bool role_find(const char *word, enum role *role)
{
	for (int i = 0; i < ROLE_COUNT; i++) {
		if (strcmp(role_words[i], word) != 0)
			continue;
		*role = (enum role)i;
		return true;
	}
	return false;
}

/* ---- text and signature ---- */

bool ticket_seal(const struct ticket_keys *keys, const char *prefix, const char *payload, size_t size, char text[TICKET_SIZE])
{
	uint8_t signature[crypto_sign_BYTES];
	size_t head = strlen(prefix) + 1 + strlen(keys->id) + 1;
	size_t body = head + sodium_base64_encoded_len(size, BASE64) - 1;

	if (size > TICKET_SIZE || body + 1 + sodium_base64_encoded_len(sizeof(signature), BASE64) > TICKET_SIZE)
		return false;
	memcpy(text, prefix, strlen(prefix));
	text[strlen(prefix)] = '.';
	memcpy(text + strlen(prefix) + 1, keys->id, strlen(keys->id));
	text[head - 1] = '.';
	sodium_bin2base64(text + head, TICKET_SIZE - head, (const uint8_t *)payload, size, BASE64);
	crypto_sign_detached(signature, NULL, (const uint8_t *)text, body, keys->secret_key);
	text[body] = '.';
	sodium_bin2base64(text + body + 1, TICKET_SIZE - body - 1, signature, sizeof(signature), BASE64);
	return true;
}

/* Decodes all of `size` characters; false when one is left over, does not belong, or is too long. */
static bool decode(const char *from, size_t size, uint8_t *to, size_t capacity, size_t *decoded)
{
	const char *end = NULL;
	return sodium_base642bin(to, capacity, from, size, NULL, decoded, &end, BASE64) == 0 && end == from + size;
}

/* The payload of a text that these keys have signed; false for every other. `payload` holds TICKET_SIZE. */
static bool unseal(const struct ticket_keys *keys, const char *prefix, const char *text, char *payload, size_t *size)
{
	uint8_t signature[crypto_sign_BYTES];
	size_t length = strnlen(text, TICKET_SIZE), signed_size = 0;
	char head[sizeof(RESUME_PREFIX) + KEY_ID_SIZE + 1] = "";

	strcat(strcat(strcat(strcat(head, prefix), "."), keys->id), ".");
	if (length == TICKET_SIZE || strncmp(text, head, strlen(head)) != 0)
		return false;
	const char *body = text + strlen(head), *dot = strchr(body, '.');
	if (dot == NULL || !decode(dot + 1, length - (size_t)(dot + 1 - text), signature, sizeof(signature), &signed_size) ||
	    signed_size != sizeof(signature))
		return false;
	if (crypto_sign_verify_detached(signature, (const uint8_t *)text, (size_t)(dot - text), keys->public_key) != 0)
		return false;
	return decode(body, (size_t)(dot - body), (uint8_t *)payload, TICKET_SIZE, size);
}

/* ---- claims to JSON ---- */

static void set_string(json_t *claims, const char *key, const char *value)
{
	if (value[0] != '\0')
		check(json_object_set_new(claims, key, json_string(value)) == 0);
}

static void set_number(json_t *claims, const char *key, int64_t value)
{
	if (value != 0)
		check(json_object_set_new(claims, key, json_integer(value)) == 0);
}

static void set_channels(json_t *claims, uint32_t channels)
{
	json_t *list = json_array();
	for (int i = 0; i < CHANNELS_MAX; i++)
		if (channels >> i & 1)
			check(json_array_append_new(list, json_integer(i)) == 0);
	check(json_object_set_new(claims, "channels", list) == 0);
}

static json_t *write_claims(const struct ticket *ticket)
{
	check(ticket->room[0] != '\0' && ticket->exp > 0 && ticket->nbf >= 0);
	check(ticket->desk <= DESKS_PER_BOOTH_MAX && (ticket->desk == 0 || ticket->booth[0] != '\0'));
	check(ticket->input[0] == '\0' || ticket->role == ROLE_SPEAKER);
	json_t *claims = check_alloc(json_object());
	set_string(claims, "room", ticket->room);
	set_string(claims, "role", role_word(ticket->role));
	set_string(claims, "booth", ticket->booth);
	set_number(claims, "desk", ticket->desk);
	set_string(claims, "input", ticket->input);
	if (ticket->channels != 0)
		set_channels(claims, ticket->channels);
	set_number(claims, "nbf", ticket->nbf);
	set_number(claims, "exp", ticket->exp);
	set_string(claims, "id", ticket->id);
	return claims;
}

/* Takes `claims`. Every field is bounded, so the text always fits. */
static void seal_claims(const struct ticket_keys *keys, const char *prefix, json_t *claims, char text[TICKET_SIZE])
{
	char payload[TICKET_SIZE];
	size_t size = json_dumpb(claims, payload, sizeof(payload), JSON_COMPACT);
	check(size > 0 && size < sizeof(payload));
	check(ticket_seal(keys, prefix, payload, size, text));
	json_decref(claims);
}

/* ---- JSON to claims ---- */

/* Reading takes claims away from the object; what is left at the end is unknown. */
struct reading {
	json_t *claims;
	bool bad;
};

/* The claim, borrowed until the reading ends, or NULL. */
static json_t *look(struct reading *reading, const char *key, bool required)
{
	json_t *value = json_object_get(reading->claims, key);
	reading->bad |= value == NULL && required;
	return value;
}

static void read_string(struct reading *reading, const char *key, char to[NAME_SIZE], bool required)
{
	const json_t *value = look(reading, key, required);
	if (value == NULL)
		return;
	size_t size = json_string_length(value);
	if (json_is_string(value) && size > 0 && size < NAME_SIZE)
		memcpy(to, json_string_value(value), size + 1);
	else
		reading->bad = true;
	json_object_del(reading->claims, key);
}

static int64_t read_number(struct reading *reading, const char *key, int64_t least, int64_t most, bool required)
{
	const json_t *value = look(reading, key, required);
	if (value == NULL)
		return 0;
	int64_t number = json_integer_value(value);
	reading->bad |= !json_is_integer(value) || number < least || number > most;
	json_object_del(reading->claims, key);
	return number;
}

static void read_role(struct reading *reading, enum role *role)
{
	char word[NAME_SIZE] = "";
	read_string(reading, "role", word, true);
	reading->bad |= !role_find(word, role);
}

static uint32_t read_channels(struct reading *reading)
{
	const json_t *list = look(reading, "channels", false), *value;
	uint32_t channels = 0;
	size_t i;

	if (list == NULL)
		return 0;
	reading->bad |= json_array_size(list) == 0; /* also when it is no list */
	json_array_foreach(list, i, value)
	{
		int64_t number = json_integer_value(value);
		if (json_is_integer(value) && number >= 0 && number < CHANNELS_MAX)
			channels |= UINT32_C(1) << number;
		else
			reading->bad = true;
	}
	json_object_del(reading->claims, "channels");
	return channels;
}

static void read_claims(struct reading *reading, struct ticket *ticket, bool id_required)
{
	read_string(reading, "room", ticket->room, true);
	read_role(reading, &ticket->role);
	read_string(reading, "booth", ticket->booth, false);
	ticket->desk = (uint8_t)read_number(reading, "desk", 1, DESKS_PER_BOOTH_MAX, false);
	read_string(reading, "input", ticket->input, false);
	ticket->channels = read_channels(reading);
	ticket->nbf = read_number(reading, "nbf", 0, INT64_MAX, false);
	ticket->exp = read_number(reading, "exp", 1, INT64_MAX, true);
	read_string(reading, "id", ticket->id, id_required);
	reading->bad |= ticket->desk != 0 && ticket->booth[0] == '\0';
	reading->bad |= ticket->input[0] != '\0' && ticket->role != ROLE_SPEAKER;
}

/* `session` is NULL for a ticket. */
static enum status verify(const struct ticket_keys *keys, const char *prefix, const char *text, int64_t now_s,
			  struct ticket *ticket, char *session)
{
	char payload[TICKET_SIZE];
	size_t size = 0;
	if (!unseal(keys, prefix, text, payload, &size))
		return STATUS_BAD_TICKET;
	struct reading reading = {.claims = json_loadb(payload, size, JSON_REJECT_DUPLICATES, NULL)};
	if (!json_is_object(reading.claims)) {
		json_decref(reading.claims);
		return STATUS_BAD_TICKET;
	}
	if (session != NULL)
		read_string(&reading, "session", session, true);
	read_claims(&reading, ticket, session == NULL);
	reading.bad |= json_object_size(reading.claims) > 0;
	json_decref(reading.claims);
	if (reading.bad)
		return STATUS_BAD_TICKET;
	return now_s < ticket->nbf || now_s >= ticket->exp ? STATUS_TICKET_EXPIRED : STATUS_OK;
}

/* ---- the four verbs ---- */

void ticket_issue(const struct ticket_keys *keys, struct ticket *ticket, char text[TICKET_SIZE])
{
	if (ticket->id[0] == '\0') {
		uint8_t random[ID_BYTES];
		randombytes_buf(random, sizeof(random));
		sodium_bin2base64(ticket->id, sizeof(ticket->id), random, sizeof(random), BASE64);
	}
	seal_claims(keys, TICKET_PREFIX, write_claims(ticket), text);
}

enum status ticket_verify(const struct ticket_keys *keys, const char *text, int64_t now_s, struct ticket *ticket)
{
	*ticket = (struct ticket){0};
	enum status status = verify(keys, TICKET_PREFIX, text, now_s, ticket, NULL);
	if (status == STATUS_BAD_TICKET)
		*ticket = (struct ticket){0};
	return status;
}

void resume_issue(const struct ticket_keys *keys, const struct resume *resume, char text[TICKET_SIZE])
{
	check(resume->session[0] != '\0');
	json_t *claims = write_claims(&resume->ticket);
	set_string(claims, "session", resume->session);
	seal_claims(keys, RESUME_PREFIX, claims, text);
}

enum status resume_verify(const struct ticket_keys *keys, const char *text, int64_t now_s, struct resume *resume)
{
	*resume = (struct resume){0};
	enum status status = verify(keys, RESUME_PREFIX, text, now_s, &resume->ticket, resume->session);
	if (status == STATUS_BAD_TICKET)
		*resume = (struct resume){0};
	return status;
}
