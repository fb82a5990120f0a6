// The frame that the micro-benchmarks read: an event as phoenix.js sends it,
// 327 bytes in all.
#pragma once

#include <string_view>

namespace roost::bench {

inline constexpr std::string_view sample_event =
    R"({"specversion":"1.0","id":"b7d9c7a2-5a0f-4f7e-9f6c-2f6f0a3f9f11",)"
    R"("source":"/orders/eu-central/checkout","type":"com.example.order.created",)"
    R"("time":"2026-01-02T03:04:05.678Z","datacontenttype":"application/json",)"
    R"("subject":"order-4711-07","data":{"amount":129.95,"currency":"EUR","items":3}})";

inline constexpr std::string_view sample_frame =
    R"(["7","42","events:lobby","cloudevent",)"
    R"({"specversion":"1.0","id":"b7d9c7a2-5a0f-4f7e-9f6c-2f6f0a3f9f11",)"
    R"("source":"/orders/eu-central/checkout","type":"com.example.order.created",)"
    R"("time":"2026-01-02T03:04:05.678Z","datacontenttype":"application/json",)"
    R"("subject":"order-4711-07","data":{"amount":129.95,"currency":"EUR","items":3}}])";

static_assert(sample_frame.size() == 327);
static_assert(sample_frame.find(sample_event) != std::string_view::npos);

}  // namespace roost::bench
