// A hidden layer with few latent units: states stay in registers, and only states are stored.
//
// Each of the three passes recomputes phi and its derivative, which is cheaper than storing them: 3
// passes over L hidden units with 2 M, 3 M and 4 M multiply-adds.
#pragma once
#include "growth_norm.h"
#include "layer.h"
#include "simd.h"

namespace dsr {

// Most latent units whose states fit in registers.
inline constexpr int most_small = 6;

template <class T, int M, bool clipped>
class SmallLayer final : public Layer<T> {
  // Pairs of registers share loaded weights if enough registers are free.
  using V = std::conditional_t<register_bytes == 32 && M <= 3, Pack<T>, Reg<T>>;
  using R = Reg<T>;
  static constexpr int parts = lanes<T> / V::size;
  static constexpr int n_sums = 2 * M + 1;
  static constexpr int chunk = 256 / M;  // times: 32 kB for states and their gradient
  // Number of independent sums: with few units a single chain would wait for itself.
  static constexpr int strands = M <= 3 ? 2 : 1;

 public:
  SmallLayer(const Sizes& s, const Layout& at)
      : L(s.L), n_times(s.T), at_(at), sums_(volume(s.L, n_sums, lanes<T>)) {}

  void prepare(const T* theta, T* gradient) override {
    W1 = theta + at_.W1, W2 = theta + at_.W2, h2 = theta + at_.h2;
    gW1 = gradient + at_.W1, gW2 = gradient + at_.W2, gh2 = gradient + at_.h2;
  }

  void forward(const T* states, T* e) override {
    for (int part = 0; part < parts; part++) {
      V z[M], total[strands][M];
      for (int m = 0; m < M; m++) {
        load(z[m], states + m * lanes<T> + part * V::size);
        for (int k = 0; k < strands; k++) total[k][m] = filled<V>(T(0));
      }
      int l = 0;
      for (; l + strands <= L; l += strands)
        for (int k = 0; k < strands; k++) activate(l + k, z, total[k]);
      for (; l < L; l++) activate(l, z, total[0]);
      for (int m = 0; m < M; m++) add(total, m, e + m * lanes<T> + part * V::size);
    }
  }

  void backward(int, const T* states, const T* d_states, T* g) override {
    for (int part = 0; part < parts; part++) {
      V z[M], d[M], total[strands][M];
      for (int m = 0; m < M; m++) {
        load(z[m], states + m * lanes<T> + part * V::size);
        load(d[m], d_states + m * lanes<T> + part * V::size);
        for (int k = 0; k < strands; k++) total[k][m] = filled<V>(T(0));
      }
      int l = 0;
      for (; l + strands <= L; l += strands)
        for (int k = 0; k < strands; k++) carry(l + k, z, d, total[k]);
      for (; l < L; l++) carry(l, z, d, total[0]);
      for (int m = 0; m < M; m++) add(total, m, g + m * lanes<T> + part * V::size);
    }
  }

  // One unit at a time, along a chunk of times whose states stay in the first-level cache.
  void collect(const T* Z, const T* D) override {
    sums_.clear();
    for (int t = 0; t < n_times; t += chunk) {
      const int n = std::min(chunk, n_times - t);
      for (int l = 0; l < L; l++)
        for (int part = 0; part < lanes<T>; part += R::size)
          collect_unit(l, Z + t * M * lanes<T> + part, D + t * M * lanes<T> + part, n,
                       sums_.data() + l * n_sums * lanes<T> + part);
    }
    for (int l = 0; l < L; l++) {
      const auto total = [&](int i) { return sum(loaded<Pack<T>>(sums_.data() + (l * n_sums + i) * lanes<T>)); };
      for (int m = 0; m < M; m++) gW1[m * L + l] += total(m), gW2[l * M + m] += total(M + m);
      gh2[l] += total(2 * M);
    }
  }

  void add_jacobian(const T* states, T* J) override {
    for (int l = 0; l < L; l++) {
      auto u = filled<Pack<T>>(clipped ? T(0) : h2[l]);
      for (int m = 0; m < M; m++) u = fma(loaded<Pack<T>>(states + m * lanes<T>), filled<Pack<T>>(W2[l * M + m]), u);
      for (int m = 0; m < M; m++) {
        const auto w = filled<Pack<T>>(W1[m * L + l]);
        const auto open = clipped ? gate(u + filled<Pack<T>>(h2[l]), w) - gate(u, w) : gate(u, w);
        for (int k = 0; k < M; k++) {
          T* entry = J + (m * M + k) * lanes<T>;
          store(entry, fma(open, filled<Pack<T>>(W2[l * M + k]), loaded<Pack<T>>(entry)));
        }
      }
    }
  }

  double steepest() const override { return norm_of_rows(W1, M, L, L, 1) * norm_of_rows(W2, M, L, 1, M); }

