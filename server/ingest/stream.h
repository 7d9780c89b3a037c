/* A source from an HTTP body or a pipe: a byte stream of Ogg Opus, WAV or raw PCM, cut anywhere.
 *
 *   bytes --stream_put--> container: what is not decoded yet --stream_pump, on the beat--> the source's FIFO
 *
 * Ogg by libogg (headers by libopusfile), WAV by libsndfile. Two kinds of sender:
 *   live   an encoder that sends as it records: its clock is followed like a publisher's, and after a stall its old sound is
 * skipped
 *   file   comes as fast as it is read: paced by the caller, who pauses the reading while stream_ahead_ms() is high; nothing is
 * skipped A stream counts as a file as long as there is always something to read, and becomes live when there was not.
 */
#ifndef INGEST_STREAM_H
#define INGEST_STREAM_H

#include "boothcast/status.h"
#include "ingest/source.h"

#include <stdbool.h>

struct stream;

/* Takes the source. `content_type` as in HTTP: audio/ogg, application/ogg, audio/wav (and x-wav, wave, vnd.wave), audio/L16 with
 * rate= and channels= (big-endian as RFC 2586 says; endianness=little-endian for the other; without the word a stream whose
 * samples make sense only in little-endian is taken as such). STATUS_TAKEN, STATUS_BAD_FORMAT. The caller ends it with
 * stream_close(). */
enum status stream_open(struct stream **out, struct source *source, const char *content_type, uint64_t now_us);
/* The next bytes, all of them taken. STATUS_BAD_FORMAT when they are not what was announced, STATUS_TOO_FAST when a file's reading
 * was not paused and STREAM_PENDING_MAX bytes wait: the stream is then over, and each further call says the same. */
enum status stream_put(struct stream *stream, const uint8_t *bytes, size_t size, uint64_t now_us);
/* Once each beat, before source_take(): decodes as much as the FIFO needs. */
void stream_pump(struct stream *stream, uint64_t now_us);
/* Milliseconds of sound that wait in front of the FIFO's target: above 200 stop reading, below 100 read on. 0 for a live stream,
 * unless much of the memory for its bytes is full. */
unsigned stream_ahead_ms(const struct stream *stream);
/* The body has come to its end. STATUS_BAD_FORMAT when there was no sound in it. Otherwise the caller pumps on until
 * stream_drained(), and closes. */
enum status stream_end(struct stream *stream, uint64_t now_us);
/* Everything that was put has been decoded. */
bool stream_drained(const struct stream *stream);
/* After stream_end(): how many bytes at the end were no whole sample, and are not played. */
size_t stream_cut_bytes(const struct stream *stream);
void stream_close(struct stream *stream);

#endif
