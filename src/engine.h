// Training: many updates per call. Each is a batch with its forced run, gradient, penalties and optimiser.
#pragma once
#include "forced_run.h"
#include "growth.h"
#include "optimizer.h"
#include "penalty.h"
#include "watch.h"

namespace dsr {

// The strength of forcing.
struct Forcing {
  Mean mean;
  double alpha;  // constant, or the first value
  double scale;  // factor on the adaptive alpha
  double gamma;  // memory of its decay
  int every;     // updates from one adaptation to the next
  int n_points;  // number of times of a window whose Jacobians are taken
};

template <class T>
class Engine {
 public:
  Engine(const Sizes& s, const Data<T>& data, Vectors<T> vectors, const Forcing& forcing, Buffer<T> forced,
         bool noise, double observation_penalty)
      : s_(s), at_(s), data_(data), v_(std::move(vectors)), forcing_(forcing), alpha_(forcing.alpha),
        gradient_(v_.theta.size()), optimizer_(v_.theta.size()), layer_(make_layer<T>(s, at_)),
        run_(s, at_, std::move(forced)), batch_(s, data.seen != nullptr, noise),
        growth_(forcing.mean, s.M, forcing.n_points) {
    if (s.affine) affine_ = std::make_unique<Affine<T>>(s, at_, observation_penalty);
  }

  const Sizes& sizes() const { return s_; }
  std::size_t n_trained() const { return at_.size; }
  T* theta() { return v_.theta.data(); }
  const T* gradient() const { return gradient_.data(); }

  // Loss of a batch with penalties; the gradient is overwritten.
  double loss_gradient(const Draw<T>& draw, double alpha) {
    Watch watch;
    return loss_gradient(draw, alpha, watch);
  }

  // Growth rate of the Jacobians at the forcing signals of a batch.
  double growth_rate(const Draw<T>& draw) {
    prepare();
    const T* A = v_.theta.data() + at_.A;
    if (forcing_.mean == Mean::jacobian_upper_bound) return growth_.bound(*layer_, A);
    double kappa = 0;
    for (int first = 0; first < s_.S; first += lanes<T>) {
      batch_.gather(s_, data_, draw, first);
      kappa = std::max(kappa, growth_.of(*layer_, A, run_.signals(batch_, affine_.get()), s_.T, batch_.n_live));
    }
    return kappa;
  }

  // One update for each rate, from the windows of draw(i), with losses and alphas. Returns the
  // number of updates done, which is smaller if loss, gradient or theta is not finite any more.
  template <class Draws>
  std::ptrdiff_t run(std::ptrdiff_t n_updates, const Draws& draw, const double* rates, double* losses, double* alphas) {
    Watch watch;
    for (std::ptrdiff_t i = 0; i < n_updates; i++) {
      if (forcing_.mean != Mean::constant && n_done_ % forcing_.every == 0)
        alpha_ = adapted(alpha_, growth_rate(draw(i)), forcing_.gamma);
      alphas[i] = forcing_.scale * alpha_;
      losses[i] = loss_gradient(draw(i), alphas[i], watch);
      if (!std::isfinite(losses[i]) || !all_finite(gradient_)) return i;
      n_done_++;
      optimizer_.step(v_.theta, gradient_, rates[i]);
      if (!all_finite(v_.theta)) return i;
    }
    return n_updates;
  }

 private:
  using P = Pack<T>;

  double prepare() {
    gradient_.clear();
    layer_->prepare(v_.theta.data(), gradient_.data());
    run_.prepare(v_.theta.data(), gradient_.data());
    return affine_ ? affine_->prepare(v_.theta.data(), gradient_.data()) : 0.0;
  }

  double loss_gradient(const Draw<T>& draw, double alpha, Watch& watch) {
    double loss = prepare(), error = 0;
    const double factor = 2.0 / double(std::max<std::ptrdiff_t>(n_values(s_, data_, draw), 1));
    for (int first = 0; first < s_.S; first += lanes<T>) {
      batch_.gather(s_, data_, draw, first);
      error += run_.forward(batch_, *layer_, affine_.get(), T(alpha), T(factor));
      run_.backward(batch_, *layer_, affine_.get(), T(alpha));
      watch.done(18.0 * s_.T * lanes<T> * (s_.M * std::max(s_.L, s_.M) + s_.N));
    }
    if (affine_) affine_->finish();
    return loss + 0.5 * factor * error + penalise(v_, gradient_);
  }

  // Whether all values are finite: 0 times infinity or NaN is NaN.
  static bool all_finite(const Buffer<T>& values) {
    auto total = filled<P>(T(0));
    for (std::size_t i = 0; i < values.size(); i += lanes<T>)
      total = total + loaded<P>(values.data() + i) * filled<P>(T(0));
    return sum(total) == T(0);
  }

  const Sizes s_;
  const Layout at_;
  const Data<T> data_;
  Vectors<T> v_;
  const Forcing forcing_;
  double alpha_;
  long long n_done_ = 0;
  Buffer<T> gradient_;
  RAdam<T> optimizer_;
  std::unique_ptr<Layer<T>> layer_;
  std::unique_ptr<Affine<T>> affine_;
  ForcedRun<T> run_;
  Batch<T> batch_;
  Growth<T> growth_;
};

}  // namespace dsr