 private:
  // total += W1 phi(W2 z) of unit l.
  DSR_INLINE void activate(int l, const V (&z)[M], V (&total)[M]) const {
    V f;
    const T* w2 = W2 + l * M;
    if constexpr (clipped) {
      V u = z[0] * filled<V>(w2[0]);
      for (int m = 1; m < M; m++) u = fma(z[m], filled<V>(w2[m]), u);
      f = relu(u + filled<V>(h2[l])) - relu(u);
    } else {
      V u = fma(z[0], filled<V>(w2[0]), filled<V>(h2[l]));
      for (int m = 1; m < M; m++) u = fma(z[m], filled<V>(w2[m]), u);
      f = relu(u);
    }
    for (int m = 0; m < M; m++) total[m] = fma(f, filled<V>(W1[m * L + l]), total[m]);
  }

  // total += W2' D W1' d of unit l.
  DSR_INLINE void carry(int l, const V (&z)[M], const V (&d)[M], V (&total)[M]) const {
    const T* w2 = W2 + l * M;
    V u, q, p = d[0] * filled<V>(W1[l]);
    if constexpr (clipped) {
      u = z[0] * filled<V>(w2[0]);
    } else {
      u = fma(z[0], filled<V>(w2[0]), filled<V>(h2[l]));
    }
    for (int m = 1; m < M; m++) u = fma(z[m], filled<V>(w2[m]), u), p = fma(d[m], filled<V>(W1[m * L + l]), p);
    if constexpr (clipped) {
      q = gate(u + filled<V>(h2[l]), p) - gate(u, p);
    } else {
      q = gate(u, p);
    }
    for (int m = 0; m < M; m++) total[m] = fma(q, filled<V>(w2[m]), total[m]);
  }

  struct Opened {
    R f, q, through;  // phi, D W1' d, and its part that is the gradient of h2
  };

  // One unit at one time.
  DSR_INLINE static Opened open(const T* z, const T* d, const R (&w1)[M], const R (&w2)[M], R h) {
    R u, p = loaded<R>(d) * w1[0];
    if constexpr (clipped) {
      u = loaded<R>(z) * w2[0];
    } else {
      u = fma(loaded<R>(z), w2[0], h);
    }
    for (int m = 1; m < M; m++) {
      u = fma(loaded<R>(z + m * lanes<T>), w2[m], u);
      p = fma(loaded<R>(d + m * lanes<T>), w1[m], p);
    }
    if constexpr (clipped) {
      const R through = gate(u + h, p);
      return {relu(u + h) - relu(u), through - gate(u, p), through};
    } else {
      const R through = gate(u, p);
      return {relu(u), through, through};
    }
  }

  // Add to `sums`, 2 M + 1 numbers, the gradients of W1, W2 and h2 of a unit over n times.
  DSR_INLINE void collect_unit(int l, const T* z, const T* d, int n, T* sums) {
    constexpr int step = M * lanes<T>;
    R w1[M], w2[M], g1[M], g2[M], gh = loaded<R>(sums + 2 * M * lanes<T>);
    const R h = filled<R>(h2[l]);
    for (int m = 0; m < M; m++) fill(w1[m], W1[m * L + l]), fill(w2[m], W2[l * M + m]);
    for (int m = 0; m < M; m++) load(g1[m], sums + m * lanes<T>), load(g2[m], sums + (M + m) * lanes<T>);
    const auto gain = [&](const T* zt, const T* dt, R f, R q) {
      for (int m = 0; m < M; m++) {
        g1[m] = fma(loaded<R>(dt + m * lanes<T>), f, g1[m]);
        g2[m] = fma(loaded<R>(zt + m * lanes<T>), q, g2[m]);
      }
    };
    if constexpr (register_bytes == 64) {
      for (int t = 0; t < n; t++) {
        const Opened unit = open(z + t * step, d + t * step, w1, w2, h);
        gh = gh + unit.through;
        gain(z + t * step, d + t * step, unit.f, unit.q);
      }
    } else {  // 16 registers do not hold all sums: two loops
      alignas(64) T f[chunk * R::size], q[chunk * R::size];
      for (int t = 0; t < n; t++) {
        const Opened unit = open(z + t * step, d + t * step, w1, w2, h);
        gh = gh + unit.through;
        store(f + t * R::size, unit.f), store(q + t * R::size, unit.q);
      }
      for (int t = 0; t < n; t++)
        gain(z + t * step, d + t * step, loaded<R>(f + t * R::size), loaded<R>(q + t * R::size));
    }
    for (int m = 0; m < M; m++) store(sums + m * lanes<T>, g1[m]), store(sums + (M + m) * lanes<T>, g2[m]);
    store(sums + 2 * M * lanes<T>, gh);
  }

  DSR_INLINE static void add(const V (&total)[strands][M], int m, T* out) {
    V sum = total[0][m];
    if constexpr (strands == 2) sum = sum + total[1][m];
    store(out, loaded<V>(out) + sum);
  }

  const int L, n_times;
  const Layout at_;
  Buffer<T> sums_;
  const T *W1, *W2, *h2;
  T *gW1, *gW2, *gh2;
};

}  // namespace dsr
