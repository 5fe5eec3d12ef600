// The affine observation x = B z: forcing signals pinv(B) x, and the gradient of B.
//
// For the identity, the columns are the first N latent units, and all functions do nothing.
#pragma once
#include "problem.h"
#include "products.h"
#include "rotations.h"

namespace dsr {

template <class T>
class Affine {
 public:
  Affine(const Sizes& s, const Layout& at, double penalty)
      : M(s.M), N(s.N), at_(at.B), penalty_(penalty), B_(N, M), BT_(M, N), P_(M, N), PT_(N, M),
        gram_(volume(k(), k())), V_(volume(k(), k())), pinv_(volume(M, N)), ginverse_(volume(M, N)) {}

  // Set pinv(B), add the gradient of the penalty (1 - s_max / s_min)^2, and return the weighted penalty.
  double prepare(const T* theta, T* gradient) {
    B = theta + at_, gB = gradient + at_;
    B_.set(B, M, 1), BT_.set(B, 1, M);
    ginverse_.clear();
    // The smaller one of B'B and BB' has the eigenvalues s^2.
    const bool tall = M <= N;
    const std::ptrdiff_t n = k(), other = tall ? N : M, step = tall ? 1 : M, across = tall ? M : 1;
    for (std::ptrdiff_t i = 0; i < n; i++)
      for (std::ptrdiff_t j = 0; j <= i; j++) {
        double total = 0;
        for (std::ptrdiff_t r = 0; r < other; r++)
          total += double(B[i * step + r * across]) * double(B[j * step + r * across]);
        gram_[i * n + j] = gram_[j * n + i] = total;
      }
    std::vector<double> squares(n);
    linalg::eigh(gram_.data(), n, squares.data(), V_.data());
    const std::ptrdiff_t first = n - 1, last = 0;
    // pinv(B) = (B'B)^-1 B' or B' (BB')^-1.
    for (std::ptrdiff_t i = 0; i < M * N; i++) pinv_[i] = 0;
    std::vector<double> image(other);
    std::vector<double> extreme[2];
    for (std::ptrdiff_t i = 0; i < n; i++) {
      const auto v = [&](std::ptrdiff_t j) { return V_[j * n + i]; };
      for (std::ptrdiff_t r = 0; r < other; r++) {
        image[r] = 0;
        for (std::ptrdiff_t j = 0; j < n; j++) image[r] += double(B[j * step + r * across]) * v(j);
      }
      for (std::ptrdiff_t m = 0; m < M; m++)
        for (std::ptrdiff_t c = 0; c < N; c++)
          pinv_[m * N + c] += (tall ? v(m) * image[c] : image[m] * v(c)) / squares[i];
      if (i == first) extreme[0] = image;
      if (i == last) extreme[1] = image;
    }
    const std::vector<T> inverse(pinv_.data(), pinv_.data() + M * N);
    P_.set(inverse.data(), N, 1), PT_.set(inverse.data(), 1, N);
    const double s_first = std::sqrt(squares[first]), s_last = std::sqrt(squares[last]);
    const double ratio = s_first / s_last, slope = 2 * penalty_ * (ratio - 1) / s_last;
    const auto entry = [&](int which, std::ptrdiff_t at, double s, std::ptrdiff_t c, std::ptrdiff_t m) {
      const auto v = [&](std::ptrdiff_t j) { return V_[j * n + at]; };
      return (tall ? extreme[which][c] * v(m) : v(c) * extreme[which][m]) / s;  // u_c v_m of the pair
    };
    for (std::ptrdiff_t c = 0; c < N; c++)
      for (std::ptrdiff_t m = 0; m < M; m++)
        gB[c * M + m] += T(slope * (entry(0, first, s_first, c, m) - ratio * entry(1, last, s_last, c, m)));
    return penalty_ * (1 - ratio) * (1 - ratio);
  }

  // signal = pinv(B) x for packs x (N) and signal (M).
  void infer(const T* x, T* signal) const {
    std::memset(signal, 0, M * lanes<T> * sizeof(T));
    P_.add(x, signal);
  }
  // x = B z.
  void observe(const T* z, T* x) const {
    std::memset(x, 0, N * lanes<T> * sizeof(T));
    B_.add(z, x);
  }
  // z = B' x, the gradient of `observe`.
  void observe_back(const T* x, T* z) const {
    std::memset(z, 0, M * lanes<T> * sizeof(T));
    BT_.add(x, z);
  }
  // x = pinv(B)' z, the gradient of `infer`.
  void infer_back(const T* z, T* x) const {
    std::memset(x, 0, N * lanes<T> * sizeof(T));
    PT_.add(z, x);
  }

