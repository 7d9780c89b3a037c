/* A source from an HTTP body or a pipe: a byte stream of Ogg Opus, WAV or raw PCM, cut anywhere.
 *
 * Ogg by libogg (headers by libopusfile), WAV by libsndfile; the sound goes on to the source's FIFO. A stream that arrives faster than
 * real time (a file) is paced by the caller: stream_ahead_ms() says how far it runs ahead, and the caller pauses the reading.
 */
#ifndef INGEST_STREAM_H
#define INGEST_STREAM_H

#include "boothcast/status.h"
#include "ingest/source.h"

struct stream;

/* Takes the source. `content_type` as in HTTP: audio/ogg, application/ogg, audio/wav (and x-wav, wave, vnd.wave), audio/L16 with
 * rate= and channels= (big-endian as RFC 2586 says; endianness=little-endian for the other; without the word a stream whose
 * samples make sense only in little-endian is taken as such). STATUS_TAKEN, STATUS_BAD_FORMAT. */
enum status stream_open(struct stream **out, struct source *source, const char *content_type, uint64_t now_us);
/* The next bytes, all of them taken. STATUS_BAD_FORMAT when they are not what was announced: the stream is then over. */
enum status stream_put(struct stream *stream, const uint8_t *bytes, size_t size, uint64_t now_us);
/* Milliseconds of sound that wait in front of the FIFO's target: above 200 stop reading, below 100 read on. */
unsigned stream_ahead_ms(const struct stream *stream);
void stream_close(struct stream *stream);

#endif
