/*
 * A load generator for what students send: thousands of mutual-TLS sessions in one process, each with at most one upload in
 * flight.
 *
 *   closed loop   --active N: so many uploads are under way at any time; the next leaves when one is answered. Gives the
 *                 capacity. Latencies of a closed loop are those of that many clients, no more.
 *   open loop     --rate N: uploads are due at fixed instants, whether the server keeps up or not. Latency counts from the
 *                 instant at which the upload was due, also when everybody was busy then and it left later: a server that
 *                 stands still for a second is slow for all whom that second kept waiting ("coordinated omission").
 *
 * With --wait it says when everybody is let in ({"let_in": …}) and goes on at the first byte of its standard input, so that
 * whoever measures can look at clocks and memory in between. Its last line is one JSON object.
 *
 * It speaks HTTPS and JSON as well, so that peers get the same load by the same program.
 */
#include "base/cli.h"
#include "crowd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define US_PER_S INT64_C(1000000)

struct options {
  const char *ca, *ca_key, *school, *acked;
  long port, first, sessions, rows, active, uploads, rate, seconds, knocking, duplicates;
  bool https, wait, help;
};

/* clang-format off */
static const struct cli_option load_cli[] = {
    CLI_NUMBER("port", "N", struct options, port, 0, 1, 65535, "of the server, on 127.0.0.1"),
    CLI_TEXT("ca", "FILE", struct options, ca, "certificate that the server's is signed by"),
    CLI_TEXT("ca-key", "FILE", struct options, ca_key, "its key: signs the clients' certificates; without it they have none"),
    CLI_TEXT("school", "CODE", struct options, school, "in the clients' certificates"),
    CLI_NUMBER("first", "N", struct options, first, 1, 1, LONG_MAX / 2, "number of the first student and of its device"),
    CLI_NUMBER("sessions", "N", struct options, sessions, 200, 1, 100000, "clients"),
    CLI_NUMBER("knocking", "N", struct options, knocking, 32, 1, 100000, "of them, at most so many connect at once"),
    CLI_NUMBER("active", "N", struct options, active, 200, 1, 100000, "closed loop: uploads under way at once"),
    CLI_NUMBER("uploads", "N", struct options, uploads, 0, 0, 100000000, "closed loop: in all"),
    CLI_NUMBER("rate", "N", struct options, rate, 0, 0, 1000000, "open loop: uploads due in a second"),
    CLI_NUMBER("seconds", "N", struct options, seconds, 10, 1, 86400, "open loop: how long"),
    CLI_NUMBER("rows", "N", struct options, rows, 20, 1, PAYLOAD_ROWS_MAX, "results in an upload"),
    CLI_NUMBER("duplicates", "N", struct options, duplicates, 0, 0, 1000, "thousandths of uploads that are the one before once more"),
    CLI_TEXT("acked", "FILE", struct options, acked, "where to write which rows were acknowledged, for COPY"),
    CLI_FLAG("https", struct options, https, "HTTPS and JSON instead of the student port's frames"),
    CLI_FLAG("wait", struct options, wait, "for a byte on standard input, once everybody is let in"),
    CLI_FLAG("help", struct options, help, "these lines"),
};
/* clang-format on */

struct load {
  struct options options;
  struct loop *loop;
  struct crowd *crowd;
  struct loop_fd *input;
  struct loop_timer *tick;
  int64_t let_in_us, began_us, ended_us;
  uint64_t begun, over, due; /* uploads: given to somebody, answered or lost, due so far */
  uint64_t wanted;
};

/* ---- uploads ---- */

static void load_stop_if_over(struct load *load) {
  if (load->over < load->wanted && crowd_counts(load->crowd)->lost < (size_t)load->options.sessions)
    return;
  load->ended_us = crowd_now_us();
  loop_stop(load->loop);
}

static int64_t load_due_us(const struct load *load, uint64_t nth) {
  return load->began_us + (int64_t)(nth * (uint64_t)US_PER_S / (uint64_t)load->options.rate);
}

static void load_open(struct load *load) {
  const int64_t now = crowd_now_us();
  while (load->due < load->wanted && load_due_us(load, load->due) <= now)
    load->due++;
  while (load->begun < load->due && crowd_upload(load->crowd, load_due_us(load, load->begun)))
    load->begun++;
}

static void load_closed(struct load *load) {
  while (load->begun < load->wanted && load->begun - load->over < (uint64_t)load->options.active &&
         crowd_upload(load->crowd, crowd_now_us()))
    load->begun++;
}

static void load_go_on(struct load *load) {
  if (load->options.rate > 0)
    load_open(load);
  else
    load_closed(load);
}

static void load_ended(void *arg) {
  struct load *load = arg;
  load->over++;
  load_go_on(load);
  load_stop_if_over(load);
}

static void load_tick(void *arg) {
  struct load *load = arg;
  load_go_on(load);
  if (load->due < load->wanted)
    loop_timer_set(load->tick, 1);
}

static void load_begin(struct load *load) {
  load->began_us = crowd_now_us();
  load->wanted = (uint64_t)(load->options.rate > 0 ? load->options.rate * load->options.seconds : load->options.uploads);
  if (load->options.rate > 0)
    load_tick(load);
  load_go_on(load);
  load_stop_if_over(load);
}

