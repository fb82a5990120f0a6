#!/usr/bin/env python3
"""`roost bench` against a server of the same build: counts must be exact.

usage: bench_test.py PATH-TO-ROOST
"""

import json
import subprocess
import sys
import unittest

ROOST = sys.argv.pop(1)


class Served(unittest.TestCase):
    """Each test has a server on a free port."""

    settings = ()

    def setUp(self):
        self.server = subprocess.Popen(
            [ROOST, "serve", "--listen", "127.0.0.1:0", "--set", "server.threads=2",
             *self.settings], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = next(word for word in self.server.stdout.readline().split()
                        if word.startswith("ws://"))

    def tearDown(self):
        self.server.kill()
        self.server.communicate()

    def bench(self, *arguments):
        return subprocess.run([ROOST, "bench", *arguments, "--url", self.url],
                              capture_output=True, text=True, timeout=60)

    def measure(self, *arguments):
        done = self.bench(*arguments, "--json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)


class Bench(Served):
    def assert_exact(self, report, receivers):
        self.assertGreater(report["publishes"], 0)
        self.assertEqual(report["deliveries"], report["publishes"] * receivers)
        for key in ("deliveries_lost", "deliveries_extra", "connections_with_wrong_events",
                    "publishes_refused", "disconnects"):
            self.assertEqual(report[key], 0, key)

    def test_a_closed_loop_is_counted_exactly(self):
        report = self.measure("fanout", "--subscribers", "10", "--window", "4", "--seconds", "1")
        self.assert_exact(report, 10)
        self.assertGreater(report["server_cpu_per_delivery_us"], 0)

    def test_an_open_loop_publishes_as_many_as_are_due(self):
        report = self.measure("fanout", "--subscribers", "6", "--topics", "3", "--publishers", "6",
                              "--rate", "50", "--seconds", "1", "--warmup", "0")
        self.assert_exact(report, 3)
        self.assertEqual(report["publishes"], 50)

    def test_a_large_payload_is_counted_exactly(self):
        self.assert_exact(self.measure("fanout", "--subscribers", "3", "--window", "2", "--seconds",
                                       "0.3", "--payload", "200000"), 3)

    def test_subscriptions_decide_who_should_get_an_event(self):
        report = self.measure("fanout", "--subscribers", "10", "--window", "4", "--seconds", "0.3",
                              "--subscribe", "org.*", "--subscribe", "com.*.tick",
                              "--patterns-each", "1")
        self.assert_exact(report, 5)

    def test_every_heartbeat_of_an_idle_connection_is_answered(self):
        report = self.measure("idle", "--connections", "50", "--heartbeat", "0.1", "--seconds",
                              "0.5")
        self.assertGreater(report["heartbeats"], 0)
        self.assertEqual(report["heartbeats"], report["heartbeat_replies"])

    def test_echo_asks_again_when_it_is_answered(self):
        report = self.measure("echo", "--connections", "5", "--seconds", "0.3")
        self.assertGreater(report["requests"], 5)

    def test_a_comparison_has_both_and_their_ratio(self):
        report = self.measure("fanout", "--subscribers", "5", "--window", "2", "--seconds", "0.3",
                              "--compare", "--runs", "1")
        self.assert_exact(report["server"], 5)
        self.assert_exact(report["yardstick"], 5)
        self.assertGreater(report["ratio"]["server_cpu_per_delivery_us"], 0)

    def test_a_report_for_people_names_what_was_counted(self):
        done = self.bench("fanout", "--subscribers", "2", "--seconds", "0.2")
        self.assertEqual(done.returncode, 0)
        for word in ("2 subscribers", "0 lost, 0 extra", "p99.9", "a delivery"):
            self.assertIn(word, done.stdout)

    def test_a_wrong_path_is_a_failure_that_says_so(self):
        self.url = self.url.replace("/socket", "/elsewhere")
        done = self.bench("echo")
        self.assertEqual(done.returncode, 1)
        self.assertIn("/elsewhere/websocket", done.stderr)

    def test_a_server_that_is_gone_is_a_failure_that_helps(self):
        self.server.kill()
        self.server.wait()
        done = self.bench("fanout")
        self.assertEqual(done.returncode, 1)
        self.assertIn("roost serve", done.stderr)

    def test_a_wrong_call_is_usage(self):
        for wrong in (("fanout", "--rate", "1", "--window", "1"), ("fanout", "--topics", "101"),
                      ("echo", "--connections", "0"), ("elsewhere",), ()):
            self.assertEqual(self.bench(*wrong).returncode, 2, wrong)


class SmallMessages(Served):
    settings = ("--set", "socket.max_message_size=1KiB")

    def test_a_server_that_hangs_up_is_a_fault(self):
        done = self.bench("fanout", "--payload", "5000", "--warmup", "0", "--json")
        self.assertEqual(done.returncode, 1)
        self.assertIn("1009", json.loads(done.stdout)["faults"][-1])

    def test_one_that_hangs_up_before_it_is_measured_is_a_failure(self):
        done = self.bench("fanout", "--payload", "5000", "--json")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("1009", done.stderr)


if __name__ == "__main__":
    unittest.main()
