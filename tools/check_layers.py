#!/usr/bin/env python3
"""The layer rule as a check: who may include what. See lib/README.md.

usage: tools/check_layers.py [ROOT]

Prints one line for each include that breaks a rule; exit code 1 if there is one.
"""

import pathlib
import re
import sys

# Each layer sees itself and those to its left.
LAYERS = ["base", "event", "protocol", "channel", "auth", "net", "server"]

# Headers of roost_embed(), which only their own layer finds.
GENERATED = "embedded/"

# The public headers and the layer that each belongs to. A layer may include
# the headers of its own and of those to its left.
PUBLIC = {
    "authorize.hpp": "channel",
    "channel.hpp": "channel",
    "cloud_event.hpp": "event",
    "config.hpp": "auth",
    "connection.hpp": "channel",
    "limits.hpp": "base",
    "log.hpp": "base",
    "payload.hpp": "base",
    "plugin.h": "auth",
    "presence.hpp": "channel",
    "server.hpp": "server",
    "status.hpp": "protocol",
    "topics.hpp": "channel",
}

# What `tools` needs beyond the public headers: {file: {lib header, ...}}.
TOOLS_MAY_INCLUDE = {
    "tools/bench/compare.hpp": {"base/result.hpp"},
    "tools/bench/fanout.cpp": {"base/json_scan.hpp"},
    "tools/bench/ledger.cpp": {"base/glob.hpp"},
    "tools/bench/micro/decode.cpp": {
        "base/utf8.hpp", "event/event_validator.hpp", "protocol/serializer.hpp"},
    "tools/bench/micro/lua.cpp": {"auth/lua_hook.hpp"},
    "tools/bench/micro/match.cpp": {"channel/subscriptions.hpp"},
    "tools/bench/micro/token.cpp": {
        "auth/jwt_cache.hpp", "auth/jwt_signer.hpp", "auth/jwt_verifier.hpp"},
    "tools/bench/report.cpp": {"base/json_scan.hpp"},
    "tools/bench/runs.hpp": {"base/result.hpp"},
    "tools/bench/swarm.hpp": {"base/result.hpp"},
    "tools/bench/url.hpp": {"base/result.hpp"},
    "tools/bench/yardstick_process.hpp": {"base/result.hpp"},
    "tools/bench/micro/join.cpp": {"auth/chain.hpp"},
    "tools/bench/micro/one_shard.hpp": {
        "channel/event_channel.hpp", "channel/shard.hpp", "channel/socket.hpp"},
    "tools/client/address.hpp": {"base/result.hpp"},
    "tools/client/connection.cpp": {"base/base64url.hpp", "base/log_text.hpp"},
    "tools/client/event_stream.cpp": {"base/json_scan.hpp", "base/utf8.hpp"},
    "tools/client/event_text.cpp": {"base/json_scan.hpp", "base/log_text.hpp"},
    "tools/client/http_get.hpp": {"base/result.hpp"},
    "tools/client/json_text.cpp": {"base/json_scan.hpp"},
    "tools/client/loop.hpp": {"base/result.hpp"},
    "tools/client/new_event.cpp": {"base/json_scan.hpp"},
    "tools/client/phoenix_client.cpp": {"base/log_text.hpp", "protocol/serializer.hpp"},
    "tools/client/place.cpp": {"base/json_scan.hpp", "base/utf8.hpp"},
    "tools/client/place.hpp": {"base/result.hpp"},
    "tools/client/trust.hpp": {"base/result.hpp"},
    "tools/client_options.cpp": {"base/utf8.hpp"},
    "tools/cmd_check_config.cpp": {"base/log.hpp", "server/hook_check.hpp"},
    "tools/cmd_explain.cpp": {"base/log.hpp", "server/explain.hpp"},
    "tools/cmd_publish.cpp": {"base/json_scan.hpp", "base/utf8.hpp"},
    "tools/cmd_serve.cpp": {"base/log.hpp"},
    "tools/cmd_token.cpp": {
        "auth/jwt_keys.hpp", "auth/jwt_signer.hpp", "auth/jwt_verifier.hpp", "base/json_scan.hpp",
        "base/log_text.hpp", "base/utf8.hpp"},
    "tools/cmd_topics.cpp": {"base/json_scan.hpp", "base/log_text.hpp"},
    "tools/cmd_validate.cpp": {
        "base/log_text.hpp", "event/data_schemas.hpp", "server/config_data_schemas.hpp"},
    "tools/event_input.cpp": {"base/json_scan.hpp", "base/utf8.hpp"},
    "tools/publisher.cpp": {"base/log_text.hpp"},
    "tools/roost.cpp": {"base/log_text.hpp", "server/config_values.hpp"},
}

