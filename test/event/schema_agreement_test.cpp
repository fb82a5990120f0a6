// The code and the schema of record must give one verdict on every event, but
// for the rules that JSON Schema cannot say, or only with a regular expression
// over a client's text. Each of these has a name here and an event that proves
// the difference.
#include <gtest/gtest.h>
#include <roost/cloud_event.hpp>

#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/schema.hpp"

namespace roost {
namespace {

const Schema& schema_of_record() {
  static const Schema schema = [] {
    std::ifstream file(ROOST_SOURCE_DIR "/schemas/cloudevents-1.0.schema.json");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    auto compiled = Schema::compile(text);
    if (!compiled) throw std::runtime_error(compiled.error().message);
    return *compiled;
  }();
  return schema;
}

bool schema_accepts(std::string_view event) {
  return schema_of_record().check(event, 1).empty();
}

/// The reason, or "ok".
std::string reason_of(std::string_view event) {
  const Verdict verdict = validate_cloud_event(event);
  const auto* rejected = std::get_if<RejectedEvent>(&verdict);
  return rejected != nullptr ? rejected->reason : "ok";
}

/// Rules that are in the code alone.
enum class Beyond {
  nothing,
  repeated_name,
  string_characters,
  uri,
  date_time,
  media_type,
  attribute_name,
  attribute_count,
  base64,
};

struct Choice {
  std::string_view member;
  Beyond beyond = Beyond::nothing;
};
using Choices = std::vector<Choice>;

const std::vector<Choices>& required_choices() {
  static const std::vector<Choices> choices = {
      {{R"("specversion":"1.0")"},
       {R"("specversion":"1\u002e0")"},
       {R"("specversion":"1.1")"},
       {R"("specversion":1.0)"},
       {R"("specversion":null)"},
       {""}},
      {{R"("id":"1")"},
       {R"("id":"\u00e9\"")"},
       {R"("id":"")"},
       {R"("id":1)"},
       {R"("id":null)"},
       {R"("id":["1"])"},
       {R"("id":"\u0000")", Beyond::string_characters},
       {R"("id":"\uffff")", Beyond::string_characters},
       {""}},
      {{R"("source":"/s")"},
       {R"("source":"urn:a:b")"},
       {R"("source":"")"},
       {R"("source":{})"},
       {R"("source":null)"},
       {R"("source":"a b")", Beyond::uri},
       {R"("source":"http://h:p")", Beyond::uri},
       {""}},
      {{R"("type":"t")"},
       {R"("type":"com.example.*")"},
       {R"("type":"")"},
       {R"("type":false)"},
       {R"("type":null)"},
       {R"("type":"a\nb")", Beyond::string_characters},
       {""}},
  };
  return choices;
}

const std::vector<Choices>& optional_choices() {
  static const std::vector<Choices> choices = {
      {{R"("time":"2026-01-31T00:00:00Z")"},
       {R"("time":"2026-01-31T00:00:00.123+01:00")"},
       {R"("time":null)"},
       {R"("time":"")"},
       {R"("time":0)"},
       {R"("time":"2026-02-30T00:00:00Z")", Beyond::date_time},
       {R"("time":"2026-01-31 00:00:00Z")", Beyond::date_time}},
      {{R"("dataschema":"a:")"},
       {R"("dataschema":"https://h/s#f")"},
       {R"("dataschema":null)"},
       {R"("dataschema":"")"},
       {R"("dataschema":[])"},
       {R"("dataschema":"/relative")", Beyond::uri}},
      {{R"("datacontenttype":"a/b")"},
       {R"("datacontenttype":"text/plain; charset=utf-8")"},
       {R"("datacontenttype":null)"},
       {R"("datacontenttype":"a")"},
       {R"("datacontenttype":true)"},
       {R"("datacontenttype":"text/plain;")", Beyond::media_type}},
      {{R"("subject":"s")"},
       {R"("subject":null)"},
       {R"("subject":"")"},
       {R"("subject":1e3)"},
       {R"("subject":"\u0085")", Beyond::string_characters}},
      {{R"("data":null)"}, {R"("data":{"id":1})"}, {R"("data":"")"}, {R"("data":[[]])"}},
      {{R"("data_base64":null)"},
       {R"("data_base64":"")"},
       {R"("data_base64":"Zg==")"},
       {R"("data_base64":1)"},
       {R"("data_base64":[])"},
       {R"("data_base64":"Zg")", Beyond::base64}},
      {{R"("ext":"")"},
       {R"("ext":"text")"},
       {R"("ext":true)"},
       {R"("ext":2147483647)"},
       {R"("ext":-2147483648)"},
       {R"("ext":-0)"},
       {R"("ext":null)"},
       {R"("ext":2147483648)"},
       {R"("ext":-2147483649)"},
       {R"("ext":18446744073709551616)"},
       {R"("ext":1.5)"},
       {R"("ext":[])"},
       {R"("ext":{})"},
       {R"("ext":1.0)"},  // an integer for draft 7, but not for valijson
       {R"("ext":1e2)"},
       {R"("ext":"\u007f")", Beyond::string_characters}},
      {{R"("Upper":1)", Beyond::attribute_name},
       {R"("with_underscore":null)", Beyond::attribute_name},
       {R"("":"")", Beyond::attribute_name}},
      {{R"("twice":1,"twice":1)", Beyond::repeated_name},
       {R"("twice":null,"\u0074wice":1)", Beyond::repeated_name}},
  };
  return choices;
}

/// Draws without the distributions of <random>, which differ between libraries.
class Draw {
 public:
  explicit Draw(unsigned seed) : engine_(seed) {}
  std::size_t below(std::size_t bound) { return engine_() % bound; }
  bool one_in(std::size_t n) { return below(n) == 0; }

 private:
  std::mt19937 engine_;
};

struct Generated {
  std::string text;
  bool beyond = false;
};

/// The first of the choices is good: most members are, so that a good share of
/// the events has one fault or none.
Generated generate(Draw& draw) {
  std::vector<Choice> members;
  for (const Choices& choices : required_choices()) {
    members.push_back(draw.one_in(8) ? choices[draw.below(choices.size())] : choices.front());
  }
  for (const Choices& choices : optional_choices()) {
    const bool rare = choices.front().beyond != Beyond::nothing;
    if (rare ? draw.one_in(20) : draw.one_in(3)) {
      members.push_back(draw.one_in(3) ? choices[draw.below(choices.size())] : choices.front());
    }
  }
  for (std::size_t i = members.size(); i > 1; --i) {
    std::swap(members[i - 1], members[draw.below(i)]);
  }
  Generated event;
  for (const Choice& choice : members) {
    if (choice.member.empty()) continue;
    event.text.append(event.text.empty() ? "{" : ",").append(choice.member);
    event.beyond = event.beyond || choice.beyond != Beyond::nothing;
  }
  event.text += event.text.empty() ? "{}" : "}";
  return event;
}

TEST(SchemaOfRecord, GivesTheVerdictOfTheCodeOnThousandsOfEvents) {
  Draw draw(20260131);
  int accepted = 0;
  int rejected = 0;
  for (int i = 0; i < 4000; ++i) {
    const Generated event = generate(draw);
    const std::string reason = reason_of(event.text);
    if (event.beyond) {
      EXPECT_NE(reason, "ok") << event.text;
    } else {
      EXPECT_EQ(reason == "ok", schema_accepts(event.text)) << reason << ' ' << event.text;
    }
    ++(reason == "ok" ? accepted : rejected);
  }
  EXPECT_GT(accepted, 700);
  EXPECT_GT(rejected, 1000);
}

std::string many_attributes(int count) {
  std::string text = R"({"specversion":"1.0","id":"1","source":"s","type":"t")";
  for (int i = 4; i < count; ++i) text += ",\"a" + std::to_string(i) + "\":1";
  return text + "}";
}

TEST(SchemaOfRecord, CannotSayTheseRules) {
  auto with = [](std::string_view member) {
    return R"({"specversion":"1.0","id":"1","source":"s","type":"t",)" + std::string(member) + "}";
  };
  struct {
    Beyond rule;
    std::string event;
    std::string_view reason;
  } const cases[] = {
      {Beyond::repeated_name, with(R"("a":1,"a":1)"), "invalid_cloudevent_format"},
      {Beyond::string_characters, with(R"("subject":"\n")"), "invalid_subject"},
      {Beyond::string_characters, with(R"("a":"\ufdd0")"), "invalid_attribute"},
      {Beyond::uri, with(R"("dataschema":"http://[::1]x/")"), "invalid_dataschema"},
      {Beyond::date_time, with(R"("time":"2026-02-29T00:00:00Z")"), "invalid_time"},
      {Beyond::media_type, with(R"("datacontenttype":"a/b;c")"), "invalid_datacontenttype"},
      {Beyond::attribute_name, with(R"("Name":1)"), "invalid_attribute_name"},
      {Beyond::attribute_count, many_attributes(65), "invalid_attribute"},
      {Beyond::base64, with(R"("data_base64":"Zh==")"), "invalid_data"},
  };
  for (const auto& a_case : cases) {
    EXPECT_EQ(reason_of(a_case.event), a_case.reason) << a_case.event;
    EXPECT_TRUE(schema_accepts(a_case.event)) << a_case.event;
  }
  EXPECT_EQ(reason_of(many_attributes(64)), "ok");
}

// What no event can show, since it is no JSON for roost: lone surrogates,
// levels, the range of numbers. The tests of the JSON reader hold these.

}  // namespace
}  // namespace roost
