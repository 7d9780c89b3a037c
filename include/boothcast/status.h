/* What can go wrong with input from outside, as one stable word each (PROTOCOL.md, "Errors").
 *
 * A status travels up as an int, 0 for success; whoever holds the connection tells the client
 * `{"type":"error","code":WORD,"message":SENTENCE,"about":TYPE}` and closes when status_close_code() says so.
 * Broken contracts inside the program are not a status: they end it (base/check.h).
 */
#ifndef BOOTHCAST_STATUS_H
#define BOOTHCAST_STATUS_H

enum status {
	STATUS_OK = 0,
	/* messages */
	STATUS_BAD_JSON,        /* the text is not a JSON object with a type */
	STATUS_BAD_FIELD,       /* a field is missing, of the wrong type or out of its range */
	STATUS_UNKNOWN_TYPE,    /* no such message type */
	STATUS_JOIN_FIRST,      /* anything before join */
	STATUS_JOINED_ALREADY,  /* a second join on one connection */
	STATUS_TOO_MANY,        /* a bound of limits.h, said in the message */
	STATUS_TOO_MANY_ERRORS, /* ERRORS_PER_10S_MAX; closes */
	/* who may */
	STATUS_BAD_TICKET,      /* forged, or not a ticket; closes */
	STATUS_TICKET_EXPIRED,  /* exp has passed, or nbf has not come; closes */
	STATUS_TICKET_NEEDED,   /* a closed room without a ticket, or with one for another room; closes */
	STATUS_BAD_ORIGIN,      /* a web page of another site; closes */
	STATUS_NOT_ALLOWED,     /* the role has no such verb */
	/* what is there */
	STATUS_NO_ROOM,
	STATUS_NO_CHANNEL,
	STATUS_NO_SOURCE,
	STATUS_NO_DESK,
	STATUS_NO_MUSIC,        /* the settings name no break music */
	STATUS_TAKEN,           /* the input or desk has somebody; that one goes on */
	STATUS_NOT_LISTENING,
	STATUS_NOT_PUBLISHING,  /* a binary message whose stream is not an open uplink */
	/* binary messages */
	STATUS_BAD_HEADER,      /* short, or of another version */
	STATUS_BAD_SEQUENCE,    /* the number went back, or far ahead */
	STATUS_BAD_OPUS,        /* the payload is not one valid Opus packet of at most one beat's length or 20 ms */
	STATUS_BAD_PCM,         /* odd length, or not the length of a frame */
	STATUS_BAD_FORMAT,      /* codec, rate, channels or container that is not served */
	STATUS_TOO_FAST,        /* more sound than time: dropped; whoever does not stop is closed with 1008 */
	/* told, not the client's fault */
	STATUS_SKIPPED,         /* the listener fell behind and was moved to the live edge */
	STATUS_TOO_SLOW,        /* the client does not read; closes with 1013 */
	STATUS_RESTARTING,      /* the server ends; closes with 1012 */
	STATUS_DISPLACED,       /* the seat was taken by the same person elsewhere; closes */
	STATUS_COUNT
};

/* Close codes of RFC 6455 that the protocol uses. */
enum close_code {
	CLOSE_NONE = 0,
	CLOSE_NORMAL = 1000,
	CLOSE_REFUSED = 1008,
	CLOSE_TOO_BIG = 1009,
	CLOSE_RESTARTING = 1012,
	CLOSE_TOO_SLOW = 1013
};

/* The stable word of the wire, such as "bad_json". Never NULL. */
const char *status_word(enum status status);

/* A sentence for a person, that says what to do; used where the caller has nothing more exact. Never NULL. */
const char *status_sentence(enum status status);

/* The code to close the connection with after telling, CLOSE_NONE to leave it open. */
enum close_code status_close_code(enum status status);

/* The HTTP status that says the same, such as 401 for STATUS_TICKET_NEEDED. */
int status_http(enum status status);

#endif
