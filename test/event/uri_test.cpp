#include "event/uri.hpp"

#include <gtest/gtest.h>

#include <string>

namespace roost {
namespace {

// Absolute, and thus references as well.
constexpr std::string_view uris[] = {
    "http://example.com",
    "http://example.com/",
    "http://example.com/a/b;c=d?q=1&r=/?#f/?",
    "HTTP://EXAMPLE.COM",
    "ftp://ftp.is.co.za/rfc/rfc1808.txt",
    "ldap://[2001:db8::7]/c=GB?objectClass?one",
    "mailto:John.Doe@example.com",
    "news:comp.infosystems.www.servers.unix",
    "tel:+1-816-555-1212",
    "telnet://192.0.2.16:80/",
    "urn:oasis:names:specification:docbook:dtd:xml:4.1.2",
    "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66",
    "a:",
    "a+-.1:b",
    "a:/",
    "a:/b//c",
    "a:b:c@d",
    "a:?",
    "a:#",
    "file:///etc/hosts",
    "http://",
    "http://:80",
    "http://h:",
    "http://h:/",
    "http://h:99999999999999999999/",
    "http://user@h/",
    "http://user:pa:ss@h:1/",
    "http://@h",
    "http://%41%7a%20/%00",
    "http://999.999.999.999/",
    "http://a_b~c!$&'()*+,;=.d/",
    "http://[::]/",
    "http://[::1]:80/",
    "http://[1:2:3:4:5:6:7:8]",
    "http://[1:2:3:4:5:6:7::]",
    "http://[::2:3:4:5:6:7:8]",
    "http://[1::8]",
    "http://[1:2:3:4:5:6:1.2.3.4]",
    "http://[::255.255.255.255]",
    "http://[1:2:3:4:5::1.2.3.4]",
    "http://[::ffff:0.0.0.0]",
    "http://[ABCD:ef01::]",
    "http://[v1.a:b]",
    "http://[VfF.~!:]/",
};

constexpr std::string_view relative_references[] = {
    "",       "/",         "/a",    "//h",   "//h/a:b", "//",      "//h:80?q", "a",
    "a/b:c",  "./a:b",     "a?b:c", "a#b:c", "?",       "#",       "?a#b",     "/:",
    "../..",  "1a/b",      "a@b",   "%3Ab",  "/a//b",   "//[::1]", "~user",    "(a)",
    "//u@h/", "/events/1", "-",     "+",     "a;b=c",   "//h#f",
};

constexpr std::string_view broken[] = {
    // a first segment with a colon, and no scheme before it
    ":a",
    ":",
    "1a:b",
    "%61:b",
    "a_b:c",
    "+a:b",
    "a%3A:b",
    // characters outside the grammar
    " ",
    "a b",
    "http://h/ ",
    " http://h",
    "a\tb",
    "a\nb",
    "a\"b",
    "a<b",
    "a>b",
    "a\\b",
    "a^b",
    "a`b",
    "a{b",
    "a|b",
    "a}b",
    "[",
    "a]",
    "a:[",
    "http://h/[",
    "?[",
    "#[",
    "a#b#c",
    "##",
    "http://h/\xC3\xA9",
    "\xC3\xA9",
    "http://\xC3\xA9/",
    "a\x7F",
    "a\x01",
    // percent-encoding
    "%",
    "a%",
    "a%4",
    "a%4g",
    "a%g4",
    "%%41",
    "http://h%/",
    "http://h%2",
    "http://u%@h",
    "?%1",
    "#%z",
    // authority
    "http://h:80:90/",
    "http://h:8a/",
    "http://h:-1",
    "http://a@b@c/",
    "http://[::1]x/",
    "http://[::1",
    "http://::1]/",
    "http://[::1]80",
    "http://[::1]:8x",
    "http://[]/",
    "http://h[::1]",
    "http://u@[::1]@h",
    "http://[::1]@h",
    "http://a b/",
    "http://h\\x",
    "//a:b/",
    "//h:80:90",
    "http://[[::1]]/",
    // IPv6
    "http://[:]",
    "http://[:::]",
    "http://[1]",
    "http://[1:2:3:4:5:6:7]",
    "http://[1:2:3:4:5:6:7:8:9]",
    "http://[1::2::3]",
    "http://[1:2:3:4::5:6:7:8]",
    "http://[::1:2:3:4:5:6:7:8]",
    "http://[12345::]",
    "http://[g::]",
    "http://[1:]",
    "http://[:1::]",
    "http://[1:2:3:4:5:6:7:]",
    "http://[1:2:3:4:5:6:7:1.2.3.4]",
    "http://[1:2:3:4:5:6::1.2.3.4]",
    "http://[::1.2.3]",
    "http://[::1.2.3.4.5]",
    "http://[::256.1.1.1]",
    "http://[::01.2.3.4]",
    "http://[::1.2.3.4:5]",
    "http://[::1.2.3.]",
    "http://[::.1.2.3]",
    "http://[1.2.3.4]",
    "http://[::1%25eth0]",
    "http://[::1%eth0]",
    "http://[::300.1.1.1]",
    "http://[::1111.1.1.1]",
    // IPvFuture
    "http://[v.a]",
    "http://[v1.]",
    "http://[v1]",
    "http://[vg.a]",
    "http://[v1.a@b]",
    "http://[v1.%41]",
    "http://[1.a]",
};

TEST(Uri, IsAlsoAReference) {
  for (auto text : uris) {
    EXPECT_TRUE(is_uri(text)) << text;
    EXPECT_TRUE(is_uri_reference(text)) << text;
  }
}

TEST(Uri, NeedsASchemeWhichAReferenceDoesNot) {
  for (auto text : relative_references) {
    EXPECT_FALSE(is_uri(text)) << text;
    EXPECT_TRUE(is_uri_reference(text)) << text;
  }
}

TEST(Uri, IsRefusedWhereTheGrammarHasNoPlaceForIt) {
  for (auto text : broken) {
    EXPECT_FALSE(is_uri(text)) << text;
    EXPECT_FALSE(is_uri_reference(text)) << text;
  }
}

TEST(Uri, MayHoldEachAsciiCharacterInAPathJustWhereTheGrammarSays) {
  const std::string_view pchar_and_more =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/?#";
  for (int c = 0; c < 256; ++c) {
    const char character = static_cast<char>(c);
    const bool allowed = c != 0 && pchar_and_more.find(character) != pchar_and_more.npos;
    EXPECT_EQ(is_uri(std::string("a:/b") + character), allowed) << c;
  }
}

TEST(Uri, OfAMegabyteIsReadInOnePass) {
  EXPECT_TRUE(is_uri("http://h/" + std::string(1 << 20, 'a')));
  EXPECT_FALSE(is_uri("http://" + std::string(1 << 20, '@')));
  EXPECT_FALSE(is_uri("http://[" + std::string(1 << 20, ':') + "]"));
}

}  // namespace
}  // namespace roost
