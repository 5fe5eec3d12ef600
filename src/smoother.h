// Fixed-lag smoother for the Kalman filter [Bierman 1973]: states from earlier and later rows.
#pragma once
#include <algorithm>

#include "floating.h"
#include "kalman.h"

namespace dsr {

// Likelihood of the rows for given noise: its logarithm, and the sums that give its slopes. With
// the expected disturbances Q lambda and R u, the slope by Q is (squares - curvature) / 2, and
// likewise by R.
struct NoiseSums {
  Index M, N;
  double likelihood = 0.0;
  Buffer<double> squares = Buffer<double>(volume(M, M));    // of lambda lambda^T
  Buffer<double> curvature = Buffer<double>(volume(M, M));  // of its variance
  Buffer<double> row_squares = Buffer<double>(N), row_curvature = Buffer<double>(N);  // the same for u
};

template <int few>
class Smoother {
 public:
  // The path of the filter is kept for n_block rows and the `lag` rows after them.
  Smoother(KalmanFilter<few>& filter, Index n_block, Index lag)
      : filter_(filter), row(filter.row), M(filter.M), N(filter.N), width(filter.width), n_block_(n_block), lag_(lag),
        record_((1 + 2 * M + N) * width + 2 * padded(N, lanes<double>)), lambda_(width), shift_(width),
        information_(volume(M, width)), product_(volume(M, width)) {}

  // Fill out (n, M) with the smoothed states, from the filter's start at the first row; null for `sums` alone.
  void run(Index n, double* out, NoiseSums* sums = nullptr) {
    path_ = Buffer<double>(volume(std::min(n, n_block_ + lag_), record_));
    Watch watch;
    Index done = 0;  // rows that the filter has used
    for (Index a = 0; a < n; a += n_block_) {
      const Index b = std::min(a + n_block_, n), end = std::min(b + lag_, n);
      for (; done < end; done++) {
        keep(done, record(done - a));
        watch.done(filter_.work());
      }
      lambda_.clear(), information_.clear();
      for (Index t = end - 1; t >= a; t--) {
        const FilterRecord at = record(t - a);
        if (sums) inform(at, t > 0 && t < b ? sums : nullptr);
        backwards(at, out && t < b ? out + t * M : nullptr);
        watch.done(2.0 * (M + N) * width * (sums ? M : 1));
      }
      if (b < n) std::memmove(path_.data(), path_.data() + (b - a) * record_, (end - b) * record_ * sizeof(double));
    }
  }

 private:
  FilterRecord record(Index i) {
    double* p = path_.data() + i * record_;
    const Index square = M * width, columns = N * width;
    double* errors = p + width + 2 * square + columns;
    return {p, p + width, p + width + square, p + width + 2 * square, errors, errors + padded(N, lanes<double>)};
  }

  // The filter starts at the first row and does not use it.
  void keep(Index t, const FilterRecord& kept) {
    if (t > 0) return filter_.predict(t), filter_.correct(t, &kept);
    std::memset(kept.z, 0, record_ * sizeof(double));
    row.copy(filter_.z(), kept.z);
    for (Index m = 0; m < M; m++) row.copy(filter_.P() + m * width, kept.P + m * width);
  }

  // lambda -= b_n (e_n + g_n^T lambda) / s_n for each column; the state is z - P lambda; lambda = J^T lambda.
  void backwards(const FilterRecord& at, double* out) {
    double *lambda = lambda_.data(), *shift = shift_.data();
    for (Index n = N - 1; n >= 0; n--) {
      if (at.weights[n] == 0.0) continue;
      const double error = at.errors[n] + row.dot(at.gains + n * width, lambda);
      row.add_scaled(-error * at.weights[n], filter_.b(n), lambda);
    }
    if (out) {
      row.product(lambda, 1, 0, at.P, 1, shift);
      for (Index m = 0; m < M; m++) out[m] = at.z[m] - shift[m];
    }
    for (Index k = 0; k < M; k++) shift[k] = row.dot(at.JT + k * width, lambda);
    row.copy(shift, lambda);
  }

  // The same for the variance of lambda, and the contribution of a row to the sums. Call it before
  // `backwards`, with a copy of lambda.
  void inform(const FilterRecord& at, NoiseSums* sums) {
    double *lambda = shift_.data(), *V = information_.data(), *g = product_.data();
    row.copy(lambda_.data(), lambda);
    for (Index n = N - 1; n >= 0; n--) {
      const double weight = at.weights[n], *b = filter_.b(n);
      if (weight == 0.0) continue;
      row.product(at.gains + n * width, 1, 0, V, 1, g);
      const double u = (at.errors[n] + row.dot(at.gains + n * width, lambda)) * weight;
      const double variance = weight + weight * weight * row.dot(at.gains + n * width, g);
      for (Index m = 0; m < M; m++) {
        row.add_scaled(variance * b[m] - weight * g[m], b, V + m * width);
        row.add_scaled(-weight * b[m], g, V + m * width);
      }
      row.add_scaled(-u, b, lambda);
      if (!sums) continue;
      sums->likelihood -= 0.5 * (at.errors[n] * at.errors[n] * weight - logarithm(weight) + 1.8378770664093453);
      sums->row_squares[n] += u * u, sums->row_curvature[n] += variance;
    }
    if (sums)
      for (Index m = 0; m < M; m++)
        for (Index k = 0; k < M; k++) {
          sums->squares[m * M + k] += lambda[m] * lambda[k];
          sums->curvature[m * M + k] += V[m * width + k];
        }
    row.product(at.JT, 1, width, V, M, product_.data());  // J^T V
    for (Index m = 0; m < M; m++)
      for (Index k = 0; k <= m; k++)
        V[m * width + k] = V[k * width + m] = row.dot(product_.data() + m * width, at.JT + k * width);
  }

  KalmanFilter<few>& filter_;
  const RowsOf<few> row;
  const Index M, N, width, n_block_, lag_;
  const Index record_;  // numbers of a record
  Buffer<double> path_, lambda_, shift_, information_, product_;
};

}  // namespace dsr
