// A hidden layer with any number of latent units: products in tiles, a chunk of times at a time.
//
// phi(W2 z) is recomputed on the way back. It and q = D W1' d are kept for a chunk of times that
// fits the second-level cache, and then enter the gradients of the weights.
#pragma once
#include "growth_norm.h"
#include "layer.h"
#include "products.h"

namespace dsr {

template <class T>
class BlockedLayer final : public Layer<T> {
 public:
  BlockedLayer(const Sizes& s, const Layout& at)
      : M(s.M), L(s.L), n_times(s.T), clipped(s.clipped), at_(at),
        chunk_(int(std::clamp<std::ptrdiff_t>(kept / L, 4, 64))), W1_(M, L), W2_(L, M), W1T_(L, M), W2T_(M, L),
        F_(volume(chunk_, L, lanes<T>)), Q_(volume(chunk_, L, lanes<T>)), H_(volume(L, lanes<T>)) {}

  void prepare(const T* theta, T* gradient) override {
    W1 = theta + at_.W1, W2 = theta + at_.W2, h2 = theta + at_.h2;
    gW1 = gradient + at_.W1, gW2 = gradient + at_.W2, gh2 = gradient + at_.h2;
    W1_.set(W1, L, 1), W1T_.set(W1, 1, L);
    W2_.set(W2, M, 1), W2T_.set(W2, 1, M);
  }

  void forward(const T* z, T* e) override {
    activate(z, F_.data(), nullptr);
    W1_.add(F_.data(), e);
  }

  void backward(int t, const T* z, const T* d, T* g) override {
    const int slot = t % chunk_;
    T *f = F_.data() + slot * L * lanes<T>, *q = Q_.data() + slot * L * lanes<T>;
    activate(z, f, q);
    const auto zero = [](std::ptrdiff_t) { return filled<Pack<T>>(T(0)); };
    W1T_.product(d, zero, [&](std::ptrdiff_t l, Pack<T> p) {
      T *place = q + l * lanes<T>, *h = H_.data() + l * lanes<T>;
      const auto u = loaded<Pack<T>>(clipped ? place : f + l * lanes<T>);
      const auto open = gate(clipped ? u + filled<Pack<T>>(h2[l]) : u, p);
      store(h, loaded<Pack<T>>(h) + open);
      store(place, clipped ? open - gate(u, p) : open);
    });
    W2T_.add(q, g);
    if (slot == 0) {
      const int n = std::min(chunk_, n_times - t);
      add_outer<T>({d, M}, {F_.data(), L}, n, gW1, L, 1);
      add_outer<T>({z, M}, {Q_.data(), L}, n, gW2, 1, M);
    }
  }

  void collect(const T*, const T*) override {
    add_total<T>({H_.data(), L}, 1, gh2);
    H_.clear();
  }

  void add_jacobian(const T* z, T* J) override {
    T *f = F_.data(), *open = Q_.data();  // free between runs
    activate(z, f, open);
    for (int m = 0; m < M; m++) {
      for (int l = 0; l < L; l++) {
        T* place = open + (chunk_ - 1) * L * lanes<T> + l * lanes<T>;
        const auto w = filled<Pack<T>>(W1[m * L + l]);
        const auto u = loaded<Pack<T>>((clipped ? open : f) + l * lanes<T>);
        store(place, clipped ? gate(u + filled<Pack<T>>(h2[l]), w) - gate(u, w) : gate(u, w));
      }
      W2T_.add(open + (chunk_ - 1) * L * lanes<T>, J + m * M * lanes<T>);
    }
  }

  double steepest() const override { return norm_of_rows(W1, M, L, L, 1) * norm_of_rows(W2, M, L, 1, M); }

 private:
  static constexpr int kept = 8192;  // hidden units times steps of a chunk: 1 MB for F and Q

  // f = phi(W2 z) (L packs). If clipped, u = W2 z too, unless it is null.
  void activate(const T* z, T* f, T* u) {
    if (clipped)
      W2_.product(
          z, [](std::ptrdiff_t) { return filled<Pack<T>>(T(0)); },
          [&](std::ptrdiff_t l, Pack<T> total) {
            if (u) store(u + l * lanes<T>, total);
            store(f + l * lanes<T>, relu(total + filled<Pack<T>>(h2[l])) - relu(total));
          });
    else
      W2_.product(
          z, [&](std::ptrdiff_t l) { return filled<Pack<T>>(h2[l]); },
          [&](std::ptrdiff_t l, Pack<T> total) { store(f + l * lanes<T>, relu(total)); });
  }

  const std::ptrdiff_t M, L;
  const int n_times;
  const bool clipped;
  const Layout at_;
  const int chunk_;
  Weights<T> W1_, W2_, W1T_, W2T_;
  Buffer<T> F_, Q_, H_;
  const T *W1, *W2, *h2;
  T *gW1, *gW2, *gh2;
};

}  // namespace dsr
