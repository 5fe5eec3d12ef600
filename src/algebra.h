// Algebra of small matrices (M, M). Rows are padded with zeros to whole quads of four entries.
#pragma once
#include <algorithm>
#include <cmath>
#include <utility>

#include "memory.h"
#include "simd.h"

namespace dsr {

// Number of entries of a padded row.
inline int in_quads(int M) { return int(padded(std::size_t(M), 4)); }

// out = left right.
inline void multiply(const double* left, const double* right, int M, double* out) {
  const int P = in_quads(M);
  for (int m = 0; m < M; m++)
    for (int k = 0; k < P; k += 4) {
      Quad total = filled<Quad>(0.0);
      for (int i = 0; i < M; i++)
        total = total + filled<Quad>(left[m * P + i]) * loaded<Quad>(right + i * P + k);
      store(out + m * P + k, total);
    }
}

// out = left' right.
inline void multiply_transposed(const double* left, const double* right, int M, double* out) {
  const int P = in_quads(M);
  for (int m = 0; m < M; m++)
    for (int k = 0; k < P; k += 4) {
      Quad total = filled<Quad>(0.0);
      for (int i = 0; i < M; i++)
        total = total + filled<Quad>(left[i * P + m]) * loaded<Quad>(right + i * P + k);
      store(out + m * P + k, total);
    }
}

// out = J z + c.
inline void affine(const double* J, const double* z, const double* c, int M, double* out) {
  const int P = in_quads(M);
  for (int m = 0; m < M; m++) {
    double total = c[m];
    for (int k = 0; k < M; k++) total += J[m * P + k] * z[k];
    out[m] = total;
  }
}

// Whether the moduli of n values are below a limit. NaN is not.
inline bool below(const double* values, int n, double limit) {
  for (int i = 0; i < n; i++)
    if (!(std::fabs(values[i]) < limit)) return false;
  return true;
}

// Overwrite right (M, n) with the solution X of (I - matrix) X = right; false if it is not unique.
// Gaussian elimination with partial pivoting in `matrix`. A pivot below 1e-13 of the largest entry
// of `matrix` and I counts as 0. Rows of `right` are `stride` apart.
inline bool solve(double* matrix, int M, double* right, int n, int stride) {
  const int P = in_quads(M);
  double scale = 1.0;
  for (int i = 0; i < M; i++)
    for (int k = 0; k < M; k++) {
      double& entry = matrix[i * P + k];
      scale = std::max(scale, std::fabs(entry));
      entry = (i == k ? 1.0 : 0.0) - entry;
    }
  for (int i = 0; i < M; i++) {
    int p = i;
    for (int r = i + 1; r < M; r++)
      if (std::fabs(matrix[r * P + i]) > std::fabs(matrix[p * P + i])) p = r;
    if (!(std::fabs(matrix[p * P + i]) > 1e-13 * scale)) return false;
    if (p != i) {
      std::swap_ranges(matrix + i * P + i, matrix + i * P + M, matrix + p * P + i);
      std::swap_ranges(right + i * stride, right + i * stride + n, right + p * stride);
    }
    for (int r = i + 1; r < M; r++) {
      const double factor = matrix[r * P + i] / matrix[i * P + i];
      if (factor == 0.0) continue;
      for (int k = i + 1; k < M; k++) matrix[r * P + k] -= factor * matrix[i * P + k];
      for (int j = 0; j < n; j++) right[r * stride + j] -= factor * right[i * stride + j];
    }
  }
  for (int i = M - 1; i >= 0; i--)
    for (int j = 0; j < n; j++) {
      double value = right[i * stride + j];
      for (int k = i + 1; k < M; k++) value -= matrix[i * P + k] * right[k * stride + j];
      right[i * stride + j] = value / matrix[i * P + i];
    }
  return true;
}

}  // namespace dsr