  // z += B' x.
  void add_observe_back(const T* x, T* z) const { BT_.add(x, z); }

  // Gradient of B from predictions Z (n_times, M) and the slopes R (n_times, N) of their errors.
  void collect(const T* R, const T* Z, std::ptrdiff_t n_times) { add_outer<T>({R, N}, {Z, M}, n_times, gB, M, 1); }

  // Take the gradient G of the first state z = pinv(B) x.
  void collect_first(const T* G, const T* x) { add_outer<T>({G, M}, {x, N}, 1, ginverse_.data(), N, 1); }

  // Add to gB the gradient through first states, by the derivative of the pseudo-inverse [Golub and
  // Pereyra 1973, Eq. 4.12]. With P = pinv(B) and its gradient H (M, N),
  //   gB = (-P H'P + P P'H (I - (BP)') + (I - PB) H' P P')'.
  void finish() {
    const double* P = pinv_.data();
    std::vector<double> H(ginverse_.data(), ginverse_.data() + M * N), b(M * N), Q(M * M), K(M * M), D(M * N), E(M * N);
    for (std::ptrdiff_t m = 0; m < M; m++)
      for (std::ptrdiff_t c = 0; c < N; c++) b[m * N + c] = double(B[c * M + m]);
    rows_by_rows(P, H.data(), Q.data());  // Q = P H'
    combine(Q.data(), P, D.data(), -1);
    rows_by_rows(P, P, K.data());
    combine(K.data(), H.data(), E.data(), 0);  // E = P P' H
    for (std::ptrdiff_t i = 0; i < M * N; i++) D[i] += E[i];
    rows_by_rows(E.data(), P, K.data());
    combine(K.data(), b.data(), D.data(), -2);
    rows_by_rows(b.data(), P, K.data());  // (P B)', the identity unless M > N
    std::vector<double> R(M * M);
    for (std::ptrdiff_t i = 0; i < M; i++)
      for (std::ptrdiff_t j = 0; j < M; j++) {
        double total = Q[j * M + i];
        for (std::ptrdiff_t k = 0; k < M; k++) total -= K[i * M + k] * Q[j * M + k];
        R[i * M + j] = total;
      }
    combine(R.data(), P, E.data(), 0);
    for (std::ptrdiff_t m = 0; m < M; m++)
      for (std::ptrdiff_t c = 0; c < N; c++) gB[c * M + m] += T(D[m * N + c] + E[m * N + c]);
  }

 private:
  std::ptrdiff_t k() const { return std::min(M, N); }

  // out (M, M) = a b' for a, b (M, N).
  void rows_by_rows(const double* a, const double* b, double* out) const {
    for (std::ptrdiff_t i = 0; i < M; i++)
      for (std::ptrdiff_t j = 0; j < M; j++) {
        auto total = filled<Pack<double>>(0.0);
        std::ptrdiff_t c = 0;
        for (; c + lanes<double> <= N; c += lanes<double>)
          total = fma(loaded<Pack<double>>(a + i * N + c), loaded<Pack<double>>(b + j * N + c), total);
        double rest = sum(total);
        for (; c < N; c++) rest += a[i * N + c] * b[j * N + c];
        out[i * M + j] = rest;
      }
  }

  // out (M, N) = q a for q (M, M), a (M, N); its negative for -1; subtracted from out for -2.
  void combine(const double* q, const double* a, double* out, int sign) const {
    for (std::ptrdiff_t i = 0; i < M; i++) {
      double* row = out + i * N;
      if (sign != -2)
        for (std::ptrdiff_t c = 0; c < N; c++) row[c] = 0;
      for (std::ptrdiff_t m = 0; m < M; m++) {
        const double factor = sign ? -q[i * M + m] : q[i * M + m];
        for (std::ptrdiff_t c = 0; c < N; c++) row[c] += factor * a[m * N + c];
      }
    }
  }

  const std::ptrdiff_t M, N;
  const std::size_t at_;
  const double penalty_;
  Weights<T> B_, BT_, P_, PT_;  // B, pinv(B), and transposed
  Buffer<double> gram_, V_, pinv_;
  Buffer<T> ginverse_;
  const T* B = nullptr;
  T* gB = nullptr;
};

}  // namespace dsr
