// Free runs of the canonical map from many states, and its Jacobians at many states.
#pragma once
#include "map.h"
#include "watch.h"

namespace dsr {

class FreeRuns {
 public:
  // inputs (n_runs, n_steps, K) act in the step from state k to k + 1; null without inputs.
  FreeRuns(const Map& map, const double* inputs, Index n_steps) : map_(map), inputs_(inputs), n_steps_(n_steps) {}

  // Fill out (n_runs, n_steps, M) with the states after 1..n_steps steps from z0 (n_runs, M). A run
  // that overflows is infinite or NaN from there on.
  void run(const double* z0, Index n_runs, double* out) {
    if (map_.M > Map::few) return groups<Map::runs_of_many>(z0, n_runs, out, [&](auto R, auto... at) {
        many<R>(at...);
      });
    with_size<Map::few>(map_.M, [&](auto m) {
      groups<Map::runs_of_few>(z0, n_runs, out, [&](auto R, auto... at) { few<m, R>(at...); });
    });
  }

 private:
  template <int R, class F>
  void groups(const double* z0, Index n_runs, double* out, F&& f) {
    Index i = 0;
    for (; i + R <= n_runs; i += R) f(std::integral_constant<int, R>{}, i, z0, out);
    for (; i < n_runs; i++) f(std::integral_constant<int, 1>{}, i, z0, out);
  }

  template <int m, int R>
  void few(Index first, const double* z0, double* out) {
    double z[R][m];
    for (int r = 0; r < R; r++)
      for (int k = 0; k < m; k++) z[r][k] = z0[(first + r) * m + k];
    for (Index t = 0; t < n_steps_; t++) {
      map_.step_of_few<m, R, false>(z, nullptr);
      for (int r = 0; r < R; r++) finish<m>(first + r, t, z[r], out);
      watch_.done(R * map_.work());
    }
  }

  template <int R>
  void many(Index first, const double* z0, double* out) {
    const Index M = map_.M;
    Buffer<double> run(volume(R, map_.width)), next(volume(R, map_.states));
    const auto state = [&](int r) { return run.data() + r * map_.width + map_.units; };
    for (int r = 0; r < R; r++) std::memcpy(state(r), z0 + (first + r) * M, M * sizeof(double));
    for (Index t = 0; t < n_steps_; t++) {
      map_.step_of_many<R, false>(run.data(), next.data(), nullptr);
      for (int r = 0; r < R; r++) finish<0>(first + r, t, state(r), out);
      watch_.done(R * map_.work());
    }
  }

  // Add the effect of the inputs, and keep the state. M is `few` unless that is 0.
  template <int few>
  DSR_INLINE void finish(Index i, Index t, double* z, double* out) {
    const Index M = few ? few : map_.M;
    if (inputs_)
      for (Index m = 0; m < M; m++) z[m] += map_.driven(inputs_ + (i * n_steps_ + t) * map_.K, m);
    for (Index m = 0; m < M; m++) out[(i * n_steps_ + t) * M + m] = z[m];
  }

  const Map& map_;
  const double* inputs_;
  Index n_steps_;
  Watch watch_;
};

// Fill out (n, M, M) with the Jacobians at the states Z (n, M).
inline void jacobians(const Map& map, const double* Z, Index n, double* out) {
  const Index M = map.M;
  Buffer<double> run(map.width), u(map.units), JT(volume(M, map.states));
  Watch watch;
  for (Index i = 0; i < n; i++) {
    std::memcpy(run.data() + map.units, Z + i * M, M * sizeof(double));
    map.hidden_at(run.data(), u.data());
    map.jacobian(u.data(), JT.data());
    for (Index m = 0; m < M; m++)
      for (Index k = 0; k < M; k++) out[(i * M + m) * M + k] = JT[k * map.states + m];
    watch.done(map.work() + map.work_of_jacobian());
  }
}

}  // namespace dsr
