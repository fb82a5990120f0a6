/* A library that decides who may connect, join and publish: what it gives to
 * roost, and what roost gives to it. C, so that any language can implement it.
 *
 *   [[authorize_join]]
 *   topic = "room:*"
 *   hook = "library"
 *   library = "rules.so"      # relative to the folder of the configuration
 *   config = "anything"       # handed to init()
 *
 * The library exports one function, roost_plugin_entry(). Each entry of the
 * configuration that names the library is an instance of its own: init() makes
 * it, free() ends it. When the configuration is read again, new instances are
 * made first, and the old ones are freed when none of their questions can still
 * be waiting.
 *
 * Questions and answers are JSON objects, described in config/hooks.md.
 *
 * No exception may leave a function of the library.
 *
 * A plugin is a part of the server's process: where it crashes, the server does.
 * config/example_plugin.c is a whole one.
 */
#ifndef ROOST_PLUGIN_H
#define ROOST_PLUGIN_H
/* This is C. NOLINTBEGIN(modernize-*) */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Both sides say which version of this file they know. It grows when something
 * here changes its meaning; roost refuses a library of another version. */
#define ROOST_PLUGIN_VERSION 1u

/* ask() may block: it is called on one of [hooks] threads, and not on a thread
 * that serves sockets. */
#define ROOST_PLUGIN_BLOCKS 1u

/* What roost gives to an instance: valid from init() until free() returns. Its
 * functions may be called from any thread, at any time in between. */
typedef struct roost_host {
  uint32_t version; /* ROOST_PLUGIN_VERSION of the server */

  /* The answer to `question`: `json_bytes` bytes at `json`, which are copied. The
   * first answer counts; any other, and one that comes when nobody waits any
   * more, is ignored. What is no answer denies, and the log says why. */
  void (*answer)(const struct roost_host* host, uint64_t question, const char* json,
                 size_t json_bytes);

  /* 0 when nobody waits for `question`: it has been answered, the client has left,
   * or the time ([hooks] timeout) is over. */
  int (*is_wanted)(const struct roost_host* host, uint64_t question);
} roost_host;

typedef struct roost_plugin {
  uint32_t version; /* ROOST_PLUGIN_VERSION */
  uint32_t flags;   /* ROOST_PLUGIN_BLOCKS, or 0 */

  /* Makes an instance. `config` is the entry's, "" where it has none, and valid
   * during the call. On failure: NULL, with the reason as text at `error`, which
   * has room for `error_bytes` bytes, the NUL among them. */
  void* (*init)(const roost_host* host, const char* config, char* error, size_t error_bytes);

  /* Ends an instance, when no call of ask() is under way. When it returns, none of
   * the instance's threads calls the host any more. What has not been answered is
   * denied. With ROOST_PLUGIN_BLOCKS it may take its time. */
  void (*free)(void* instance);

  /* Asks. `json` (not NUL-terminated) is valid during the call. The answer may
   * come before ask() returns, or later from any thread. Called from several
   * threads at once; unless ROOST_PLUGIN_BLOCKS is set it must return at once,
   * for the sockets of this thread wait meanwhile. */
  void (*ask)(void* instance, uint64_t question, const char* json, size_t json_bytes);

  /* May be NULL. Says that nobody waits for `question` any more, which has not
   * been answered. It comes from any thread, some time after is_wanted() turned
   * 0, and must return at once. */
  void (*cancelled)(void* instance, uint64_t question);
} roost_plugin;

/* What the library exports. What it returns stays valid while it is loaded. */
#define ROOST_PLUGIN_ENTRY "roost_plugin_entry"
#if defined(_WIN32)
__declspec(dllexport)
#else
__attribute__((visibility("default")))
#endif
const roost_plugin* roost_plugin_entry(void);

#ifdef __cplusplus
}
#endif

/* NOLINTEND(modernize-*) */
#endif
