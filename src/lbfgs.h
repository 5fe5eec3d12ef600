// Sums of L-BFGS, in lanes. BLAS sums depend on the processor and on the number of threads.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "simd.h"

namespace dsr {

// Inner product of two vectors, in four packs of lanes.
inline double dot(const double* a, const double* b, std::int64_t n) {
  constexpr int w = lanes<double>;
  using V = Pack<double>;
  V total[4] = {filled<V>(0.0), filled<V>(0.0), filled<V>(0.0), filled<V>(0.0)};
  std::int64_t i = 0;
  for (; i + 4 * w <= n; i += 4 * w)
    for (int j = 0; j < 4; j++) total[j] = total[j] + loaded<V>(a + i + j * w) * loaded<V>(b + i + j * w);
  for (; i + w <= n; i += w) total[0] = total[0] + loaded<V>(a + i) * loaded<V>(b + i);
  double rest_a[w] = {}, rest_b[w] = {};
  std::copy(a + i, a + n, rest_a), std::copy(b + i, b + n, rest_b);
  total[1] = total[1] + loaded<V>(rest_a) * loaded<V>(rest_b);
  return sum((total[0] + total[2]) + (total[1] + total[3]));
}

// The last steps s and the changes y of the gradient on them. Pair i is row i modulo `capacity`.
struct Pairs {
  const double *steps, *changes;  // (capacity, n)
  std::int64_t capacity, n, n_pairs;

  // direction (n,) = -H gradient, where H is the inverse Hessian approximated by the last pairs.
  void direction(const double* gradient, double* direction) const {
    const std::int64_t kept = std::min(n_pairs, capacity);
    std::vector<double> weights(kept), curvatures(kept);
    for (std::int64_t i = 0; i < n; i++) direction[i] = -gradient[i];
    for (std::int64_t j = 0; j < kept; j++) {
      const double *s = step(j), *y = change(j);
      curvatures[j] = dot(s, y, n);
      weights[j] = dot(s, direction, n) / curvatures[j];
      for (std::int64_t i = 0; i < n; i++) direction[i] -= weights[j] * y[i];
    }
    if (kept > 0) {
      const double scale = curvatures[0] / dot(change(0), change(0), n);
      for (std::int64_t i = 0; i < n; i++) direction[i] *= scale;
    }
    for (std::int64_t j = kept - 1; j >= 0; j--) {
      const double *s = step(j), more = weights[j] - dot(change(j), direction, n) / curvatures[j];
      for (std::int64_t i = 0; i < n; i++) direction[i] += more * s[i];
    }
  }

 private:
  // The pair j steps before the last one.
  const double* step(std::int64_t j) const { return steps + (n_pairs - 1 - j) % capacity * n; }
  const double* change(std::int64_t j) const { return changes + (n_pairs - 1 - j) % capacity * n; }
};

}  // namespace dsr
