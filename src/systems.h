// Orbits of differential equations by the classical Runge-Kutta method of order 4 with a fixed step.
#pragma once
#include <cstdint>
#include <vector>

#include "watch.h"

namespace dsr {

enum class System { lorenz63, lorenz96, rossler, duffing };

// Time derivative at the state x (d,) under the input u.
inline void field(System system, const double* x, int d, double u, const double* p, double* out) {
  switch (system) {
    case System::lorenz63:  // p = sigma, rho, beta
      out[0] = p[0] * (x[1] - x[0]);
      out[1] = x[0] * (p[1] - x[2]) - x[1];
      out[2] = x[0] * x[1] - p[2] * x[2];
      break;
    case System::lorenz96: {  // p = F; the ends of the ring are closed by hand
      const auto slope = [&](int i, int before, int next) {
        return (x[next] - x[before ? before - 1 : d - 1]) * x[before] - x[i] + p[0];
      };
      out[0] = slope(0, d - 1, 1);
      for (int i = 1; i < d - 1; i++) out[i] = slope(i, i - 1, i + 1);
      out[d - 1] = slope(d - 1, d - 2, 0);
      break;
    }
    case System::rossler:  // p = a, b, c
      out[0] = -x[1] - x[2];
      out[1] = x[0] + p[0] * x[1];
      out[2] = p[1] + x[2] * (x[0] - p[2]);
      break;
    case System::duffing:  // p = delta, alpha, beta
      out[0] = x[1];
      out[1] = u - p[0] * x[1] - p[1] * x[0] - p[2] * (x[0] * x[0] * x[0]);
      break;
  }
}

// Number of parameters of a system.
inline int n_parameters(System system) { return system == System::lorenz96 ? 1 : 3; }

struct Orbit {
  System system;
  const double* parameters;
  const double* inputs;  // (n_samples,), constant on the way to each sample, or null
  double step;
  std::int64_t n_substeps;

  // samples (n_samples, d): row i is the state at time (i + 1) n_substeps step.
  void run(const double* start, int d, std::int64_t n_samples, double* samples) const {
    std::vector<double> state(start, start + d), stage(d), slope(d), total(d);
    Watch watch;
    for (std::int64_t i = 0; i < n_samples; i++) {
      const double u = inputs ? inputs[i] : 0.0;
      for (std::int64_t k = 0; k < n_substeps; k++) {
        field(system, state.data(), d, u, parameters, slope.data());
        total = slope;
        const double fractions[] = {0.5, 0.5, 1.0}, weights[] = {2.0, 2.0, 1.0};
        for (int stage_number = 0; stage_number < 3; stage_number++) {
          for (int j = 0; j < d; j++) stage[j] = state[j] + fractions[stage_number] * step * slope[j];
          field(system, stage.data(), d, u, parameters, slope.data());
          for (int j = 0; j < d; j++) total[j] += weights[stage_number] * slope[j];
        }
        for (int j = 0; j < d; j++) state[j] += step / 6.0 * total[j];
        watch.done(60.0 * d);
      }
      for (int j = 0; j < d; j++) samples[i * d + j] = state[j];
    }
  }
};

}  // namespace dsr
