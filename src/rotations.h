// Eigenvectors, pseudo-inverses and orthonormal rows by plane rotations and projections.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "linalg.h"

namespace dsr::linalg {

// The rotation by at most 45 degrees that makes the off-diagonal b of the symmetric ((a, b), (b, d)) zero:
// x, y -> c x - s y, s x + c y [Golub and Van Loan, Sec. 8.5].
struct Rotation {
  double c, s;

  Rotation(double a, double b, double d) {
    const double tau = (d - a) / (2.0 * b);
    const double t = (tau >= 0.0 ? 1.0 : -1.0) / (std::fabs(tau) + std::sqrt(1.0 + tau * tau));
    c = 1.0 / std::sqrt(1.0 + t * t), s = t * c;
  }
  // Rotate the rows x and y, padded to n.
  void turn(double* x, double* y, Index n) const {
    using V = Pack<double>;
    const V cosine = filled<V>(c), sine = filled<V>(s), zero = filled<V>(0.0);
    for (Index i = 0; i < n; i += V::size) {
      const V a = loaded<V>(x + i), b = loaded<V>(y + i);
      store(x + i, fma(cosine, a, (zero - sine) * b)), store(y + i, fma(sine, a, cosine * b));
    }
  }
};

inline constexpr int most_sweeps = 60;  // about ten suffice for a thousand rows

inline Buffer<double> identity(Index n, Index width) {
  Buffer<double> rows(volume(n, width));
  for (Index i = 0; i < n; i++) rows[i * width + i] = 1.0;
  return rows;
}

// Eigenvalues (n,), ascending, and eigenvectors (n, n), the columns, of a symmetric matrix S (n,
// n), by cyclic Jacobi rotations. Only the lower triangle is read.
inline void eigh(const double* S, Index n, double* values, double* vectors) {
  const Index width = padded(n, lanes<double>);
  Buffer<double> D = padded_rows(S, n, n), V = identity(n, width);
  double largest = 0.0;
  for (Index i = 0; i < n; i++)
    for (Index k = 0; k <= i; k++) {
      D[k * width + i] = D[i * width + k];
      largest = std::max(largest, std::fabs(D[i * width + k]));
    }
  const double negligible = largest * (std::numeric_limits<double>::epsilon() / 4.0);
  Watch watch;
  bool turned = true;
  for (int sweep = 0; turned && sweep < most_sweeps; sweep++) {
    turned = false;
    for (Index p = 0; p < n; p++)
      for (Index q = p + 1; q < n; q++) {
        double *dp = D.data() + p * width, *dq = D.data() + q * width;
        if (!(std::fabs(dp[q]) > negligible)) continue;
        turned = true;
        const double a = dp[p], b = dp[q], d = dq[q];
        const Rotation g(a, b, d);
        g.turn(dp, dq, width), g.turn(V.data() + p * width, V.data() + q * width, width);
        // Copy the rows to the columns: the matrix stays symmetric.
        dp[p] = a - g.s / g.c * b, dq[q] = d + g.s / g.c * b, dp[q] = dq[p] = 0.0;
        for (Index i = 0; i < n; i++) D[i * width + p] = dp[i], D[i * width + q] = dq[i];
        watch.done(6.0 * n);
      }
  }
  std::vector<Index> order(n);
  for (Index i = 0; i < n; i++) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](Index i, Index k) { return D[i * width + i] < D[k * width + k]; });
  for (Index j = 0; j < n; j++) {
    values[j] = D[order[j] * width + order[j]];
    for (Index i = 0; i < n; i++) vectors[i * n + j] = V[order[j] * width + i];
  }
}

// Pseudo-inverse (M, N) of B (N, M) by one-sided Jacobi rotations. W is B or its transpose,
// whichever has fewer rows. Rotations Q make the rows w_i of Q W orthogonal; then pinv(W) = sum_i
// w_i^T q_i / |w_i|^2. Singular values below rounding count as 0.
inline void pseudo_inverse(const double* B, Index N, Index M, double* out) {
  const bool flat = N <= M;
  const Index k = flat ? N : M, n = flat ? M : N, width = padded(n, lanes<double>), side = padded(k, lanes<double>);
  Buffer<double> W(volume(k, width)), Q = identity(k, side);
  for (Index i = 0; i < k; i++)
    for (Index j = 0; j < n; j++) W[i * width + j] = flat ? B[i * M + j] : B[j * M + i];
  const double eps = std::numeric_limits<double>::epsilon();
  Watch watch;
  bool turned = true;
  for (int sweep = 0; turned && sweep < most_sweeps; sweep++) {
    turned = false;
    for (Index p = 0; p < k; p++)
      for (Index q = p + 1; q < k; q++) {
        double *wp = W.data() + p * width, *wq = W.data() + q * width;
        const double a = dot(wp, wp, width), b = dot(wp, wq, width), d = dot(wq, wq, width);
        watch.done(6.0 * n);
        if (!(std::fabs(b) > eps * std::sqrt(a * d))) continue;
        turned = true;
        const Rotation g(a, b, d);
        g.turn(wp, wq, width), g.turn(Q.data() + p * side, Q.data() + q * side, side);
      }
  }
  std::vector<double> squares(k);
  for (Index i = 0; i < k; i++) squares[i] = dot(W.data() + i * width, W.data() + i * width, width);
  const double largest = k ? *std::max_element(squares.begin(), squares.end()) : 0.0;
  const double least = largest * (eps * n) * (eps * n);
  for (Index i = 0; i < N * M; i++) out[i] = 0.0;
  for (Index i = 0; i < k; i++)
    if (squares[i] > least)
      for (Index j = 0; j < n; j++) {
        const double w = W[i * width + j] / squares[i];
        for (Index l = 0; l < k; l++) out[flat ? j * N + l : l * N + j] += w * Q[i * side + l];
      }
}

// Make the rows of X (n, m) orthonormal, each to the rows before it (Gram-Schmidt, twice). False if
// one depends on the rows before it.
inline bool orthonormalise(double* X, Index n, Index m) {
  const Index width = padded(m, lanes<double>);
  Buffer<double> rows = padded_rows(X, n, m);
  Watch watch;
  for (Index i = 0; i < n; i++) {
    double* x = rows.data() + i * width;
    for (int pass = 0; pass < 2; pass++) {
      const double before = std::sqrt(dot(x, x, width));
      for (Index j = 0; j < i; j++) {
        const double* y = rows.data() + j * width;
        add_scaled(-dot(x, y, width), y, x, width);
      }
      const double size = std::sqrt(dot(x, x, width));
      if (!(size > 1e-12 * before)) return false;
      for (Index k = 0; k < m; k++) X[i * m + k] = x[k] /= size;
    }
    watch.done(4.0 * (i + 1) * width);
  }
  return true;
}

}  // namespace dsr::linalg
