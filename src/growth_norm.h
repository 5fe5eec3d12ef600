// Spectral norm of a small matrix by the Lanczos iteration [Golub and Van Loan, Sec. 10.1].
#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

namespace dsr {

// Sum of products in four independent chains.
inline double dot(const double* a, const double* b, std::ptrdiff_t n) {
  double s[4] = {};
  std::ptrdiff_t i = 0;
  for (; i + 4 <= n; i += 4)
    for (int k = 0; k < 4; k++) s[k] += a[i + k] * b[i + k];
  for (; i < n; i++) s[0] += a[i] * b[i];
  return (s[0] + s[1]) + (s[2] + s[3]);
}

// Largest eigenvalue of the tridiagonal matrix with `diagonal` and off[k] between k - 1 and k;
// off[0] = 0. Newton's method on the characteristic polynomial starts at Gershgorin's bound and
// decreases. All roots are real, so it never passes the largest one.
inline double largest_eigenvalue(const double* diagonal, const double* off, int n) {
  double x = 0;
  for (int k = 0; k < n; k++) x = std::max(x, diagonal[k] + off[k] + (k + 1 < n ? off[k + 1] : 0.0));
  const double bound = x;
  for (int i = 0; i < 60 && bound > 0; i++) {
    // p and its derivative by the three-term recurrence, in units of the bound.
    double p = 1, p_before = 0, d = 0, d_before = 0;
    for (int k = 0; k < n; k++) {
      const double a = (x - diagonal[k]) / bound, b = (off[k] / bound) * (off[k] / bound);
      const double p_next = a * p - b * p_before, d_next = p + a * d - b * d_before;
      p_before = p, p = p_next, d_before = d, d = d_next;
    }
    const double step = d > 0 ? bound * p / d : 0.0;
    x -= step;
    if (!(step > 1e-12 * x)) break;
  }
  return x;
}

// Largest singular value of J (n, M): exact for M <= 12, above mostly within 0.1 percent.
inline double spectral_norm(const double* J, std::ptrdiff_t n, std::ptrdiff_t M) {
  constexpr int most = 12;
  const int steps = int(std::min<std::ptrdiff_t>({M, n + 1, most}));
  double diagonal[most], off[most + 1] = {};
  std::vector<double> memory(2 * M, 0.0);
  double *v = memory.data(), *w = v + M;
  // The first vector is in general position: a single unit may not be coupled to the others.
  for (std::ptrdiff_t i = 0; i < M; i++) w[i] = 1.0 + (0.618 * double(i) - std::floor(0.618 * double(i)));
  double size = std::sqrt(dot(w, w, M));
  int k = 0;
  while (k < steps) {
    for (std::ptrdiff_t i = 0; i < M; i++) {
      const double before = v[i];
      v[i] = w[i] / size;
      w[i] = -off[k] * before;
    }
    for (std::ptrdiff_t r = 0; r < n; r++) {  // w += J'J v, a row of J at a time
      const double* row = J + r * M;
      const double image = dot(row, v, M);
      for (std::ptrdiff_t i = 0; i < M; i++) w[i] += image * row[i];
    }
    diagonal[k] = dot(w, v, M);
    for (std::ptrdiff_t i = 0; i < M; i++) w[i] -= diagonal[k] * v[i];
    size = std::sqrt(dot(w, w, M));
    k++;
    if (!(size > 1e-13 * diagonal[0])) break;
    if (k < steps) off[k] = size;
  }
  return std::sqrt(largest_eigenvalue(diagonal, off, k));
}

// Spectral norm of n rows of L entries. Rows are `row` apart, and entries `entry`.
template <class T>
double norm_of_rows(const T* W, std::ptrdiff_t n, std::ptrdiff_t L, std::ptrdiff_t row, std::ptrdiff_t entry) {
  std::vector<double> G(n * L);
  for (std::ptrdiff_t l = 0; l < L; l++)
    for (std::ptrdiff_t m = 0; m < n; m++) G[l * n + m] = double(W[m * row + l * entry]);
  return spectral_norm(G.data(), L, n);
}

}  // namespace dsr
