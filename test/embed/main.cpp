#include <roost/config.hpp>

#include <iostream>

int main() {
  roost::Config config;
  std::cout << "roost would listen on " << config.listen.front() << std::endl;
}
