// Loss of one model for many subjects: shared arrays, plus those that the features of a subject select.
#pragma once
#include <vector>

#include "forced_run.h"
#include "penalty.h"
#include "watch.h"

namespace dsr {

// Subject j has the arrays theta_j = theta_0 + sum_a f_ja theta_a [Brenner 2025]. The flat vector holds
// theta_0, ..., theta_k, each laid out as in `Layout`, and then the features f (J, k).
template <class T>
class Cohort {
 public:
  Cohort(const Sizes& s, int n_features, int n_subjects, const Data<T>& data, Vectors<T> vectors, Buffer<T> forced,
         bool noise)
      : k_(n_features), J_(n_subjects), s_(s), at_(s), data_(data), v_(std::move(vectors)),
        gradient_(v_.theta.size()), own_(padded(at_.size, lanes<T>)), slope_(own_.size()),
        layer_(make_layer<T>(s, at_)), run_(s, at_, std::move(forced)), batch_(s, data.seen != nullptr, noise) {}

  const Sizes& sizes() const { return s_; }
  int n_subjects() const { return J_; }
  std::size_t n_trained() const { return size_of(s_, k_, J_); }
  T* theta() { return v_.theta.data(); }
  const T* gradient() const { return gradient_.data(); }

  static std::size_t size_of(const Sizes& s, int n_features, int n_subjects) {
    return volume(Layout(s).size, n_features + 1) + volume(n_features, n_subjects);
  }

  // Loss of all windows with penalties; the gradient is overwritten. `counts` (J) has the number of windows of
  // each subject. The draw has them subject by subject, and its noise for each subject (T + 1, count, N).
  double loss_gradient(const Draw<T>& draw, const long long* counts, double alpha) {
    gradient_.clear();
    const double factor = 2.0 / double(std::max<std::ptrdiff_t>(n_values_of(draw, counts), 1));
    double error = 0;
    Watch watch;
    each(draw, counts, [&](int j, const Sizes& s, const Draw<T>& own) {
      select(j);
      layer_->prepare(own_.data(), slope_.data());
      run_.prepare(own_.data(), slope_.data());
      for (int first = 0; first < s.S; first += lanes<T>) {
        batch_.gather(s, data_, own, first);
        error += run_.forward(batch_, *layer_, nullptr, T(alpha), T(factor));
        run_.backward(batch_, *layer_, nullptr, T(alpha));
        watch.done(18.0 * s.T * lanes<T> * (s.M * std::max(s.L, s.M) + s.N));
      }
      distribute(j);
    });
    return 0.5 * factor * error + penalise(v_, gradient_);
  }

 private:
  // Call f(j, sizes, draw) for each subject with windows.
  template <class F>
  void each(Draw<T> draw, const long long* counts, F&& f) const {
    for (int j = 0; j < J_; j++) {
      Sizes s = s_;
      s.S = int(counts[j]);
      if (s.S) f(j, s, draw);
      draw.starts += s.S;
      if (draw.noise) draw.noise += std::size_t(s.T + 1) * s.S * s.N;
    }
  }

  std::ptrdiff_t n_values_of(const Draw<T>& draw, const long long* counts) const {
    std::ptrdiff_t n = 0;
    each(draw, counts, [&](int, const Sizes& s, const Draw<T>& own) { n += n_values(s, data_, own); });
    return n;
  }

  T* features(T* flat, int j) const { return flat + (k_ + 1) * at_.size + std::size_t(j) * k_; }

  // Arrays of subject j, and an empty gradient.
  void select(int j) {
    slope_.clear();
    const T *theta = v_.theta.data(), *f = features(v_.theta.data(), j);
    for (std::size_t i = 0; i < at_.size; i++) own_[i] = theta[i];
    for (int a = 0; a < k_; a++) {
      theta += at_.size;
      for (std::size_t i = 0; i < at_.size; i++) own_[i] += f[a] * theta[i];
    }
  }

  // Gradients of shared and selected arrays and of features, from the gradient of the arrays of subject j.
  void distribute(int j) {
    const T *theta = v_.theta.data(), *f = features(v_.theta.data(), j);
    T *g = gradient_.data(), *of_features = features(gradient_.data(), j);
    for (std::size_t i = 0; i < at_.size; i++) g[i] += slope_[i];
    for (int a = 0; a < k_; a++) {
      theta += at_.size, g += at_.size;
      double total = 0;
      for (std::size_t i = 0; i < at_.size; i++) {
        g[i] += f[a] * slope_[i];
        total += double(slope_[i]) * double(theta[i]);
      }
      of_features[a] = T(total);
    }
  }

  const int k_, J_;
  const Sizes s_;
  const Layout at_;
  const Data<T> data_;
  Vectors<T> v_;
  Buffer<T> gradient_, own_, slope_;
  std::unique_ptr<Layer<T>> layer_;
  ForcedRun<T> run_;
  Batch<T> batch_;
};

}  // namespace dsr
