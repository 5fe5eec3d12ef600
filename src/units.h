// Units that act each by itself: z' = A z + W phi(z) + h. W is M wide, while the canonical map repeats it.
//
// phi(u) = u for the first n_linear units. For the others it is relu(u), or sum_b alphas_b relu(u -
// H_b), if clipped minus sum_b alphas_b relu(u). u is the state, or if centered the state minus its
// mean over units.
#pragma once
#include "growth_norm.h"
#include "layer.h"
#include "products.h"

namespace dsr {

template <class T>
class Units final : public Layer<T> {
 public:
  Units(const Sizes& s, const Layout& at)
      : M(s.M), B(s.n_bases), n_linear(s.n_linear), n_times(s.T), clipped(s.clipped), centered(s.centered), at_(at),
        W_(M, M), WT_(M, M), U_(volume(n_times, M, lanes<T>)), F_(volume(n_times, M, lanes<T>)),
        P_(volume(n_times, M, lanes<T>)), q_(volume(M, M, lanes<T>)) {}

  void prepare(const T* theta, T* gradient) override {
    W = theta + at_.W, alphas = theta + at_.alphas, H = theta + at_.H;
    gW = gradient + at_.W, galphas = gradient + at_.alphas, gH = gradient + at_.H;
    W_.set(W, M, 1), WT_.set(W, 1, M);
    all_ = T(0);
    for (int b = 0; b < B; b++) all_ += alphas[b];
  }

  void forward(const T* z, T* e) override {
    activate(center(z, U_.data()), F_.data(), nullptr);
    W_.add(F_.data(), e);
  }

  void backward(int t, const T* z, const T* d, T* g) override {
    const std::ptrdiff_t here = t * M * lanes<T>;
    T *p = P_.data() + here, *q = q_.data();
    std::memset(p, 0, M * lanes<T> * sizeof(T));
    WT_.add(d, p);
    activate(center(z, U_.data() + here), F_.data() + here, q);
    auto mean = filled<Pack<T>>(T(0));
    for (int m = 0; m < M; m++) {
      const auto value = loaded<Pack<T>>(p + m * lanes<T>) * loaded<Pack<T>>(q + m * lanes<T>);
      mean = mean + value;
      store(q + m * lanes<T>, value);
    }
    mean = centered ? mean / filled<Pack<T>>(T(M)) : filled<Pack<T>>(T(0));
    for (int m = 0; m < M; m++) {
      T* place = g + m * lanes<T>;
      store(place, loaded<Pack<T>>(place) + (loaded<Pack<T>>(q + m * lanes<T>) - mean));
    }
  }

  void collect(const T* Z, const T* D) override {
    add_outer<T>({D, M}, {F_.data(), M}, n_times, gW, M, 1);
    for (int m = n_linear; B > 0 && m < M; m++) collect_bases(m, centered ? U_.data() : Z);
  }

  void add_jacobian(const T* z, T* J) override {
    T *f = F_.data(), *slope = q_.data();
    activate(center(z, U_.data()), f, slope);
    for (int m = 0; m < M; m++) {
      auto mean = filled<Pack<T>>(T(0));
      const auto entry = [&](int k) { return filled<Pack<T>>(W[m * M + k]) * loaded<Pack<T>>(slope + k * lanes<T>); };
      for (int k = 0; k < M; k++) mean = mean + entry(k);
      mean = centered ? mean / filled<Pack<T>>(T(M)) : filled<Pack<T>>(T(0));
      for (int k = 0; k < M; k++) {
        T* place = J + (m * M + k) * lanes<T>;
        store(place, loaded<Pack<T>>(place) + (entry(k) - mean));
      }
    }
  }

  // The slope of phi is at most the sum over all bases.
  double steepest() const override {
    double slope = B ? 0.0 : 1.0;
    for (int b = 0; b < B; b++) slope += std::fabs(double(alphas[b]));
    return norm_of_rows(W, M, M, M, 1) * slope;
  }

 private:
  // The states that phi acts on: z, or u = z minus its mean.
  const T* center(const T* z, T* u) const {
    if (!centered) return z;
    auto mean = filled<Pack<T>>(T(0));
    for (int m = 0; m < M; m++) mean = mean + loaded<Pack<T>>(z + m * lanes<T>);
    mean = mean / filled<Pack<T>>(T(M));
    for (int m = 0; m < M; m++) store(u + m * lanes<T>, loaded<Pack<T>>(z + m * lanes<T>) - mean);
    return u;
  }

  // f = phi(u), and its derivative unless it is null.
  void activate(const T* u, T* f, T* slope) const {
    const auto one = filled<Pack<T>>(T(1));
    for (int m = 0; m < M; m++) {
      const auto v = loaded<Pack<T>>(u + m * lanes<T>);
      auto value = v, rise = one;
      if (m >= n_linear) {
        const auto factor = filled<Pack<T>>(B ? (clipped ? -all_ : T(0)) : T(1));
        value = factor * relu(v), rise = gate(v, factor);
        for (int b = 0; b < B; b++) {
          const auto a = filled<Pack<T>>(alphas[b]), r = v - filled<Pack<T>>(H[m * B + b]);
          value = fma(a, relu(r), value);
          if (slope) rise = rise + gate(r, a);
        }
      }
      store(f + m * lanes<T>, value);
      if (slope) store(slope + m * lanes<T>, rise);
    }
  }

  // Gradients of alphas and of the thresholds of unit m, from all times; u is U or Z.
  void collect_bases(int m, const T* u) {
    T clip = T(0);
    if (clipped) {
      auto total = filled<Pack<T>>(T(0));
      for (int t = 0; t < n_times; t++)
        total = fma(at(P_.data(), t, m), relu(at(u, t, m)), total);
      clip = sum(total);
    }
    for (int b = 0; b < B; b++) {
      auto rise = filled<Pack<T>>(T(0)), open = rise;
      const auto h = filled<Pack<T>>(H[m * B + b]);
      for (int t = 0; t < n_times; t++) {
        const auto r = at(u, t, m) - h, q = gate(r, at(P_.data(), t, m));
        rise = fma(q, r, rise);
        open = open + q;
      }
      galphas[b] += sum(rise) - clip;
      gH[m * B + b] -= alphas[b] * sum(open);
    }
  }

  Pack<T> at(const T* path, int t, int m) const { return loaded<Pack<T>>(path + (t * M + m) * lanes<T>); }

  const std::ptrdiff_t M;
  const int B, n_linear, n_times;
  const bool clipped, centered;
  const Layout at_;
  Weights<T> W_, WT_;
  Buffer<T> U_, F_, P_, q_;
  T all_;
  const T *W, *alphas, *H;
  T *gW, *galphas, *gH;
};

}  // namespace dsr
