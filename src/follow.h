// Run of the map along rows: observed values correct it, and the map fills in the rest.
#pragma once
#include <vector>

#include "kalman.h"

namespace dsr {

// How rows and states are related: x = B z (N, M) and z = inverse x (M, N). Without an inverse, x
// is the first N units.
struct Inference {
  const double *B, *inverse;
};

// Fill states (n, M); the first is given. z_t = F(z~_{t-1}), and z~_t has the observed values of
// row t. Its missing values and its hidden units are those of z_t.
inline void follow(const Map& map, const Inference& how, const SeenRows& rows, double* states) {
  const Index M = map.M, N = rows.N;
  Buffer<double> run(map.width), next(map.states), u(map.units), inverse(volume(N, map.states));
  if (how.inverse)
    for (Index m = 0; m < M; m++)
      for (Index n = 0; n < N; n++) inverse[n * map.states + m] = how.inverse[m * N + n];
  double* z = run.data() + map.units;
  Watch watch;
  for (Index t = 1; t < rows.n; t++) {
    const double* x = rows.values + t * N;
    const unsigned char* seen = rows.seen + t * N;
    double* state = states + t * M;
    std::memcpy(z, state - M, M * sizeof(double));
    map.step(run.data(), next.data(), u.data());
    if (rows.inputs)
      for (Index m = 0; m < M; m++) z[m] += map.driven(rows.inputs + (t - 1) * map.K, m);
    if (!how.inverse) {
      for (Index n = 0; n < N; n++) z[n] = seen[n] ? x[n] : z[n];
      std::memcpy(state, z, M * sizeof(double));
    } else {
      next.clear();
      for (Index n = 0; n < N; n++) {
        double value = seen[n] ? x[n] : 0.0;
        for (Index m = 0; m < M && !seen[n]; m++) value += how.B[n * M + m] * z[m];
        linalg::add_scaled(value, inverse.data() + n * map.states, next.data(), map.states);
      }
      std::memcpy(state, next.data(), M * sizeof(double));
    }
    watch.done(map.work() + 2.0 * N * M);
  }
}

}  // namespace dsr
