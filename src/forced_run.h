// The forced run of a pack of windows, and its gradient [Hess 2023].
//
//   z_t = F(z~_{t-1}),  z~_t = z_t + alpha_t g_t (z^_t - z_t)
//   d_t = e_t + (1 - alpha_t g_t) (A' d_{t+1} + W2' D W1' d_{t+1})    with e_t = dl/dz_t
//
// alpha_t is alpha times 1 or 0 (sparse forcing). g_t is 1, or 0 for hidden units and missing
// values. The gradient needs no other recursion.
#pragma once
#include "batch.h"
#include "layer.h"
#include "observation.h"
#include "products.h"

namespace dsr {

template <class T>
class ForcedRun {
 public:
  // forced (T + 1): 1 at times with forced states, else 0.
  ForcedRun(const Sizes& s, const Layout& at, Buffer<T> forced)
      : s_(s), at_(at), forced_(std::move(forced)), A_(s.M, s.M), AT_(s.M, s.M), C_(s.M, s.K),
        L0_(s.hidden(), s.N), Z_(volume(s.T + 1, s.M, lanes<T>)), E_(volume(s.T, s.M, lanes<T>)),
        G_(volume(s.M, lanes<T>)), signal_(s.affine || s.hidden() ? Z_.size() : 0),
        Y_(s.affine ? E_.size() : 0), R_(s.affine ? volume(s.T, s.N, lanes<T>) : 0),
        r_(s.affine ? volume(s.N, lanes<T>) : 0) {}

  void prepare(const T* theta, T* gradient) {
    theta_ = theta, gradient_ = gradient;
    A_.set(theta + at_.A, s_.M, 1), AT_.set(theta + at_.A, 1, s_.M);
    C_.set(theta + at_.C, s_.K, 1);
    L0_.set(theta + at_.L0, s_.N, 1);
  }

  // Forcing signals (T + 1, M) of a batch. Those of hidden units count at the first time only.
  const T* signals(const Batch<T>& batch, const Affine<T>* affine) {
    const T* x = batch.signals();
    if (!affine && !s_.hidden()) return x;
    for (int t = 0; t <= s_.T; t++) {
      const T* row = x + t * s_.N * lanes<T>;
      T* z = signal_.data() + t * s_.M * lanes<T>;
      if (affine) {
        affine->infer(row, z);
      } else {
        std::memcpy(z, row, s_.N * lanes<T> * sizeof(T));
        std::memset(z + s_.N * lanes<T>, 0, s_.hidden() * lanes<T> * sizeof(T));
        L0_.add(row, z + s_.N * lanes<T>);
      }
    }
    return signal_.data();
  }

  // Run forward and return the squared error. E becomes dl/dz, where l is `factor` / 2 times the error.
  double forward(const Batch<T>& batch, Layer<T>& layer, const Affine<T>* affine, T alpha, T factor) {
    const T* signal = signals(batch, affine);
    const int M = s_.M;
    std::memcpy(Z_.data(), signal, M * lanes<T> * sizeof(T));
    auto error = filled<P>(T(0));
    for (int t = 0; t < s_.T; t++) {
      const T* z = Z_.data() + t * M * lanes<T>;
      T* e = E_.data() + t * M * lanes<T>;
      for (int m = 0; m < M; m++) store(e + m * lanes<T>, filled<P>(theta_[at_.h1 + m]));
      A_.add(z, e);
      if (s_.K) C_.add(batch.inputs.data() + t * s_.K * lanes<T>, e);
      layer.forward(z, e);
      if (affine)
        error = error + step_affine(t, batch, *affine, alpha * forced_[t + 1], factor);
      else
        error = error + step_identity(t, batch, signal, alpha * forced_[t + 1], factor);
    }
    return double(sum(error));
  }

  // Run back and add to the gradient. E becomes dL/dz, and G the gradient of the first state.
  void backward(const Batch<T>& batch, Layer<T>& layer, Affine<T>* affine, T alpha) {
    const int M = s_.M, N = s_.N;
    if (affine) affine->collect(R_.data(), Y_.data(), s_.T);
    for (int t = s_.T - 1; t >= 0; t--) {
      T* d = E_.data() + t * M * lanes<T>;
      const T* z = Z_.data() + t * M * lanes<T>;
      G_.clear();
      AT_.add(d, G_.data());
      layer.backward(t, z, d, G_.data());
      if (t > 0) carry_back(t, batch, affine, alpha * forced_[t], d - M * lanes<T>);
    }
    add_outer<T>({E_.data(), M}, {Z_.data(), M}, s_.T, gradient_ + at_.A, M, 1);
    add_total<T>({E_.data(), M}, s_.T, gradient_ + at_.h1);
    if (s_.K) add_outer<T>({E_.data(), M}, {batch.inputs.data(), s_.K}, s_.T, gradient_ + at_.C, s_.K, 1);
    layer.collect(Z_.data(), E_.data());
    if (affine) affine->collect_first(G_.data(), batch.signals());
    if (s_.hidden())
      add_outer<T>({G_.data() + N * lanes<T>, s_.hidden()}, {batch.signals(), N}, 1, gradient_ + at_.L0, N, 1);
  }

