// Loops over sizes that the compiler knows.
#pragma once
#include <cstddef>
#include <utility>

#include "simd.h"

// Put this before a loop with a constant count: otherwise its arrays of packs go through memory.
#if defined(__clang__)
#define DSR_UNROLL _Pragma("clang loop unroll(full)")
#else
#define DSR_UNROLL _Pragma("GCC unroll 16")
#endif
// Put this after the parameters of a lambda.
#define DSR_INLINED __attribute__((always_inline))

namespace dsr {

using Index = std::ptrdiff_t;

// Call f(integral_constant n) for 1 <= n <= most; a larger n counts as `most`.
template <int most, class F>
DSR_INLINE auto with_size(Index n, F&& f) {
  if constexpr (most > 1)
    if (n < most) return with_size<most - 1>(n, f);
  return f(std::integral_constant<int, most>{});
}

// Call f(i, integral_constant of a size) for pieces of i..n - 1, of size `most` and at the end its halves.
template <int most, class F>
DSR_INLINE void in_pieces(Index i, Index n, F&& f) {
  for (; i + most <= n; i += most) f(i, std::integral_constant<int, most>{});
  if constexpr (most > 1) in_pieces<most / 2>(i, n, f);
}

}  // namespace dsr
