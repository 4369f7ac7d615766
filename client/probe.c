/*
 * Looking for what is wrong with the way to the server, step by step: the name, the connection with its certificates, the hello.
 *
 * It goes the same way as a sync, with the same checks and the same sentences, and stops before anything is sent; a test of its
 * own kind (a ping, a plain TCP connect) could succeed where the real thing fails.
 */
#include "client/client.h"
#include "client/error.h"
#include "client/keys.h"
#include "client/talk.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

static int64_t clock_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int probe_name(const char *host, struct sg_probe *probe) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
  int fault = getaddrinfo(host, NULL, &hints, &found);
  if (fault != 0)
    return error_set(&probe->error, SG_UNREACHABLE, "The name %.200s is not known: %s. Is there a network?", host,
                     gai_strerror(fault));
  if (getnameinfo(found->ai_addr, found->ai_addrlen, probe->address, sizeof probe->address, NULL, 0, NI_NUMERICHOST) != 0)
    probe->address[0] = '\0';
  freeaddrinfo(found);
  return SG_OK;
}

static void probe_steps(struct sg_probe *probe, const struct link_options *link) {
  struct talk talk = {.link = NULL};
  struct talk_welcome welcome;
  int64_t started_ms = clock_ms();
  probe->step = SG_PROBE_NAME;
  if (probe_name(link->host, probe) != SG_OK)
    return;
  probe->step = SG_PROBE_CONNECT;
  if (talk_open(&talk, link, &probe->error) != SG_OK)
    return;
  probe->step = SG_PROBE_HELLO;
  if (talk_hello(&talk, &welcome, &probe->error) == SG_OK) {
    probe->step = SG_PROBE_DONE;
    probe->took_ms = (uint32_t)(clock_ms() - started_ms);
    probe->clock_off_ms = talk_now_ms() - welcome.server_time_ms;
  }
  talk_close(&talk);
}

int sg_probe(struct sg_client *client, struct sg_probe *ret, struct sg_error *ret_error) {
  struct sg_probe probe = {.step = SG_PROBE_NAME};
  struct keys keys;
  char host[256];
  int64_t port = 0;
  int status = outbox_get(client->outbox, SETTING_SERVER, host, sizeof host, ret_error);
  if (status == SG_OK)
    status = outbox_get_ms(client->outbox, SETTING_STUDENT_PORT, &port, ret_error);
  if (status == SG_OK)
    status = keys_load(&keys, &client->home, ret_error);
  if (status != SG_OK)
    return status;
  probe_steps(&probe, &(struct link_options){
                          .host = host, .port = (uint16_t)port, .ca = keys.ca, .certificate = keys.certificate, .key = keys.key});
  keys_free(&keys);
  *ret = probe;
  return SG_OK;
}
