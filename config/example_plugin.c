/* A plugin that decides joins by the topic, for config/auth-library.toml:
 *
 *   cc -shared -fPIC -o config/example_plugin.so config/example_plugin.c
 *
 * (with -Iinclude in roost's sources, or -I and the place of installed headers).
 * Its `config` is the reason that a client is told who may not join. A plugin that
 * parses the request wants a library for JSON; this one is content to look for its
 * member `topic`.
 */
#include <roost/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct example {
  const roost_host* host;
  char denial[256];
} example;

static void* example_init(const roost_host* host, const char* config, char* error,
                          size_t error_bytes) {
  /* What is put between quotes unescaped here must need no escapes. */
  if (strpbrk(config, "\"\\\n") != NULL || strlen(config) > 64) {
    snprintf(error, error_bytes, "config: expected at most 64 bytes without \" or \\");
    return NULL;
  }
  example* self = calloc(1, sizeof *self);
  if (self == NULL) {
    snprintf(error, error_bytes, "no memory");
    return NULL;
  }
  self->host = host;
  snprintf(self->denial, sizeof self->denial, "{\"allow\":false,\"reason\":\"%s\"}",
           config[0] != '\0' ? config : "unauthorized");
  return self;
}

static void example_free(void* instance) {
  free(instance);
}

/* Whether the text at `json` contains `part`. */
static int contains(const char* json, size_t json_bytes, const char* part) {
  const size_t bytes = strlen(part);
  for (size_t at = 0; at + bytes <= json_bytes; ++at)
    if (memcmp(json + at, part, bytes) == 0) return 1;
  return 0;
}

static void answer(example* self, uint64_t question, const char* json) {
  self->host->answer(self->host, question, json, strlen(json));
}

static void example_ask(void* instance, uint64_t question, const char* json, size_t json_bytes) {
  example* self = instance;
  if (contains(json, json_bytes, "\"topic\":\"events:library:lobby\""))
    answer(self, question, "{\"allow\":true,\"response\":{\"decided_by\":\"example_plugin\"}}");
  else if (contains(json, json_bytes, "\"topic\":\"events:library:silent\""))
    return; /* never answered: the client hears of it when the time is over */
  else if (contains(json, json_bytes, "\"topic\":\"events:library:broken\""))
    answer(self, question, "this is no JSON");
  else
    answer(self, question, self->denial);
}

static const roost_plugin plugin = {
    ROOST_PLUGIN_VERSION, 0, example_init, example_free, example_ask, NULL,
};

const roost_plugin* roost_plugin_entry(void) {
  return &plugin;
}
