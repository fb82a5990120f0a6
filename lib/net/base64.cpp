#include "net/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstddef>

namespace roost::net {
namespace {

// OpenSSL counts with int.
constexpr std::size_t text_bytes_max = std::size_t{1} << 30;

bool is_base64_digit(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/';
}

void replace(std::string& text, char from, char to) {
  std::replace(text.begin(), text.end(), from, to);
}

}  // namespace

std::optional<std::string> decode_base64(std::string_view text, Padding padding) {
  if (text.size() > text_bytes_max) return std::nullopt;
  const auto end = std::find_if_not(text.begin(), text.end(), is_base64_digit);
  const auto digits = static_cast<std::size_t>(end - text.begin());
  const std::size_t missing = (4 - digits % 4) % 4;
  const std::string_view rest = text.substr(digits);
  const bool unpadded = rest.empty() && padding == Padding::optional;
  if (missing == 3 || (!unpadded && rest != std::string_view("==").substr(0, missing)))
    return std::nullopt;

  const std::string padded = std::string(text.substr(0, digits)).append(missing, '=');
  std::string out(padded.size() / 4 * 3, '\0');
  EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                  reinterpret_cast<const unsigned char*>(padded.data()),
                  static_cast<int>(padded.size()));
  out.resize(out.size() - missing);
  return out;
}

std::string encode_base64url(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  out.resize(std::min(out.size(), out.find('=')));
  replace(out, '+', '-');
  replace(out, '/', '_');
  return out;
}

std::optional<std::string> decode_base64url(std::string_view text) {
  if (text.find_first_of("+/=") != text.npos) return std::nullopt;
  std::string usual(text);
  replace(usual, '-', '+');
  replace(usual, '_', '/');
  auto out = decode_base64(usual, Padding::optional);
  // The last character may have bits that mean nothing.
  if (out && encode_base64url(*out) != text) return std::nullopt;
  return out;
}

}  // namespace roost::net
