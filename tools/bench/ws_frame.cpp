#include "ws_frame.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstring>

namespace roost::bench::ws {
namespace {

constexpr std::uint64_t body_bytes_max = 64 << 20;
constexpr std::uint8_t fin_bit = 0x80;
constexpr std::uint8_t mask_bit = 0x80;

/// XORs `size` bytes with the four of `mask`, in the order of memory.
void apply_mask(char* bytes, std::size_t size, std::uint32_t mask) {
  const std::uint64_t wide = std::uint64_t{mask} << 32 | mask;
  std::uint64_t word = 0;
  for (; size >= sizeof word; bytes += sizeof word, size -= sizeof word) {
    std::memcpy(&word, bytes, sizeof word);
    word ^= wide;
    std::memcpy(bytes, &word, sizeof word);
  }
  std::array<char, sizeof mask> keys{};
  std::memcpy(keys.data(), &mask, sizeof mask);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(bytes[i] ^ keys[i % 4]);
}

void append_header(std::string& out, Opcode opcode, std::size_t size, std::uint8_t masked) {
  const auto byte = [&](std::size_t value) { out += static_cast<char>(value); };
  byte(fin_bit | static_cast<std::uint8_t>(opcode));
  const int length_bytes = size < 126 ? 0 : size <= 0xffff ? 2 : 8;
  byte(masked | (length_bytes == 0 ? size : length_bytes == 2 ? 126 : 127));
  for (int i = length_bytes - 1; i >= 0; --i) byte(size >> (8 * i) & 0xff);
}

}  // namespace

ReadResult read_frame(char*& bytes, std::size_t& size, Frame& out) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  if (size < 2) return ReadResult::incomplete;
  const std::uint8_t opcode = byte(0) & 0x0f;
  if ((byte(0) & 0xf0) != fin_bit || opcode == 0) return ReadResult::broken;
  const bool masked = (byte(1) & mask_bit) != 0;
  std::uint64_t body_size = byte(1) & 0x7f;
  const std::size_t length_bytes = body_size < 126 ? 0 : body_size == 126 ? 2 : 8;
  const std::size_t header_size = 2 + length_bytes + (masked ? 4 : 0);
  if (size < header_size) return ReadResult::incomplete;
  if (length_bytes > 0) body_size = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) body_size = body_size << 8 | byte(2 + i);
  if (body_size > body_bytes_max) return ReadResult::broken;
  if (size - header_size < body_size) return ReadResult::incomplete;
  char* const body = bytes + header_size;
  if (masked) {
    std::uint32_t mask = 0;
    std::memcpy(&mask, body - 4, sizeof mask);
    apply_mask(body, body_size, mask);
  }
  out = {static_cast<Opcode>(opcode), {body, body_size}};
  bytes = body + body_size;
  size -= header_size + body_size;
  return ReadResult::frame;
}

void append_frame(std::string& out, Opcode opcode, std::string_view body) {
  append_header(out, opcode, body.size(), 0);
  out += body;
}

void append_masked(std::string& out, Opcode opcode, std::string_view body, std::uint32_t mask) {
  append_header(out, opcode, body.size(), mask_bit);
  out.append(reinterpret_cast<const char*>(&mask), sizeof mask);
  out += body;
  apply_mask(out.data() + out.size() - body.size(), body.size(), mask);
}

std::string accept_of(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned digest_size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &digest_size, EVP_sha1(), nullptr);
  std::array<unsigned char, 4 * EVP_MAX_MD_SIZE> base64{};
  const int size = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(digest_size));
  return {reinterpret_cast<const char*>(base64.data()), static_cast<std::size_t>(size)};
}

}  // namespace roost::bench::ws