 private:
  using P = Pack<T>;

  // Given the prediction e of a time, compute the next state and the squared error, and put dl/dz into e.
  P step_identity(int t, const Batch<T>& batch, const T* signal, T strength, T factor) {
    T *e = E_.data() + t * s_.M * lanes<T>, *z = Z_.data() + (t + 1) * s_.M * lanes<T>;
    const T* x = batch.X.data() + (t + 1) * s_.N * lanes<T>;
    const T* aim = signal + (t + 1) * s_.M * lanes<T>;
    auto error = filled<P>(T(0));
    const auto live = loaded<P>(batch.live.data());
    for (int m = 0; m < s_.M; m++) {
      const auto value = loaded<P>(e + m * lanes<T>);
      if (m >= s_.N) {
        store(z + m * lanes<T>, value), store(e + m * lanes<T>, filled<P>(T(0)));
        continue;
      }
      auto pull = filled<P>(strength), off = (value - loaded<P>(x + m * lanes<T>)) * live;
      if (batch.weight.size()) {
        const auto w = loaded<P>(batch.weight.data() + ((t + 1) * s_.N + m) * lanes<T>);
        pull = pull * w, off = off * w;
      }
      store(z + m * lanes<T>, fma(pull, loaded<P>(aim + m * lanes<T>) - value, value));
      store(e + m * lanes<T>, filled<P>(factor) * off);
      error = fma(off, off, error);
    }
    return error;
  }

  P step_affine(int t, const Batch<T>& batch, const Affine<T>& affine, T strength, T factor) {
    const int M = s_.M, N = s_.N;
    T *e = E_.data() + t * M * lanes<T>, *z = Z_.data() + (t + 1) * M * lanes<T>, *r = R_.data() + t * N * lanes<T>;
    T* aim = signal_.data() + (t + 1) * M * lanes<T>;
    const std::ptrdiff_t row = (t + 1) * N * lanes<T>;
    std::memcpy(Y_.data() + t * M * lanes<T>, e, M * lanes<T> * sizeof(T));
    affine.observe(e, r);
    if (s_.imputes) {  // the model's prediction takes the place of missing values
      for (int n = 0; n < N; n++) {
        const auto w = loaded<P>(batch.weight.data() + row + n * lanes<T>), own = loaded<P>(r + n * lanes<T>);
        store(r_.data() + n * lanes<T>, fma(w, loaded<P>(batch.signals() + row + n * lanes<T>) - own, own));
      }
      affine.infer(r_.data(), aim);
    }
    for (int m = 0; m < M; m++) {
      const auto value = loaded<P>(e + m * lanes<T>);
      store(z + m * lanes<T>, fma(filled<P>(strength), loaded<P>(aim + m * lanes<T>) - value, value));
    }
    auto error = filled<P>(T(0));
    const auto live = loaded<P>(batch.live.data());
    for (int n = 0; n < N; n++) {
      auto off = (loaded<P>(r + n * lanes<T>) - loaded<P>(batch.X.data() + row + n * lanes<T>)) * live;
      if (batch.weight.size()) off = off * loaded<P>(batch.weight.data() + row + n * lanes<T>);
      store(r + n * lanes<T>, filled<P>(factor) * off);
      error = fma(off, off, error);
    }
    affine.observe_back(r, e);
    return error;
  }

  // before += (1 - alpha g) G, the part that forcing at time t lets through, plus that of imputed values.
  void carry_back(int t, const Batch<T>& batch, const Affine<T>* affine, T strength, T* before) {
    const int M = s_.M, N = s_.N;
    const std::ptrdiff_t row = t * N * lanes<T>;
    for (int m = 0; m < M; m++) {
      auto let = filled<P>(affine || m < N ? T(1) - strength : T(1));
      if (!affine && m < N && batch.weight.size())
        let = filled<P>(T(1)) - filled<P>(strength) * loaded<P>(batch.weight.data() + row + m * lanes<T>);
      T* place = before + m * lanes<T>;
      store(place, fma(let, loaded<P>(G_.data() + m * lanes<T>), loaded<P>(place)));
    }
    if (!s_.imputes || !affine) return;
    affine->infer_back(G_.data(), r_.data());
    for (int n = 0; n < N; n++) {
      const auto w = loaded<P>(batch.weight.data() + row + n * lanes<T>);
      T* place = r_.data() + n * lanes<T>;
      store(place, filled<P>(strength) * (filled<P>(T(1)) - w) * loaded<P>(place));
    }
    affine->add_observe_back(r_.data(), before);
  }

  const Sizes s_;
  const Layout at_;
  Buffer<T> forced_;
  Weights<T> A_, AT_, C_, L0_;
  Buffer<T> Z_, E_, G_;   // forced states (T + 1, M), predictions and their gradient (T, M), that of z_0 (M)
  Buffer<T> signal_;      // (T + 1, M) if the signal is not the rows themselves
  Buffer<T> Y_, R_, r_;   // affine: predictions (T, M), slopes of the errors (T, N), work space (N)
  const T* theta_ = nullptr;
  T* gradient_ = nullptr;
};

}  // namespace dsr