/* ---- telling ---- */

static void load_print_door(const struct load *load) {
  const struct crowd_counts *counts = crowd_counts(load->crowd);
  const double seconds = (double)(load->let_in_us - counts->knocked_us) / (double)US_PER_S;
  printf("{\"sessions\": %zu, \"seconds\": %.6f, \"again\": %zu, \"ms\": ", counts->up, seconds, counts->again);
  hist_print(&counts->let_in);
  printf("}");
}

static void load_print(const struct load *load) {
  const struct crowd_counts *counts = crowd_counts(load->crowd);
  const double seconds = (double)(load->ended_us - load->began_us) / (double)US_PER_S;
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const double cpu_s = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / (double)US_PER_S;
  printf("{\"door\": ");
  load_print_door(load);
  printf(", \"seconds\": %.6f, \"uploads\": %zu, \"stored\": %" PRIu64 ", \"identical\": %" PRIu64 ", \"other\": %" PRIu64
         ", \"refused\": %zu, \"refusal\": \"%s\", \"lost\": %zu, \"cpu_s\": %.3f, \"ms\": ",
         seconds, counts->uploads, counts->stored, counts->identical, counts->other, counts->refused,
         strpbrk(counts->refusal, "\"\\\n") ? "see the server's log" : counts->refusal, counts->lost, cpu_s);
  hist_print(&counts->latency);
  printf("}\n");
}

/* ---- phases ---- */

static void load_told_to_go(void *arg, int what) {
  struct load *load = arg;
  char byte;
  (void)what;
  loop_fd_want(load->input, 0);
  if (read(STDIN_FILENO, &byte, 1) < 0)
    loop_stop(load->loop);
  else
    load_begin(load);
}

static void load_let_in(void *arg) {
  struct load *load = arg;
  load->let_in_us = crowd_now_us();
  if (!load->options.wait) {
    load_begin(load);
    return;
  }
  printf("{\"let_in\": ");
  load_print_door(load);
  printf("}\n");
  fflush(stdout);
  load->input = loop_fd_new(load->loop, STDIN_FILENO, load_told_to_go, load);
  if (!load->input || loop_fd_want(load->input, LOOP_READ) < 0)
    abort();
}

static int load_run(struct load *load, struct devices *devices, FILE *acked) {
  const struct options *options = &load->options;
  load->loop = loop_new();
  load->tick = load->loop ? loop_timer_new(load->loop, load_tick, load) : NULL;
  if (!load->tick)
    return EXIT_FAILURE;
  load->crowd = crowd_new(&(struct crowd_options){.loop = load->loop,
                                                  .speech = options->https ? &speech_https : &speech_frames,
                                                  .devices = devices,
                                                  .port = (unsigned)options->port,
                                                  .first_id = options->first,
                                                  .sessions_n = (size_t)options->sessions,
                                                  .rows_n = (size_t)options->rows,
                                                  .knocking_most = (size_t)options->knocking,
                                                  .duplicates_permille = options->duplicates,
                                                  .acked = acked,
                                                  .let_in = load_let_in,
                                                  .ended = load_ended,
                                                  .arg = load});
  if (!load->crowd)
    return EXIT_FAILURE;
  crowd_connect(load->crowd);
  const bool fine = loop_run(load->loop) == 0 && crowd_finish(load->crowd) == 0;
  load_print(load);
  return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void load_done(struct load *load) {
  crowd_free(load->crowd);
  loop_fd_free(load->input);
  loop_timer_free(load->tick);
  loop_free(load->loop);
}

static bool load_options(struct options *options, int argc, char **argv) {
  const struct cli_set set = {load_cli, sizeof load_cli / sizeof *load_cli, options};
  struct cli_words words;
  char reason[CLI_REASON];
  cli_preset(&set);
  if (cli_parse(&set, 1, argc, argv, 1, false, &words, reason) < 0 || !cli_words_fit(&words, 0, 0, "", reason))
    fprintf(stderr, "%s: %s\n", argv[0], reason);
  else if (options->help || !options->ca || options->port == 0)
    fprintf(stderr, "%s --port N --ca FILE …; the table of options is in ingest_load.c\n", argv[0]);
  else
    return true;
  return false;
}

int main(int argc, char **argv) {
  static struct load load; /* its histograms are no load for a stack */
  int status = EXIT_FAILURE;
  if (!load_options(&load.options, argc, argv))
    return EXIT_USAGE;
  const struct options *options = &load.options;
  struct devices *devices = devices_new(&(struct devices_options){.ca = options->ca,
                                                                  .ca_key = options->ca_key,
                                                                  .school = options->school ? options->school : "demo",
                                                                  .alpn = options->https ? speech_https.alpn : speech_frames.alpn});
  FILE *acked = options->acked ? fopen(options->acked, "wb") : NULL;
  if (devices && (acked || !options->acked))
    status = load_run(&load, devices, acked);
  load_done(&load);
  if (acked && fclose(acked) != 0)
    status = EXIT_FAILURE;
  devices_free(devices);
  return status;
}
