/* Every bound of the program, with its reason. A thing that can grow has its name here and nowhere else.
 *
 * Out of a resource is a clear refusal in words (status.h), never an allocation that hopes.
 */
#ifndef BOOTHCAST_LIMITS_H
#define BOOTHCAST_LIMITS_H

/* --- shape of an event --- */
#define ROOMS_MAX 16                         /* parallel rooms of one event: more means a second server */
#define CHANNELS_MAX 32                      /* 31 languages and the floor: what hard-wired systems offer */
#define INPUTS_MAX 4                         /* floor inputs of a room: main, backup, and two spare */
#define BOOTHS_MAX 31                        /* a booth for every language */
#define DESKS_PER_BOOTH_MAX 4                /* two is the rule, three or four for long days */
#define DESKS_MAX 64                         /* desks of one room: 31 booths of two */
#define OUTPUTS_MAX 3                        /* a booth's outgoing languages: A (home), B, C */
#define SOURCES_MAX (INPUTS_MAX + DESKS_MAX) /* everything a channel of a room can carry */
#define PROGRAMME_MAX 64                     /* sessions of one room over all days */

/* --- words --- */
#define NAME_SIZE 32            /* identifiers: room, input, booth; with the end mark */
#define TAG_SIZE 16             /* a language tag (BCP 47) such as zh-Hant-TW, with the end mark */
#define LABEL_SIZE 64           /* names for people, UTF-8 bytes with the end mark */
#define EMERGENCY_TEXT_SIZE 400 /* words of an emergency in one language, with the end mark: all languages fit in one message */
#define PERSON_SIZE 80          /* the name that a client gives itself: cut on a character's border */

/* --- sound --- */
#define FRAME_SAMPLES_MAX 960   /* 20 ms at 48 kHz: the longest beat */
#define OPUS_PAYLOAD_MAX 1276   /* one frame of Opus (RFC 6716, 3.4: 1275) and its TOC byte */
#define RING_MS 4000            /* sound that a ring holds: twice the lag at which a listener is moved on */
#define LAG_MAX_MS 2000         /* a listener further behind than this is moved to the live edge */
#define LONG_PACKET_MS 60       /* one packet of the saver rendition: a third of the packets, for 40 ms more of delay */
#define PACKET_SAMPLES_MAX 2880 /* of one packet: LONG_PACKET_MS at 48 kHz */
#define HISTORY_MAX 8           /* packets a new listener gets from before now ... */
#define HISTORY_MAX_MS 160      /* ... and as many as hold this much: more than a decoder needs to find its way */
#define SOURCE_FIFO_MS 1000     /* sound that waits for the beat: what a source sends beyond is dropped */
#define CONCEAL_MS 60           /* missing sound is made up this long (room/README.md, "Lost links") */
#define FADE_OUT_MS 400         /* then fades; from here the source is silent (room/README.md, "Lost links") */
#define BREAK_MUSIC_S_MAX 300   /* length of a file of break music, which comes round again: 58 MB of memory */
#define LINK_LOST_MS 2000       /* from here a desk is as OFF (room/README.md, "Lost links") */
#define BEATS_LATE_MAX 25       /* beats caught up in one go after a stall; older ones are skipped and counted */

/* --- machine --- */
#define LOOPS_MAX 8                              /* event loops, one a core: eight carry more listeners than CONNECTIONS_MAX */
#define DESCRIPTORS_MAX (CONNECTIONS_MAX + 1024) /* and all else that the largest server opens */
#define HOST_NAMES_MAX 64 /* names and addresses in a certificate: a machine with a network for each of many containers */

/* --- wire --- */
#define TEXT_MAX 4096                             /* a text message (PROTOCOL.md, "Bounds"); more closes with 1009 */
#define BINARY_MAX 2048                           /* a binary message (PROTOCOL.md, "Bounds"); more closes with 1009 */
#define CONNECTIONS_MAX 20000                     /* the file limit of the unit file leaves room for this many */
#define TEXT_QUEUE_MAX 64                         /* text messages that wait for one slow client; more closes with 1013 */
#define TEXT_QUEUE_BYTES_MAX (256 * 1024)         /* and their size together: one full snapshot fits several times */
#define TAPS_MAX 16                               /* sources of one room listened to by themselves: each costs an encoder */
#define LISTENS_MAX (CHANNELS_MAX + TAPS_MAX + 2) /* of one connection: all of a room (AV view), and one being switched */
#define PUBLISHES_MAX 4                           /* uplinks of one connection */
#define JOIN_TIMEOUT_MS 5000                      /* until the first message is there (PROTOCOL.md, "WebSocket") */
#define ERRORS_PER_10S_MAX 50                     /* errors told to one client; a flood beyond closes with 1008 */
#define TEXTS_PER_S_MAX 50                        /* messages taken from one client; a key press is one, a report is one a second */
#define HTTP_ANSWER_MAX                                                                                                            \
	(4 * 1024 * 1024)     /* an answer made in memory: all rooms, or all metrics, of the largest settings is half of it */
#define LIVE_STREAMS_MAX 2000 /* listeners on /live: each has an Ogg muxer of its own */
#define TICKET_SIZE 1024      /* the longest ticket, with the end mark */

/* --- what a stranger can cost --- */
#define TLS_RECORDS_A_TURN 16         /* of one connection in one turn of a loop: 256 KiB of data, or some 0.4 ms of new keys */
#define TLS_HANDSHAKE_RECORDS_MAX 64  /* of one handshake: two long ClientHellos (16 KiB) in fragments of 512 bytes */
#define TLS_SERVICE_RECORDS_PER_MIN 8 /* that are no data (new keys, alerts); an honest client sends one or two in hours */
#define MESSAGE_PIECES_MAX 256        /* fragments of one WebSocket message: more than anybody needs for TEXT_MAX bytes */
#define PONGS_A_SWEEP_MAX 50          /* of one connection in 5 s: we ask for one in 20 s, and some clients send one a second */
#define HANDSHAKES_MAX                                                                                                             \
	4096                /* connections whose request has not come, of all addresses: a rush of 3,200 a second over slow lines  \
			     */
#define REFUSALS_AT_ONCE 64 /* connections beyond the limits that are let in to be told so */
#define REFUSALS_PER_S 100  /* of them: with TLS each costs a handshake, so 3 % of a core */
#define PEERS_MAX 32768     /* client addresses in the table: more than connections, so that an idle one can always give way */
#define PEER_BURST_S 10     /* seconds' worth of a rate that an address may use at once: an audience that comes back together */

/* Of one client address, where the settings say nothing: 5,000 listeners behind one address, each with a page and a WebSocket, who
 * all come within ten seconds. */
#define ADDRESS_CONNECTIONS 6000
#define ADDRESS_HANDSHAKES 2000      /* at once: at the rate below over lines that need 4 s */
#define ADDRESS_HANDSHAKES_PER_S 500 /* half a core of handshakes, if none of them takes up an earlier session */
#define ADDRESS_REQUESTS_PER_S 2000  /* a page is some ten requests */
#define ADDRESS_RATE_MAX 100000      /* more than any machine can serve */

#endif
