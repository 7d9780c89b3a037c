/* boothcast send: a file or a pipe becomes a floor input, so that `arecord | boothcast send` works.
 *
 *   file or pipe --thread--> blocks of 20 ms --> loop, in real time --> binary messages
 *
 * The thread may wait for a pipe; the loop sends what is due. A file is paced by the clock, a live pipe paces itself. A stall of the network
 * is made good by what waits; what is older than BLOCKS_MAX stays in the pipe.
 */
#include "command/command.h"
#include "command/remote.h"

#include "base/check.h"
#include "base/clock.h"
#include "boothcast/packet.h"
#include "ingest/pipe.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS_MAX   64                                /* 1.3 s between the reading and the sending */
#define PAYLOAD_MAX  (BINARY_MAX - WIRE_UP_HEADER)     /* bytes of sound in one message */
#define TICK_MS      10
#define LEAD_US      40000                             /* a file runs so far ahead: the server's jitter buffer is never empty */

struct block {
	size_t samples;
	int16_t sample[PAYLOAD_MAX / 2];
};

struct sender {
	struct loop *loop;
	struct remote *remote;
	struct timer *timer;
	struct pipe *pipe;
	struct thread *reader;
	const char *source;
	size_t block_samples;
	struct block block[BLOCKS_MAX];
	_Atomic unsigned written, sent; /* blocks so far: the reader's, the loop's */
	_Atomic bool ended, stopping;
	struct gate *room;              /* opened for the reader when a block was sent */
	uint64_t started_us, samples;   /* since publishing */
	bool publishing;
	uint16_t stream;
};

static void read_blocks(void *user)
{
	struct sender *sender = user;
	for (;;) {
		unsigned at = atomic_load(&sender->written);
		while (at - atomic_load(&sender->sent) == BLOCKS_MAX && !atomic_load(&sender->stopping))
			gate_pass(sender->room);
		if (atomic_load(&sender->stopping))
			break;
		struct block *block = &sender->block[at % BLOCKS_MAX];
		block->samples = pipe_read(sender->pipe, block->sample, sender->block_samples);
		if (block->samples == 0)
			break;
		atomic_store(&sender->written, at + 1);
	}
	atomic_store(&sender->ended, true);
}

static bool send_block(struct sender *sender, const struct block *block)
{
	uint8_t message[PACKET_HEADROOM + BINARY_MAX];
	struct wire_up header = {.stream = sender->stream, .seq = atomic_load(&sender->sent)};
	wire_put_up(message + PACKET_HEADROOM, &header);
	for (size_t i = 0; i < block->samples; i++) {
		message[PACKET_HEADROOM + WIRE_UP_HEADER + 2 * i] = (uint8_t)block->sample[i];
		message[PACKET_HEADROOM + WIRE_UP_HEADER + 2 * i + 1] = (uint8_t)((uint16_t)block->sample[i] >> 8);
	}
	return remote_send(sender->remote, message + PACKET_HEADROOM, WIRE_UP_HEADER + 2 * block->samples) == SENT;
}

/* Sends what is due by the clock. */
static void send_due(void *user)
{
	struct sender *sender = user;
	uint64_t now_us = clock_us();
	unsigned rate_hz = pipe_rate_hz(sender->pipe);
	while (atomic_load(&sender->sent) != atomic_load(&sender->written)) {
		const struct block *block = &sender->block[atomic_load(&sender->sent) % BLOCKS_MAX];
		uint64_t due_us = sender->started_us + sender->samples * 1000000 / rate_hz;
		if (due_us > now_us + LEAD_US || !send_block(sender, block))
			return;
		if (now_us > due_us + 1000000) /* a live pipe that paused: go on from now, not in a burst */
			sender->started_us = now_us - sender->samples * 1000000 / rate_hz;
		sender->samples += block->samples;
		atomic_fetch_add(&sender->sent, 1);
		gate_open(sender->room);
	}
	if (atomic_load(&sender->ended)) {
		timer_stop(sender->timer);
		remote_leave(sender->remote);
	}
}

static void joined(void *user)
{
	struct sender *sender = user;
	remote_tell(sender->remote, json_pack("{s:s,s:s,s:s,s:i,s:i}", "type", "publish", "source", sender->source, "codec", "pcm_s16le", "rate",
					      (int)pipe_rate_hz(sender->pipe), "channels", 1));
}

static void message(void *user, const char *type, const json_t *json)
{
	struct sender *sender = user;
	if (strcmp(type, "publishing") != 0 || sender->publishing)
		return;
	sender->publishing = true;
	sender->stream = (uint16_t)json_integer_value(json_object_get(json, "stream"));
	sender->started_us = clock_us();
	fprintf(stderr, "boothcast: sending %s, %u Hz\n", sender->source, pipe_rate_hz(sender->pipe));
	timer_start(sender->timer, 0, TICK_MS);
}

