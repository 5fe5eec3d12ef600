// Eigenvalues and eigenvectors of a symmetric matrix by cyclic Jacobi rotations.
#pragma once
#include <cmath>
#include <vector>

namespace dsr {

// S (n, n) becomes diagonal up to rounding; row k of V (n, n) is the eigenvector of S[k, k].
inline void diagonalise(double* S, double* V, int n) {
  for (int i = 0; i < n; i++)
    for (int k = 0; k < n; k++) V[i * n + k] = i == k;
  for (int sweep = 0; sweep < 30; sweep++) {
    double off = 0, diagonal = 0;
    for (int i = 0; i < n; i++) {
      diagonal += S[i * n + i] * S[i * n + i];
      for (int k = 0; k < i; k++) off += S[i * n + k] * S[i * n + k];
    }
    if (!(off > 1e-32 * diagonal)) return;
    for (int p = 0; p < n; p++)
      for (int q = p + 1; q < n; q++) {
        const double spq = S[p * n + q];
        if (spq == 0.0) continue;
        // The smaller angle that makes S[p, q] zero [Golub and Van Loan, Sec. 8.5].
        const double tau = (S[q * n + q] - S[p * n + p]) / (2.0 * spq);
        const double t = (tau >= 0 ? 1.0 : -1.0) / (std::fabs(tau) + std::sqrt(1.0 + tau * tau));
        const double c = 1.0 / std::sqrt(1.0 + t * t), s = t * c;
        double *rp = S + p * n, *rq = S + q * n, *vp = V + p * n, *vq = V + q * n;
        for (int k = 0; k < n; k++) {
          const double a = rp[k], b = rq[k], v = vp[k], w = vq[k];
          rp[k] = c * a - s * b, rq[k] = s * a + c * b;
          vp[k] = c * v - s * w, vq[k] = s * v + c * w;
        }
        for (int k = 0; k < n; k++) {
          const double a = S[k * n + p], b = S[k * n + q];
          S[k * n + p] = c * a - s * b, S[k * n + q] = s * a + c * b;
        }
      }
  }
}

}  // namespace dsr
