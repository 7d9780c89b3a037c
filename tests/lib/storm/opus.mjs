// How long an Opus packet plays, by its structure alone (RFC 6716, 3.1 and 3.2): a packet that is cut short, or has another's bytes in it,
// hardly ever still adds up.

const SILK_MS = [10, 20, 40, 60];
const HYBRID_MS = [10, 20];
const CELT_MS = [2.5, 5, 10, 20];
const FRAME_BYTES_MAX = 1275;

/** Of one frame, by the first byte of its packet. */
function frameMs(config) {
  if (config < 12) return SILK_MS[config & 3];
  return config < 16 ? HYBRID_MS[config & 1] : CELT_MS[config & 3];
}

/** A frame's size at `at`: [size, where it ends], or undefined when it is not there. */
function readSize(bytes, at) {
  if (at >= bytes.length) return undefined;
  if (bytes[at] < 252) return [bytes[at], at + 1];
  return at + 1 < bytes.length ? [bytes[at + 1] * 4 + bytes[at], at + 2] : undefined;
}

/** [frames, whether the packet adds up], of code 3: any number of frames, perhaps with padding. */
function readMany(bytes) {
  if (bytes.length < 2) return [0, false];
  const count = bytes[1] & 63;
  let end = bytes.length;
  let at = 2;
  if (bytes[1] & 64) {
    let more;
    do {
      more = at < bytes.length ? bytes[at++] : 0;
      end -= more === 255 ? 254 : more;
    } while (more === 255);
  }
  if ((bytes[1] & 128) === 0) return [count, count > 0 && end >= at && (end - at) % count === 0 && (end - at) / count <= FRAME_BYTES_MAX];
  for (let i = 1; i < count; i++) {
    const found = readSize(bytes, at);
    if (found === undefined) return [count, false];
    at = found[1];
    end -= found[0];
  }
  return [count, count > 0 && end >= at && end - at <= FRAME_BYTES_MAX];
}

function readFrames(bytes) {
  const rest = bytes.length - 1;
  switch (bytes[0] & 3) {
    case 0: return [1, rest <= FRAME_BYTES_MAX];
    case 1: return [2, rest % 2 === 0 && rest / 2 <= FRAME_BYTES_MAX];
    case 2: {
      const found = readSize(bytes, 1);
      return [2, found !== undefined && found[0] <= bytes.length - found[1] && bytes.length - found[1] - found[0] <= FRAME_BYTES_MAX];
    }
    default: return readMany(bytes);
  }
}

/** Milliseconds; undefined when it is no Opus packet. */
export function opusMs(bytes) {
  if (bytes.length === 0) return undefined;
  const [count, whole] = readFrames(bytes);
  const ms = count * frameMs(bytes[0] >> 3);
  return whole && ms <= 120 ? ms : undefined;
}
