// Extended Kalman filter of the canonical map along rows x_t = B z_t + noise.
#pragma once
#include <vector>

#include "rows.h"

namespace dsr {

// Consecutive rows (n, N), flags (not 0 where observed; NumPy's bool may hold any byte), and inputs
// (n, K) at the rows or null.
struct SeenRows {
  Index n, N;
  const double* values;
  const unsigned char* seen;
  const double* inputs;
};

// Record of the filter at a row: state and covariance before the row is used, the transposed
// Jacobian of the step to it, and for each column the gain, the innovation, and one over its
// variance, which is 0 where nothing was seen.
struct FilterRecord {
  double *z, *P, *JT, *gains, *errors, *weights;
};

template <int few>
class KalmanFilter {
 public:
  const RowsOf<few> row;
  const Index M, N, width;  // width: M, padded

  // Variances of the observation noise (N,), and the covariance Q (M, M) of the model's one-step error.
  KalmanFilter(const Map& map, const double* B, const SeenRows& rows, const double* noise, const double* Q)
      : row(map.M), M(row.M), N(rows.N), width(row.width), map_(map), rows_(rows), noise_(noise, noise + rows.N),
        B_(linalg::padded_rows(B, rows.N, map.M)), Q_(linalg::padded_rows(Q, map.M, map.M)), run_(map.width),
        next_(width), u_(map.units), JT_(volume(M, width)), P_(volume(M, width)), product_(volume(M, width)),
        gain_(width) {}

  double* z() { return run_.data() + map_.units; }
  double* P() { return P_.data(); }
  const double* b(Index n) const { return B_.data() + n * width; }
  double work() const { return map_.work() + map_.work_of_jacobian() + (2.0 * M + 3.0 * N) * M * width; }

  // Set the first state, with the mean variance of the noise.
  void start(const double* z0) {
    double variance = 0.0;
    for (double r : noise_) variance += r / N;
    std::memcpy(z(), z0, M * sizeof(double));
    for (Index m = 0; m < M; m++) P_[m * width + m] = variance;
  }

  // Run from the first row to the last. Returns the sum of squared errors without the first quarter
  // of the rows.
  double run() {
    double squares = 0.0;
    Watch watch;
    for (Index t = 1; t < rows_.n; t++) {
      predict(t);
      for (Index n = 0; n < N; n++)
        if (rows_.seen[t * N + n] && 4 * t >= rows_.n) squares += innovation(t, n) * innovation(t, n);
      correct(t, nullptr);
      watch.done(work());
    }
    return squares;
  }

  // From row t - 1 to row t: z = F(z), P = J P J^T + Q.
  void predict(Index t) {
    map_.step(run_.data(), next_.data(), u_.data());
    map_.jacobian(u_.data(), JT_.data());
    if (rows_.inputs)
      for (Index m = 0; m < M; m++) z()[m] += map_.driven(rows_.inputs + (t - 1) * map_.K, m);
    row.product(P(), 1, width, JT_.data(), M, product_.data());
    row.product(JT_.data(), width, 1, product_.data(), M, P());
    for (Index m = 0; m < M; m++) {
      row.add_scaled(1.0, Q_.data() + m * width, P_.data() + m * width);
      for (Index k = 0; k < m; k++) P_[k * width + m] = P_[m * width + k];
    }
  }

  // Error x - b z of a column of row t.
  double innovation(Index t, Index n) { return rows_.values[t * N + n] - row.dot(b(n), z()); }

  // Use row t. Taking its columns one after the other gives the same result as all at once, without
  // an inverse. Fills `kept` if given.
  void correct(Index t, const FilterRecord* kept) {
    if (kept) {
      row.copy(z(), kept->z);
      for (Index m = 0; m < M; m++) {
        row.copy(P() + m * width, kept->P + m * width);
        row.copy(JT_.data() + m * width, kept->JT + m * width);
      }
    }
    for (Index n = 0; n < N; n++) {
      double error = 0.0, weight = 0.0;
      if (rows_.seen[t * N + n]) {
        error = innovation(t, n);
        row.product(b(n), 1, 0, P(), 1, gain_.data());
        weight = 1.0 / (noise_[n] + row.dot(b(n), gain_.data()));
        row.add_scaled(error * weight, gain_.data(), z());
        lower_covariance(weight);
      }
      if (kept) {
        row.copy(gain_.data(), kept->gains + n * width);
        kept->errors[n] = error, kept->weights[n] = weight;
      }
    }
  }

 private:
  // P -= gain gain^T weight, exactly symmetric.
  void lower_covariance(double weight) {
    for (Index m = 0; m < M; m++) row.subtract(gain_[m], gain_.data(), weight, P() + m * width);
  }

  const Map& map_;
  const SeenRows rows_;
  std::vector<double> noise_;
  Buffer<double> B_, Q_, run_, next_, u_, JT_, P_, product_, gain_;
};

}  // namespace dsr
