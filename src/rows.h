// Vectors of M numbers, and matrices with such rows. Few numbers are processed one by one in
// unrolled loops, more in padded packs. Only M decides the order of sums.
#pragma once
#include "linalg.h"
#include "map.h"

namespace dsr {

// Call f(integral_constant few): M if a Map keeps so many units in registers, else 0.
template <class F>
auto with_few(Index M, F&& f) {
  if (M > Map::few) return f(std::integral_constant<int, 0>{});
  return with_size<Map::few>(M, f);
}

// few: the size M, or 0 for any size.
template <int few>
struct RowsOf {
  const Index M, width;

  explicit RowsOf(Index size) : M(few ? few : size), width(padded(size, lanes<double>)) {}

  DSR_INLINE double dot(const double* x, const double* y) const {
    if constexpr (few == 0) return linalg::dot(x, y, width);
    double total = 0.0;
    DSR_UNROLL
    for (int m = 0; m < few; m++) total += x[m] * y[m];
    return total;
  }

  DSR_INLINE void copy(const double* x, double* y) const {
    if constexpr (few == 0) return linalg::copy(x, y, width);
    DSR_UNROLL
    for (int m = 0; m < few; m++) y[m] = x[m];
  }

  // y += a x
  DSR_INLINE void add_scaled(double a, const double* x, double* y) const {
    if constexpr (few == 0) return linalg::add_scaled(a, x, y, width);
    DSR_UNROLL
    for (int m = 0; m < few; m++) y[m] += a * x[m];
  }

  // y -= (a x) b, equal for x and a exchanged
  DSR_INLINE void subtract(double a, const double* x, double b, double* y) const {
    if constexpr (few == 0) return linalg::subtract(a, x, b, y, width);
    DSR_UNROLL
    for (int m = 0; m < few; m++) y[m] -= a * x[m] * b;
  }

  // Rows i of out = sum over p of left(p, i) times row p of `right`, with left(p, i) =
  // left[p * step + i * next].
  DSR_INLINE void product(const double* left, Index step, Index next, const double* right, Index n, double* out) const {
    if constexpr (few == 0)
      return linalg::product({left, step, next}, {right, width, lanes<double>}, M, n, width / lanes<double>, out);
    for (Index i = 0; i < n; i++) {
      double total[few > 0 ? few : 1] = {};
      DSR_UNROLL
      for (int p = 0; p < few; p++) {
        DSR_UNROLL
        for (int m = 0; m < few; m++) total[m] += left[p * step + i * next] * right[p * width + m];
      }
      copy(total, out + i * width);
    }
  }
};

}  // namespace dsr
