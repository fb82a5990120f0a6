// Text frames of V2.
#include "fuzz_frame.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  roost::protocol::check_text_frame(roost::protocol::Wire::v2,
                                    std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
