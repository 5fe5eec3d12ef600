// RAdam [Liu 2020] on one flat vector, with the defaults of torch.optim.RAdam.
#pragma once
#include "memory.h"
#include "simd.h"

namespace dsr {

template <class T>
class RAdam {
 public:
  explicit RAdam(std::size_t n) : m_(n), v_(n) {}

  // One update of theta in place; all vectors are padded with zeros to whole packs.
  void step(Buffer<T>& theta, const Buffer<T>& gradient, double rate) {
    n_steps_++;
    power1_ *= beta1, power2_ *= beta2;
    const double correction2 = 1 - power2_, rho_inf = 2 / (1 - beta2) - 1;
    const double rho = rho_inf - 2 * n_steps_ * power2_ / correction2;
    double size = rate / (1 - power1_);
    const bool rectified = rho > 5;
    if (rectified)
      size *= std::sqrt(correction2 * (rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho));
    const auto a = filled<P>(T(size)), eps = filled<P>(T(epsilon)), keep = filled<P>(T(beta2));
    const auto b1 = filled<P>(T(1 - beta1)), b2 = filled<P>(T(1 - beta2));
    for (std::size_t i = 0; i < theta.size(); i += lanes<T>) {
      const auto g = loaded<P>(gradient.data() + i);
      auto m = loaded<P>(m_.data() + i), v = loaded<P>(v_.data() + i), p = loaded<P>(theta.data() + i);
      m = fma(b1, g - m, m);
      v = fma(b2, g * g, keep * v);
      const auto move = a * m;
      p = p - (rectified ? move / (root(v) + eps) : move);
      store(m_.data() + i, m), store(v_.data() + i, v), store(theta.data() + i, p);
    }
  }

 private:
  using P = Pack<T>;
  static constexpr double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  Buffer<T> m_, v_;
  double n_steps_ = 0, power1_ = 1, power2_ = 1;
};

}  // namespace dsr
