/*
 * Reads messages the way the daemon does and writes them back, so that another implementation can compare.
 *
 *   codec_tool client|server    every message is scanned, unpacked, packed and written as a frame again
 *   codec_tool rows             as client, and the rows of an Upload go through struct result on the way
 *
 * Standard input is a sequence of chunks: four bytes of length, big-endian, then so many bytes. A chunk stands for what one
 * read from a socket gave, which a pipe could not promise; so a test can try every place where a frame may be torn.
 *
 * Exit status 0 when the input ended between frames; 1 with one line on standard error when it did not or was refused.
 */
#include "proto/frame.h"
#include "proto/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct codec {
  const ProtobufCMessageDescriptor *descriptor;
  bool rows;
  uint8_t *held; /* LIMIT_FRAME_BYTES and a prefix: what has come of the frame under way */
  size_t len;
};

static int refuse(const char *why) {
  fprintf(stderr, "%s\n", why);
  return -1;
}

/* Each row to a struct result and back; the message then points into `results` and `rows`, which are to be freed after. */
static int rows_turn(Stepguard__V1__Upload *upload, struct result **ret_results, struct wire_result **ret_rows) {
  size_t n = upload->n_results;
  *ret_results = calloc(n + 1, sizeof(**ret_results));
  *ret_rows = calloc(n + 1, sizeof(**ret_rows));
  if (!*ret_results || !*ret_rows)
    return refuse("out of memory");
  for (size_t i = 0; i < n; i++) {
    struct result_fault fault;
    if (wire_result_read(upload->results[i], &(*ret_results)[i], &fault) != 0) {
      fprintf(stderr, "row %zu, %s: %s\n", i, fault.field, fault.reason);
      return -1;
    }
    wire_result_write(&(*ret_results)[i], &(*ret_rows)[i]);
    upload->results[i] = &(*ret_rows)[i].message;
  }
  return 0;
}

static int message_write(const ProtobufCMessage *message) {
  size_t len = protobuf_c_message_get_packed_size(message);
  uint8_t prefix[FRAME_PREFIX_MAX];
  uint8_t *bytes = malloc(len + 1);
  if (!bytes)
    return refuse("out of memory");
  protobuf_c_message_pack(message, bytes);
  size_t prefix_len = frame_prefix(prefix, len);
  bool written = fwrite(prefix, 1, prefix_len, stdout) == prefix_len && fwrite(bytes, 1, len, stdout) == len;
  free(bytes);
  return written ? 0 : refuse("cannot write");
}

/* Writes an upload whose rows went through struct result. Only the array of pointers is the message's own. */
static int upload_write(const Stepguard__V1__ClientMessage *message) {
  struct result *results = NULL;
  struct wire_result *rows = NULL;
  Stepguard__V1__Upload upload = *message->upload;
  Stepguard__V1__ClientMessage copy = *message;
  copy.upload = &upload;
  upload.results = calloc(upload.n_results + 1, sizeof(Stepguard__V1__Result *));
  int result = -1;
  if (upload.results) {
    if (upload.n_results > 0)
      memcpy(upload.results, message->upload->results, upload.n_results * sizeof(Stepguard__V1__Result *));
    result = rows_turn(&upload, &results, &rows) == 0 ? message_write(&copy.base) : -1;
  }
  free(upload.results);
  free(results);
  free(rows);
  return result;
}

static int message_turn(const struct codec *codec, const uint8_t *bytes, size_t len) {
  if (wire_scan_as(codec->descriptor, bytes, len) != 0)
    return refuse("malformed: scan");
  ProtobufCMessage *message = protobuf_c_message_unpack(codec->descriptor, NULL, len, bytes);
  if (!message)
    return refuse("malformed: unpack");
  const Stepguard__V1__ClientMessage *client = (const void *)message;
  bool through = codec->rows && client->body_case == STEPGUARD__V1__CLIENT_MESSAGE__BODY_UPLOAD;
  int result = through ? upload_write(client) : message_write(message);
  protobuf_c_message_free_unpacked(message, NULL);
  return result;
}

static int chunk_take(struct codec *codec, const uint8_t *chunk, size_t len) {
  while (len > 0) {
    size_t room = LIMIT_FRAME_BYTES + FRAME_PREFIX_MAX - codec->len;
    size_t n = len < room ? len : room;
    memcpy(codec->held + codec->len, chunk, n);
    codec->len += n;
    chunk += n;
    len -= n;
    struct frame frame;
    enum frame_verdict verdict;
    size_t at = 0;
    while ((verdict = frame_next(codec->held + at, codec->len - at, LIMIT_FRAME_BYTES, &frame)) == FRAME_WHOLE) {
      if (message_turn(codec, codec->held + at + frame.prefix, frame.length) != 0)
        return -1;
      at += frame.need;
    }
    if (verdict != FRAME_MORE)
      return refuse(verdict == FRAME_TOO_LARGE ? "too large" : "malformed: frame");
    memmove(codec->held, codec->held + at, codec->len - at);
    codec->len -= at;
  }
  return 0;
}

static int chunks_read(struct codec *codec) {
  uint8_t head[4];
  size_t got;
  while ((got = fread(head, 1, sizeof(head), stdin)) == sizeof(head)) {
    size_t len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
    uint8_t *chunk = malloc(len + 1);
    bool whole = chunk && fread(chunk, 1, len, stdin) == len;
    int result = whole ? chunk_take(codec, chunk, len) : refuse("a chunk is cut off");
    free(chunk);
    if (result != 0)
      return -1;
  }
  if (got > 0)
    return refuse("a chunk is cut off");
  return codec->len > 0 ? refuse("truncated") : 0;
}

int main(int argc, char **argv) {
  struct codec codec = {.descriptor = &stepguard__v1__client_message__descriptor};
  if (argc == 2 && strcmp(argv[1], "server") == 0) {
    codec.descriptor = &stepguard__v1__server_message__descriptor;
  } else if (argc == 2 && strcmp(argv[1], "rows") == 0) {
    codec.rows = true;
  } else if (argc != 2 || strcmp(argv[1], "client") != 0) {
    fprintf(stderr, "usage: codec_tool client|server|rows\n");
    return 2;
  }
  codec.held = malloc(LIMIT_FRAME_BYTES + FRAME_PREFIX_MAX);
  if (!codec.held)
    return 1;
  int result = chunks_read(&codec);
  free(codec.held);
  return result == 0 && fflush(stdout) == 0 ? 0 : 1;
}
