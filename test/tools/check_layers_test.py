#!/usr/bin/env python3
"""Tests of tools/check_layers.py: each rule finds its planted violation, and
the project itself has none."""

import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tools"))
import check_layers  # noqa: E402


def found_in(files):
    """The violations of a tree made of {path: text}."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return check_layers.violations(root)


class CheckLayers(unittest.TestCase):
    def assert_finds(self, file, line, words):
        found = found_in({file: "// first line\n" + line + "\n"})
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(file + ":2: "), found)
        self.assertIn(words, found[0])

    def assert_accepts(self, file, line):
        self.assertEqual(found_in({file: line + "\n"}), [])

    def test_a_layer_may_include_itself_and_those_to_its_left(self):
        self.assert_accepts("lib/net/a.cpp", '#include "net/b.hpp"')
        self.assert_accepts("lib/net/a.cpp", '#include "base/utf8.hpp"')
        self.assert_accepts("lib/net/a.cpp", "#include <boost/asio/post.hpp>")
        self.assert_accepts("lib/base/a.cpp", "#include <roost/payload.hpp>")
        self.assert_accepts("lib/base/a.cpp", "#include <vector>")

    def test_an_upper_layer_is_found(self):
        self.assert_finds("lib/base/a.hpp", '#include "net/b.hpp"', "net is above it")
        self.assert_finds("lib/event/a.cpp", '#  include "channel/hub.hpp"', "channel is above it")

    def test_a_public_header_of_an_upper_layer_is_found(self):
        self.assert_finds("lib/base/a.cpp", "#include <roost/cloud_event.hpp>", "belongs to event")

    def test_an_include_that_names_no_layer_is_found(self):
        self.assert_finds("lib/base/a.cpp", '#include "utf8.hpp"', "does not begin with a layer")

    def test_sockets_and_locks_below_net_are_found(self):
        for name in ("boost/asio.hpp", "boost/beast/core.hpp", "sys/socket.h", "mutex"):
            self.assert_finds("lib/channel/a.cpp", f"#include <{name}>", "begin with net")

    def test_a_public_header_that_drags_in_the_engine_is_found(self):
        for name in ("boost/asio.hpp", "boost/beast/http.hpp", "fmt/format.h"):
            self.assert_finds("include/roost/limits.hpp", f"#include <{name}>", "public header")
        self.assert_finds("include/roost/limits.hpp", '#include "base/utf8.hpp"', "public header")
        self.assert_accepts("include/roost/limits.hpp", "#include <boost/system/result.hpp>")

    def test_a_public_header_without_a_layer_is_found(self):
        self.assertEqual(len(found_in({"include/roost/unheard_of.hpp": ""})), 1)

    def test_rapidjson_and_valijson_have_their_doors_only(self):
        json, schema = "lib/base/json.hpp", "lib/base/schema.cpp"
        self.assert_accepts(json, "#include <rapidjson/document.h>")
        self.assert_accepts(schema, "#include <valijson/validator.hpp>")
        for file in ("lib/event/a.cpp", "include/roost/limits.hpp", "test/base/a.cpp", schema):
            self.assert_finds(file, "#include <rapidjson/document.h>", "only " + json)
        self.assert_finds("tools/a.cpp", "#include <valijson/schema.hpp>", schema)

    def test_a_tool_that_includes_lib_is_found(self):
        self.assert_finds("tools/a.cpp", '#include "net/b.hpp"', "without being listed")
        self.assert_accepts("tools/a.cpp", '#include "cmd_serve.hpp"')

    def test_the_project_has_no_violation(self):
        self.assertEqual(check_layers.violations(ROOT), [])


if __name__ == "__main__":
    unittest.main()