static void binary(void *user, const uint8_t *bytes, size_t size)
{
	(void)user; /* nothing was asked for */
	(void)bytes;
	(void)size;
}

static void writable(void *user)
{
	(void)user; /* the timer comes soon enough */
}

static void interrupted(void *user, int number)
{
	struct sender *sender = user;
	(void)number;
	timer_stop(sender->timer);
	remote_leave(sender->remote);
}

static const struct remote_events events = {.joined = joined, .message = message, .binary = binary, .writable = writable};

/* The longest of 20, 10 and 5 ms that fits in a message. */
static size_t fitting_block(unsigned rate_hz)
{
	size_t samples = rate_hz / 50;
	while (samples * 2 > PAYLOAD_MAX)
		samples /= 2;
	return samples;
}

static int run(struct sender *sender, const struct remote_options *remote)
{
	struct signal_watch *watch;
	sender->block_samples = fitting_block(pipe_rate_hz(sender->pipe));
	sender->loop = loop_new();
	sender->remote = remote_open(sender->loop, remote, &events, sender);
	if (sender->remote == NULL) {
		loop_free(sender->loop);
		return 1;
	}
	sender->timer = timer_new(sender->loop, send_due, sender);
	sender->room = gate_new();
	sender->reader = thread_new(read_blocks, sender);
	watch = signal_new(sender->loop, SIGINT, interrupted, sender);
	loop_run(sender->loop);
	atomic_store(&sender->stopping, true);
	gate_open(sender->room);
	bool ended = atomic_load(&sender->ended);
	timer_close(sender->timer);
	signal_close(watch);
	int code = remote_free(sender->remote);
	loop_free(sender->loop);
	if (!ended)
		exit(code); /* the reader may wait for a pipe that says nothing: the program's end ends it */
	thread_join(sender->reader);
	gate_free(sender->room);
	return code;
}

static const char help[] =
	"Usage: boothcast send [OPTION...] [FILE]\n"
	"\n"
	"Sends a sound file, or standard input, as a floor input in real time: arecord -f S16_LE -r 48000 | boothcast send --ticket T\n"
	"\n"
	REMOTE_HELP
	"  --input INPUT       the floor input of the room (default: main)\n"
	"  --raw               the sound is 16-bit little-endian samples without a header\n"
	"  --rate HZ           of raw sound, 8000 to 192000 (default: 48000)\n"
	"  --channels N        of raw sound, 1 or 2 (default: 1)\n";

enum { OPTION_INPUT = 256, OPTION_RAW, OPTION_RATE, OPTION_CHANNELS, OPTION_HELP };

static bool number(const char *text, unsigned min, unsigned max, const char *what, unsigned *to)
{
	char *rest;
	unsigned long value = strtoul(text, &rest, 10);
	if (*text == '\0' || *rest != '\0' || value < min || value > max) {
		fprintf(stderr, "boothcast: %s must be a number from %u to %u, not %s.\n", what, min, max, text);
		return false;
	}
	*to = (unsigned)value;
	return true;
}

int command_send(int argc, char **argv)
{
	static const struct option known[] = {
		REMOTE_OPTIONS,
		{"input", required_argument, NULL, OPTION_INPUT},
		{"raw", no_argument, NULL, OPTION_RAW},
		{"rate", required_argument, NULL, OPTION_RATE},
		{"channels", required_argument, NULL, OPTION_CHANNELS},
		{"help", no_argument, NULL, OPTION_HELP},
		{NULL, 0, NULL, 0},
	};
	struct remote_options remote = {0};
	struct pipe_options sound = {.rate_hz = 48000, .channels = 1};
	char source[NAME_SIZE + 8] = "floor/main", error[512];
	for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
		if (remote_option(&remote, option, optarg))
			continue;
		bool good = true;
		switch (option) {
		case OPTION_INPUT: snprintf(source, sizeof source, "floor/%s", optarg); break;
		case OPTION_RAW: sound.raw = true; break;
		case OPTION_RATE: good = number(optarg, 8000, 192000, "--rate", &sound.rate_hz); break;
		case OPTION_CHANNELS: good = number(optarg, 1, 2, "--channels", &sound.channels); break;
		case OPTION_HELP: fputs(help, stdout); return 0;
		default: fputs(help, stderr); return 2;
		}
		if (!good)
			return 2;
	}
	sound.path = optind < argc ? argv[optind] : NULL;
	struct sender *sender = check_alloc(calloc(1, sizeof *sender));
	sender->source = source;
	sender->pipe = pipe_open(&sound, error, sizeof error);
	int code = 1;
	if (sender->pipe == NULL) {
		fprintf(stderr, "boothcast: %s\n", error);
	} else {
		code = run(sender, &remote);
		pipe_free(sender->pipe);
	}
	free(sender);
	return code;
}
