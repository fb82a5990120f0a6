// Text frames of V1.
#include "fuzz_frame.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  roost::protocol::check_text_frame(roost::protocol::Wire::v1,
                                    std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
