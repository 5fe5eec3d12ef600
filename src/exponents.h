// Lyapunov exponents of the canonical map: the stretching of an orthonormal basis along a run.
#pragma once
#include <cmath>
#include <limits>
#include <utility>

#include "floating.h"
#include "rows.h"

namespace dsr {

struct LyapunovRun {
  const Map& map;
  const double* inputs;  // (n_transient + last end, K), or null
  bool flow;             // whether the Jacobian is its mean over the segment to the next state
  Index n_transient;
  const std::int64_t* ends;  // (n_blocks,), ascending, counted from the end of the transient
  Index n_blocks, n;         // n: number of exponents

  // Fill sums (n_blocks, n) of the logarithms of the stretching factors, and advance z (M,). The
  // rows of Q (n, M) are the first basis.
  template <int few>
  void go(double* z, const double* Q, double* sums) const {
    const Index M = map.M, width = map.states;
    Buffer<double> ahead(map.width), next(width), u(map.units), u_next(map.units), gates(map.units);
    Buffer<double> JT(volume(M, width)), basis = linalg::padded_rows(Q, n, M), V(volume(n, width));
    double* z_next = ahead.data() + map.units;
    std::memcpy(z_next, z, M * sizeof(double));
    map.step(ahead.data(), next.data(), u.data());
    Watch watch;
    Index block = 0;
    for (Index t = 0; t < n_transient + ends[n_blocks - 1]; t++) {
      if (inputs)
        for (Index m = 0; m < M; m++) z_next[m] += map.driven(inputs + t * map.K, m);
      std::memcpy(z, z_next, M * sizeof(double));
      map.step(ahead.data(), next.data(), u_next.data());
      if (flow) {
        map.active_share(u.data(), u_next.data(), gates.data());
        map.mean_jacobian(gates.data(), JT.data());
      } else {
        map.jacobian(u.data(), JT.data());
      }
      std::swap(u, u_next);
      block += t - n_transient >= ends[block];
      stretch(RowsOf<few>(M), JT.data(), basis.data(), V.data(), t >= n_transient ? sums + block * n : nullptr);
      watch.done(map.work() + map.work_of_jacobian() + double(n) * (M + n) * width);
    }
  }

 private:
  // Replace Q by the orthonormal basis of J Q (modified Gram-Schmidt), and add the logarithms of
  // its stretching.
  template <int few>
  void stretch(const RowsOf<few> row, const double* JT, double* Q, double* V, double* logs) const {
    row.product(Q, 1, row.width, JT, n, V);
    for (Index i = 0; i < n; i++) {
      double *v = V + i * row.width, *q = Q + i * row.width;
      for (Index j = 0; j < i; j++) row.add_scaled(-row.dot(v, Q + j * row.width), Q + j * row.width, v);
      const double size = std::sqrt(row.dot(v, v));
      for (Index m = 0; m < row.M; m++) q[m] = size > 0.0 ? v[m] / size : 0.0;
      if (logs) logs[i] += size > 0.0 ? logarithm(size) : -std::numeric_limits<double>::infinity();
    }
  }
};

// Mean logarithmic growth per step of a vector under consecutive Jacobians (n, M, M), without the
// first `skip` of them. -inf if the vector becomes 0 or is not finite.
inline double mean_growth(const double* jacobians, Index n, Index M, Index skip) {
  const Index width = padded(M, lanes<double>);
  Buffer<double> v(width), next(width), J(width);
  for (Index m = 0; m < M; m++) v[m] = 1.0 / std::sqrt(double(M));
  double total = 0.0;
  Watch watch;
  for (Index t = 0; t < n; t++) {
    for (Index m = 0; m < M; m++) {
      std::memcpy(J.data(), jacobians + (t * M + m) * M, M * sizeof(double));
      next[m] = linalg::dot(J.data(), v.data(), width);
    }
    const double size = std::sqrt(linalg::dot(next.data(), next.data(), width));
    if (!(size > 0.0)) return -std::numeric_limits<double>::infinity();
    for (Index m = 0; m < M; m++) v[m] = next[m] / size;
    if (t >= skip) total += logarithm(size);
    watch.done(2.0 * M * width);
  }
  return total / (n - skip);
}

}  // namespace dsr
