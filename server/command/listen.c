/* boothcast listen: one channel as Ogg Opus, to a file or to standard output, for as long as it is asked.
 *
 *   binary messages --> strip the header --> muxer --> file
 */
#include "command/command.h"
#include "command/remote.h"

#include "base/check.h"
#include "boothcast/wire.h"
#include "fanout/muxer.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRE_SKIP 312 /* the delay of libopus in the mode that the server uses, samples at 48 kHz */

struct writer {
	struct loop *loop;
	struct remote *remote;
	struct timer *timer;
	struct muxer *muxer;
	FILE *file;
	const char *channel, *rendition;
	unsigned seconds;     /* 0: until it is interrupted */
	unsigned frame_ms;
	bool started;
	uint32_t first_seq;
	uint64_t packets, missing;
	uint32_t last_seq;
};

static void joined(void *user)
{
	struct writer *writer = user;
	remote_tell(writer->remote, json_pack("{s:s,s:i,s:s,s:i}", "type", "listen", "channel", atoi(writer->channel), "rendition",
					      writer->rendition, "history", 0));
}

static void message(void *user, const char *type, const json_t *json)
{
	struct writer *writer = user;
	if (strcmp(type, "listening") != 0)
		return;
	writer->frame_ms = (unsigned)json_integer_value(json_object_get(json, "frame_ms"));
	fprintf(stderr, "boothcast: listening to channel %s\n", writer->channel);
	if (writer->seconds > 0)
		timer_start(writer->timer, writer->seconds * 1000u, 0);
}

static void page(void *user, const uint8_t *bytes, size_t size)
{
	struct writer *writer = user;
	if (fwrite(bytes, 1, size, writer->file) != size || fflush(writer->file) != 0)
		remote_leave(writer->remote); /* whoever reads has gone */
}

static void binary(void *user, const uint8_t *bytes, size_t size)
{
	struct writer *writer = user;
	struct wire_down header;
	if (!wire_get_down(bytes, size, &header) || writer->frame_ms == 0)
		return;
	if (!writer->started) {
		writer->started = true;
		writer->first_seq = header.seq;
	} else {
		writer->missing += (uint64_t)(wire_seq_distance(header.seq, writer->last_seq) - 1);
	}
	writer->last_seq = header.seq;
	writer->packets++;
	int64_t frames = wire_seq_distance(header.seq, writer->first_seq) + (int64_t)1;
	muxer_put(writer->muxer, bytes + WIRE_DOWN_HEADER, size - WIRE_DOWN_HEADER, frames * writer->frame_ms * 48);
}

static void writable(void *user)
{
	(void)user;
}

static void enough(void *user)
{
	struct writer *writer = user;
	remote_leave(writer->remote);
}

static void interrupted(void *user, int number)
{
	(void)number;
	enough(user);
}

static const struct remote_events events = {.joined = joined, .message = message, .binary = binary, .writable = writable};

static int run(struct writer *writer, const struct remote_options *remote)
{
	int code = 1;
	writer->loop = loop_new();
	writer->muxer = muxer_new(&(struct muxer_options){.title = writer->channel, .language = "", .pre_skip = PRE_SKIP, .page = page, .user = writer});
	writer->remote = remote_open(writer->loop, remote, &events, writer);
	if (writer->remote != NULL) {
		struct signal_watch *watch = signal_new(writer->loop, SIGINT, interrupted, writer);
		writer->timer = timer_new(writer->loop, enough, writer);
		loop_run(writer->loop);
		timer_close(writer->timer);
		signal_close(watch);
		code = remote_free(writer->remote);
		fprintf(stderr, "boothcast: %llu packets, %llu missing\n", (unsigned long long)writer->packets,
			(unsigned long long)writer->missing);
	}
	muxer_free(writer->muxer);
	loop_free(writer->loop);
	return code;
}

static const char help[] =
	"Usage: boothcast listen [OPTION...] [FILE]\n"
	"\n"
	"Writes a channel as Ogg Opus to FILE or standard output: boothcast listen --channel 2 | ffplay -\n"
	"\n"
	REMOTE_HELP
	"  --channel NUMBER    the channel, 0 is the floor (default: 0)\n"
	"  --rendition NAME    standard (default), high or saver\n"
	"  --seconds N         ends after so long (default: when it is interrupted)\n";

enum { OPTION_CHANNEL = 256, OPTION_RENDITION, OPTION_SECONDS, OPTION_HELP };

int command_listen(int argc, char **argv)
{
	static const struct option known[] = {
		REMOTE_OPTIONS,
		{"channel", required_argument, NULL, OPTION_CHANNEL},
		{"rendition", required_argument, NULL, OPTION_RENDITION},
		{"seconds", required_argument, NULL, OPTION_SECONDS},
		{"help", no_argument, NULL, OPTION_HELP},
		{NULL, 0, NULL, 0},
	};
	struct remote_options remote = {0};
	struct writer writer = {.channel = "0", .rendition = "standard", .file = stdout};
	for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
		if (remote_option(&remote, option, optarg))
			continue;
		switch (option) {
		case OPTION_CHANNEL: writer.channel = optarg; break;
		case OPTION_RENDITION: writer.rendition = optarg; break;
		case OPTION_SECONDS: writer.seconds = (unsigned)atoi(optarg); break;
		case OPTION_HELP: fputs(help, stdout); return 0;
		default: fputs(help, stderr); return 2;
		}
	}
	if (writer.channel[strspn(writer.channel, "0123456789")] != '\0' || writer.channel[0] == '\0') {
		fprintf(stderr, "boothcast: --channel must be a number; 0 is the floor.\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	if (optind < argc && strcmp(argv[optind], "-") != 0 && (writer.file = fopen(argv[optind], "wb")) == NULL) {
		fprintf(stderr, "boothcast: cannot write %s\n", argv[optind]);
		return 1;
	}
	int code = run(&writer, &remote);
	if (fclose(writer.file) != 0)
		code = 1;
	return code;
}
