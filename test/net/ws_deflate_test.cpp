// The agreement on permessage-deflate: RFC 7692 sections 5 and 7.1.
#include "net/ws_deflate.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace roost::net {
namespace {

const std::string basic =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/// The answer to these headers, empty where there is none.
std::string answer_to(const std::vector<std::string_view>& offers) {
  std::vector<HeaderField> headers = {{"Host", "app.example"}};
  for (const std::string_view offer : offers)
    headers.push_back({"Sec-WebSocket-Extensions", offer});
  const auto agreement = agree_on_deflate(headers);
  return agreement ? agreement->answer : "";
}

unsigned bits_of(std::string_view offer) {
  const auto agreement = agree_on_deflate(std::vector<HeaderField>{
      {"sec-websocket-extensions", offer},
  });
  return agreement ? agreement->server_window_bits : 0;
}

TEST(WsDeflate, NothingIsAgreedOnWithoutAnOffer) {
  EXPECT_EQ(answer_to({}), "");
  EXPECT_EQ(answer_to({""}), "");
  EXPECT_EQ(answer_to({" , "}), "");
  EXPECT_EQ(answer_to({"x-webkit-deflate-frame"}), "");
}

TEST(WsDeflate, AnswersWhatBrowsersAndThePackageWsOffer) {
  EXPECT_EQ(answer_to({"permessage-deflate; client_max_window_bits"}), basic);
  EXPECT_EQ(answer_to({"permessage-deflate"}), basic);
  EXPECT_EQ(answer_to({"permessage-deflate;server_no_context_takeover;client_max_window_bits=15"}),
            basic);
  EXPECT_EQ(bits_of("permessage-deflate"), 12u);
}

TEST(WsDeflate, KeepsToTheWindowThatIsWished) {
  EXPECT_EQ(answer_to({"permessage-deflate; server_max_window_bits=15"}),
            basic + "; server_max_window_bits=12");
  EXPECT_EQ(answer_to({"permessage-deflate; server_max_window_bits=9"}),
            basic + "; server_max_window_bits=9");
  EXPECT_EQ(answer_to({R"(permessage-deflate; server_max_window_bits="1\0")"}),
            basic + "; server_max_window_bits=10");
  EXPECT_EQ(bits_of("permessage-deflate; server_max_window_bits=15"), 12u);
  EXPECT_EQ(bits_of("permessage-deflate; server_max_window_bits=11"), 11u);
}

TEST(WsDeflate, DeclinesAWindowThatItCannotKeep) {
  EXPECT_EQ(answer_to({"permessage-deflate; server_max_window_bits=8"}), "");
}

TEST(WsDeflate, TakesTheFirstOfferThatItCanKeep) {
  EXPECT_EQ(answer_to({"permessage-deflate; server_max_window_bits=8, other; a=b,"
                       " permessage-deflate; server_max_window_bits=10, permessage-deflate"}),
            basic + "; server_max_window_bits=10");
  EXPECT_EQ(answer_to({"other", "permessage-deflate"}), basic);
}

TEST(WsDeflate, DeclinesParametersThatAreNotOfRfc7692) {
  for (const char* const parameters :
       {"unknown", "server_max_window_bits", "server_max_window_bits=7",
        "server_max_window_bits=16", "server_max_window_bits=010", "server_max_window_bits=1",
        "client_max_window_bits=7", "client_max_window_bits=16", "client_max_window_bits=x",
        "server_no_context_takeover=1", "client_no_context_takeover=true",
        "client_max_window_bits; client_max_window_bits",
        "server_max_window_bits=10; server_max_window_bits=10"}) {
    EXPECT_EQ(answer_to({std::string("permessage-deflate; ") + parameters}), "") << parameters;
  }
}

TEST(WsDeflate, IgnoresAHeaderThatIsMalformed) {
  for (const char* const header :
       {"permessage-deflate;", "permessage-deflate; =1", "permessage-deflate x", ";",
        "permessage-deflate; a=", "permessage-deflate; a=\"", "permessage-deflate; a=\"b\\",
        "permessage-deflate; a=\"\"", "permessage-deflate; a=\"b c\"", "permessage-deflate, @",
        "permessage-deflate; client_max_window_bits=\"15\" x"}) {
    EXPECT_EQ(answer_to({header}), "") << header;
  }
}

}  // namespace
}  // namespace roost::net