# Public headers are all that an embedder has, and must not drag in the engine.
PUBLIC_MAY_INCLUDE = re.compile(r"[a-z_0-9.]+|roost/.+|boost/system/.+")

# These two change meaning with the order in which files see them, so each has
# its doors: see the traps in lib/README.md.
DOORS = {
    # The benchmark's reference has a RapidJSON of its own, under another name.
    "rapidjson/": {"lib/base/json.hpp", "tools/bench/micro/reference.cpp"},
    "valijson/": {"lib/base/json.hpp", "lib/base/schema.cpp", "lib/base/schema_keywords.cpp"},
}

# Sockets, threads and locks begin with `net`.
IO = re.compile(
    r"boost/(asio|beast)[/.].*|sys/socket\.h|sys/epoll\.h"
    r"|thread|mutex|shared_mutex|condition_variable|future"
)
FIRST_IO_LAYER = "net"
# The log is called from every thread and writes whole lines. The census is asked
# once a join, by every shard (lib/README.md).
IO_ALLOWED = {
    "lib/base/log.cpp": {"mutex"},
    "lib/channel/topic_census.hpp": {"mutex"},
}

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def includes(path):
    """Yields (line number, name, is quoted) for each include of a file."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match[1] or match[2], match[1] is not None


def sees(layer, other):
    return LAYERS.index(other) <= LAYERS.index(layer)


def check_public_name(layer, name):
    header = name.removeprefix("roost/")
    if header not in PUBLIC:
        return f"{name} has no layer in the table PUBLIC of tools/check_layers.py"
    if not sees(layer, PUBLIC[header]):
        return f"{layer} may not include {name}, which belongs to {PUBLIC[header]}"
    return None


def check_lib(file, layer, name, quoted):
    if name.startswith("roost/"):
        return check_public_name(layer, name)
    if quoted and not name.startswith(GENERATED):
        other = name.split("/")[0]
        if "/" not in name or other not in LAYERS:
            return f'"{name}" does not begin with a layer'
        if not sees(layer, other):
            return f"{layer} may not include {name}: {other} is above it"
    elif not sees(layer, FIRST_IO_LAYER) and IO.fullmatch(name):
        if name in IO_ALLOWED.get(file, ()):
            return None
        return f"{layer} may not include <{name}>: sockets, threads and locks begin with net"
    return None


def check_include(file, name, quoted):
    """What is wrong with `file` (relative to the root) including `name`, or None."""
    for prefix, doors in DOORS.items():
        if name.startswith(prefix) and file not in doors:
            return f"only {' and '.join(sorted(doors))} may include {name}"
    folder, *rest = file.split("/")
    if folder == "lib":
        return check_lib(file, rest[0], name, quoted)
    if folder == "include":
        if quoted or not PUBLIC_MAY_INCLUDE.fullmatch(name):
            return f"a public header may not include {name}"
        if name.startswith("roost/") and rest[1] in PUBLIC:
            return check_public_name(PUBLIC[rest[1]], name)
    if folder == "tools" and quoted and name.split("/")[0] in LAYERS:
        if name not in TOOLS_MAY_INCLUDE.get(file, ()):
            return f"tools includes {name} of lib without being listed"
    return None


def violations(root):
    found = []
    for folder in ("lib", "include", "tools", "test"):
        for path in sorted((root / folder).rglob("*.[ch]pp")):
            file = path.relative_to(root).as_posix()
            if "/node_modules/" in file:
                continue
            for number, name, quoted in includes(path):
                problem = check_include(file, name, quoted)
                if problem:
                    found.append(f"{file}:{number}: {problem}")
    public = root / "include" / "roost"
    for path in sorted(public.rglob("*.hpp")):
        if path.relative_to(public).as_posix() not in PUBLIC:
            found.append(f"include/roost/{path.name}:1: has no layer in the table PUBLIC")
    return found


def main():
    here = pathlib.Path(__file__).resolve().parent.parent
    found = violations(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here)
    print("\n".join(found) if found else "the layers are in order")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
