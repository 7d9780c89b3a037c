/* The table behind boothcast/status.h: word, sentence, close code and HTTP status of everything that a client can be told. */
#include "boothcast/status.h"

#include "base/check.h"

#include <stddef.h>

static const struct {
	const char *word;
	const char *sentence;
	enum close_code close;
	int http;
} table[STATUS_COUNT] = {
	[STATUS_OK] = {"ok", "All is well.", CLOSE_NONE, 200},
	[STATUS_BAD_JSON] = {"bad_json", "The message is not a JSON object with a \"type\".", CLOSE_NONE, 400},
	[STATUS_BAD_FIELD] = {"bad_field", "A field of the message is missing, of the wrong type or out of its range.",
		CLOSE_NONE, 400},
	[STATUS_UNKNOWN_TYPE] = {"unknown_type", "There is no message of this type.", CLOSE_NONE, 404},
	[STATUS_JOIN_FIRST] = {"join_first", "Send join before anything else.", CLOSE_NONE, 400},
	[STATUS_JOINED_ALREADY] = {"joined_already", "This connection has joined a room; open another one for another room.",
		CLOSE_NONE, 409},
	[STATUS_TOO_MANY] = {"too_many", "That is more than the server serves at once; try again later.", CLOSE_NONE, 503},
	[STATUS_TOO_MANY_ERRORS] = {"too_many_errors", "Too many faulty messages; the connection ends.", CLOSE_REFUSED, 429},
	[STATUS_BAD_TICKET] = {"bad_ticket", "The ticket is not valid; ask the organiser for a new link.", CLOSE_REFUSED, 401},
	[STATUS_TICKET_EXPIRED] = {"ticket_expired", "The ticket is not valid at this time; ask the organiser for a new link.",
		CLOSE_REFUSED, 401},
	[STATUS_TICKET_NEEDED] = {"ticket_needed", "This room is closed; a ticket for it is needed.", CLOSE_REFUSED, 401},
	[STATUS_BAD_ORIGIN] = {"bad_origin",
		"Pages of other sites may not connect; the operator can allow this one under server: origins.", CLOSE_REFUSED, 403},
	[STATUS_NOT_ALLOWED] = {"not_allowed", "Your ticket does not allow this.", CLOSE_NONE, 403},
	[STATUS_NO_ROOM] = {"no_room", "There is no such room.", CLOSE_NONE, 404},
	[STATUS_NO_CHANNEL] = {"no_channel", "The room has no such channel.", CLOSE_NONE, 404},
	[STATUS_NO_SOURCE] = {"no_source", "The room has no such input.", CLOSE_NONE, 404},
	[STATUS_NO_DESK] = {"no_desk", "The room has no such desk, or your ticket names none.", CLOSE_NONE, 404},
	[STATUS_NO_MUSIC] = {"no_music", "The room has no break music; the settings name the file.", CLOSE_NONE, 409},
	[STATUS_TAKEN] = {"taken", "Somebody is there already and goes on; try again when they have left.", CLOSE_NONE, 409},
	[STATUS_NOT_LISTENING] = {"not_listening", "You are not listening to that channel.", CLOSE_NONE, 409},
	[STATUS_NOT_PUBLISHING] = {"not_publishing", "No open uplink has this stream number; send publish first.", CLOSE_NONE, 409},
	[STATUS_BAD_HEADER] = {"bad_header", "The binary message is shorter than its 16-byte header, or of another version than 1.",
		CLOSE_NONE, 400},
	[STATUS_BAD_SEQUENCE] = {"bad_sequence",
		"The sequence number went back or far ahead; set the discontinuity flag to start anew.", CLOSE_NONE, 400},
	[STATUS_BAD_OPUS] = {"bad_opus", "The payload is not one valid Opus packet of 2.5 to 60 ms.", CLOSE_NONE, 400},
	[STATUS_BAD_PCM] = {"bad_pcm", "The payload is not whole samples, or too many for one frame.", CLOSE_NONE, 400},
	[STATUS_BAD_FORMAT] = {"bad_format", "Send Ogg Opus, WAV or raw PCM (audio/L16), 8 to 192 kHz, mono or stereo.",
		CLOSE_NONE, 415},
	[STATUS_TOO_FAST] = {"too_fast", "More sound than time has passed: what is too much is dropped. Send in real time.",
		CLOSE_NONE, 429},
	[STATUS_SKIPPED] = {"skipped", "You fell behind and were moved to the live edge.", CLOSE_NONE, 200},
	[STATUS_TOO_SLOW] = {"too_slow", "Your connection does not take what is sent.", CLOSE_TOO_SLOW, 503},
	[STATUS_RESTARTING] = {"restarting", "The server is going to restart.", CLOSE_RESTARTING, 503},
	[STATUS_DISPLACED] = {"displaced", "This seat was taken again from another page.", CLOSE_REFUSED, 409},
};

static void in_table(enum status status)
{
	check((int)status >= 0 && status < STATUS_COUNT && table[status].word != NULL);
}

const char *status_word(enum status status)
{
	in_table(status);
	return table[status].word;
}

const char *status_sentence(enum status status)
{
	in_table(status);
	return table[status].sentence;
}

enum close_code status_close_code(enum status status)
{
	in_table(status);
	return table[status].close;
}

int status_http(enum status status)
{
	in_table(status);
	return table[status].http;
}
