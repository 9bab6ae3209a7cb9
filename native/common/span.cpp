#include "common/span.h"

#include <cstdio>
#include <cstdlib>

namespace halolaw {

void boundsFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "halolaw: out of bounds: %s does not hold at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace halolaw
