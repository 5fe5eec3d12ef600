// Growth rate kappa of the products of Jacobians along the data, which sets adaptive alpha.
#pragma once
#include "floating.h"
#include "growth_norm.h"
#include "layer.h"
#include "simd.h"

namespace dsr {

// Definitions of kappa from the Jacobians J_t of a window, in the order of _forcing.MEANS.
enum class Mean {
  constant,               // no adaptation
  product_upper_bound,    // geometric mean over t of the spectral norms
  arithmetic_mean,        // spectral norm of the mean
  explog_approx,          // spectral norm of the entrywise geometric mean of abs(J_t)
  batch_maximum,          // largest spectral norm
  jacobian_upper_bound,   // max abs(A) + norm(W1) norm(W2), for any data
};

// The mean over time of the Jacobians of one pack of windows.
template <class T>
class Growth {
 public:
  Growth(Mean mean, int M, int n_points)
      : mean_(mean), M_(M), n_points_(n_points), J_(volume(M, M, lanes<T>)), one_(M * M),
        total_(volume(M, M, lanes<T>)) {}

  // Largest mean over the first `n_windows` of a pack. `signal` holds M packs at each of (T + 1) times.
  double of(Layer<T>& layer, const T* A, const T* signal, int n_times, int n_windows) {
    double logs[lanes<T>] = {}, largest[lanes<T>] = {};
    for (int k = 0; k < n_points_; k++) {
      const T* z = signal + std::ptrdiff_t(k) * n_times / n_points_ * M_ * lanes<T>;
      for (int i = 0; i < M_ * M_; i++) store(J_.data() + i * lanes<T>, filled<Pack<T>>(A[i]));
      layer.add_jacobian(z, J_.data());
      for (int s = 0; s < n_windows; s++) {
        accumulate(k, s);
        if (mean_ != Mean::product_upper_bound && mean_ != Mean::batch_maximum && k < n_points_ - 1) continue;
        const double norm = spectral_norm(one_.data(), M_, M_);
        logs[s] += logarithm(norm + 1e-30);
        largest[s] = std::max(largest[s], norm);
      }
    }
    double kappa = 0;
    for (int s = 0; s < n_windows; s++) {
      const double mean = mean_ == Mean::product_upper_bound ? exponential(logs[s] / n_points_) : largest[s];
      kappa = std::max(kappa, mean);
    }
    return kappa;
  }

  // Bound at any state: max abs(A) plus the bound of the nonlinear part.
  double bound(const Layer<T>& layer, const T* A) {
    for (int i = 0; i < M_ * M_; i++) one_[i] = double(A[i]);
    return spectral_norm(one_.data(), M_, M_) + layer.steepest();
  }

 private:
  // one_ = the k-th Jacobian of window s, or the mean of the first k + 1.
  void accumulate(int k, int s) {
    for (int i = 0; i < M_ * M_; i++) {
      double entry = double(J_[i * lanes<T> + s]);
      if (mean_ == Mean::arithmetic_mean || mean_ == Mean::explog_approx) {
        if (mean_ == Mean::explog_approx) entry = logarithm(std::fabs(entry) + 1e-30);
        double& total = total_[i * lanes<T> + s];
        total = k == 0 ? entry : total + entry;
        entry = total / (k + 1);
        if (mean_ == Mean::explog_approx && k == n_points_ - 1) entry = exponential(entry);
      }
      one_[i] = entry;
    }
  }

  Mean mean_;
  int M_, n_points_;
  Buffer<T> J_;
  std::vector<double> one_;
  Buffer<double> total_;
};

// New alpha: up to 1 - 1 / kappa at once, down with memory gamma [Hess 2023].
inline double adapted(double alpha, double kappa, double gamma) {
  const double wanted = kappa > 0 ? std::max(0.0, 1.0 - 1.0 / kappa) : 0.0;
  return wanted > alpha ? wanted : gamma * alpha + (1.0 - gamma) * wanted;
}

}  // namespace dsr
