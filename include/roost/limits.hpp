// Every fixed bound in one place. What can be configured stands in config.hpp.
#pragma once

#include <chrono>
#include <cstddef>

namespace roost::limits {

/// Arrays and objects inside one another in a payload; the payload is level 1.
inline constexpr unsigned json_levels_max = 128;
/// A topic of the event channel, in bytes; and of any other.
inline constexpr std::size_t topic_bytes_max = 255;
inline constexpr std::size_t any_topic_bytes_max = 1024;
/// A ref or join_ref as it stands in the frame, in bytes.
inline constexpr std::size_t ref_bytes_max = 1024;
/// Messages for one topic that wait while its join is being decided.
inline constexpr std::size_t parked_messages_max = 64;
/// Type patterns of one join, and the length of one.
inline constexpr std::size_t patterns_max = 100;
inline constexpr std::size_t pattern_bytes_max = 255;
/// Distinct type patterns of one topic, on one thread: each is matched for each event.
inline constexpr std::size_t topic_patterns_max = 10'000;
/// Type patterns of one socket, in all its topics.
inline constexpr std::size_t socket_patterns_max = 2000;
/// Attributes of one CloudEvent; data, data_base64 and nulls do not count.
inline constexpr std::size_t attributes_max = 64;
/// Events of one batch over HTTP; and those of them that are refused and named.
inline constexpr std::size_t batch_events_max = 1000;
inline constexpr std::size_t batch_rejected_max = 16;
/// The body of a publish over HTTP, and an event of POST /api/publish, in bytes, where
/// socket.max_message_size is less: an event of 64 KiB (CloudEvents 1.0, size limits)
/// passes. In binary mode that is its data: the attributes are headers, all of which
/// must fit into http_head_bytes_max.
inline constexpr std::size_t publish_body_bytes_min = 72 * 1024;
/// What a client is told to wait where a limit of [limits] is reached that is no rate;
/// and how often the log tells of one limit, on each thread.
inline constexpr std::chrono::milliseconds full_retry{5000};
inline constexpr std::chrono::seconds limit_log_interval{10};
/// Publishers over HTTP whose rates a thread remembers.
inline constexpr std::size_t publisher_rates_max = 10'000;
/// A presence's key, and its meta as the channel gives it, in bytes.
inline constexpr std::size_t presence_key_bytes_max = 255;
inline constexpr std::size_t presence_meta_bytes_max = 1024;
/// Over which a topic's changes of presence are collected, where it has more
/// tracked members than these.
inline constexpr std::chrono::milliseconds presence_window{50};
inline constexpr std::size_t presence_small_topic = 32;
/// Threads that serve sockets.
inline constexpr unsigned threads_max = 64;
/// socket.secret, in bytes: as long as what is signed with it (RFC 2104 section 3).
inline constexpr std::size_t secret_bytes_min = 32;
/// The head of an HTTP request, in bytes.
inline constexpr std::size_t http_head_bytes_max = 16 * 1024;
/// TLS handshakes of one thread that are on their way.
inline constexpr std::size_t tls_handshakes_max = 1024;
/// What waits between two threads before others stop reading from clients.
inline constexpr std::size_t mailbox_bytes_max = 16 * 1024 * 1024;
/// Shorter messages are not compressed: the work is more than the gain.
inline constexpr std::size_t deflate_bytes_min = 1024;
/// How long a client may take to answer a close before it is cut.
inline constexpr std::chrono::milliseconds close_wait{2000};
/// How long GET /healthz waits for all threads before it says that one hangs.
inline constexpr std::chrono::milliseconds health_wait{2000};
/// The body of an HTTP request that may not bring a large one, in bytes.
inline constexpr std::size_t http_small_body_bytes_max = 64 * 1024;
/// A long-poll push: its body, in bytes (or twice socket.max_message_size, where
/// that is more), and the frames that are taken from it.
inline constexpr std::size_t push_body_bytes_max = 8 * 1024 * 1024;
inline constexpr std::size_t push_frames_max = 100;
/// Of a long-poll session's queue, what does not count against longpoll.max_memory.
inline constexpr std::size_t longpoll_queue_bytes_free = 64 * 1024;
/// Of a connection's unfinished WebSocket message, what does not count against
/// socket.unfinished_bytes_max.
inline constexpr std::size_t unfinished_bytes_free = 16 * 1024;
/// Polls of one long-poll session that hang at the same time.
inline constexpr std::size_t hanging_polls_max = 4;

/// A JSON Web Token, in bytes, and the levels of JSON in its claims.
inline constexpr std::size_t token_bytes_max = 16 * 1024;
inline constexpr unsigned claims_levels_max = 32;
/// Keys that may verify tokens: of one source, and how many one token is tried
/// with where its `kid` does not say which.
inline constexpr std::size_t token_keys_max = 100;
inline constexpr std::size_t token_keys_tried_max = 8;
/// How soon a client may hand in another token.
inline constexpr std::chrono::seconds token_renewal_interval{1};
/// Verified tokens that a thread remembers.
inline constexpr std::size_t token_cache_max = 512;
/// A file of keys (PEM, JWKS, a secret), in bytes.
inline constexpr std::size_t key_file_bytes_max = 1024 * 1024;
/// How often it is looked whether such a file has changed.
inline constexpr std::chrono::seconds file_look_interval{2};
/// HS256 takes no shorter secret (RFC 7518 section 3.2), RS256 no shorter key
/// (section 3.3); a longer key would make each signature costly.
inline constexpr std::size_t hmac_secret_bytes_min = 32;
inline constexpr int rsa_bits_min = 2048;
inline constexpr int rsa_bits_max = 8192;

/// How long a join waits until what its client missed fits beside what is queued for
/// it: less than the 10 seconds after which phoenix.js gives a join up.
inline constexpr std::chrono::seconds recovery_wait{5};

/// Pushes of one member that wait while one of its publishes is being decided.
inline constexpr std::size_t waiting_pushes_max = 256;
/// What the joins and pushes of one socket that wait for decisions, and replies behind
/// those to its publishes, take together: twice socket.max_message_size, or this where
/// that is less; each counts with so much more.
inline constexpr std::size_t waiting_bytes_min = 1024 * 1024;
inline constexpr std::size_t waiting_overhead_bytes = 128;
/// What the replies of one socket's publishes may take that wait for the thread
/// that puts its topic in order: their refs, and so much for each, in bytes.
inline constexpr std::size_t waiting_reply_bytes_max = 4 * 1024 * 1024;
inline constexpr std::size_t waiting_reply_overhead_bytes = 64;
/// The JSON that a hook answers with, and a reason in it.
inline constexpr std::size_t hook_answer_bytes_max = 64 * 1024;
inline constexpr std::size_t hook_text_bytes_max = 1024;
/// A user, or the id of its sockets, as a hook names it.
inline constexpr std::size_t user_bytes_max = 255;

/// A Lua script, in bytes, and what it may print in one call: lines of the log.
inline constexpr std::size_t lua_script_bytes_max = 1024 * 1024;
inline constexpr unsigned lua_prints_max = 16;

/// Of an HTTP hook: the questions that wait for a connection to the service, and
/// the head of its answer, in bytes.
inline constexpr std::size_t hook_waiting_bytes_max = 16 * 1024 * 1024;
inline constexpr std::size_t hook_head_bytes_max = 16 * 1024;
/// Headers that it adds to requests, and their length together.
inline constexpr std::size_t hook_headers_max = 16;
inline constexpr std::size_t hook_headers_bytes_max = 8 * 1024;
/// How long its connections wait for the next request.
inline constexpr std::chrono::seconds hook_idle_time{30};

/// Keys of the server API; and one of them, in bytes: shorter ones can be guessed.
inline constexpr std::size_t api_keys_max = 100;
inline constexpr std::size_t api_key_bytes_min = 32;
inline constexpr std::size_t api_key_bytes_max = 1024;
/// What one answer of the server API lists: topics, members.
inline constexpr std::size_t api_page_max = 1000;
/// Topics and events of one POST /api/publish.
inline constexpr std::size_t api_publish_topics_max = 100;
inline constexpr std::size_t api_publish_events_max = 100;

/// A data schema's file, in bytes; its subschemas; how deep they may lead into one
/// another, each once, and how far checking may recurse.
inline constexpr std::size_t data_schema_bytes_max = 1024 * 1024;
inline constexpr std::size_t data_schema_parts_max = 2000;
inline constexpr std::size_t data_schema_depth_max = 128;
inline constexpr std::size_t data_schema_levels_max = 640;
/// What checking the events of one request (a WebSocket message is one event) against
/// their schemas may take in all, in steps of about 100 ns; and what looking for the
/// places of their faults may, and how many of one event are looked for.
inline constexpr std::size_t data_schema_steps_max = 4'000'000;
inline constexpr std::size_t data_schema_finding_steps_max = 1'000'000;
inline constexpr std::size_t data_schema_findings_max = 1000;
/// A pattern in a data schema, and what it is compared with, in bytes: a longer
/// text does not match; and the instructions it is compiled to.
inline constexpr std::size_t data_schema_pattern_bytes_max = 1024;
inline constexpr std::size_t data_schema_pattern_text_bytes_max = 4096;
inline constexpr int data_schema_pattern_size_max = 10'000;
/// Entries of [[data_schema]], and event types of which a thread remembers theirs.
inline constexpr std::size_t data_schemas_max = 1000;
inline constexpr std::size_t data_schema_types_max = 1024;

}  // namespace roost::limits
