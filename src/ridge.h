// Ridge regression by normal equations and Cholesky decomposition.
#pragma once
#include <cmath>

#include "linalg.h"

namespace dsr::linalg {

// Replace B (size, M) by the solution of G X = B for a positive-definite G. Rows of G are `width` long and
// those of B `columns`, whole packs. Only the upper triangle of G is read; G is overwritten by its factor
// U, G = U^T U. The result is not finite if G is singular up to rounding.
inline void solve_positive(double* G, Index width, double* B, Index columns, Index size, Index M) {
  Watch watch;
  for (Index i = 0; i < size; i++) {
    double *u = G + i * width, *b = B + i * columns;
    const double root = std::sqrt(u[i]);
    for (Index j = i; j < size; j++) u[j] /= root;
    for (Index m = 0; m < M; m++) b[m] /= root;
    for (Index r = i + 1; r < size; r++) {
      const Index first = r / Columns::lane * Columns::lane;
      add_scaled(-u[r], u + first, G + r * width + first, width - first);
      add_scaled(-u[r], b, B + r * columns, columns);
    }
    watch.done(double(size - i) * (size - i));
  }
  for (Index i = size - 1; i >= 0; i--) {
    double *u = G + i * width, *b = B + i * columns;
    for (Index r = i + 1; r < size; r++) add_scaled(-u[r], B + r * columns, b, columns);
    for (Index m = 0; m < M; m++) b[m] /= u[i];
  }
}

// Least squares of targets (n, M) on features (n, F) with an intercept; rows may come in parts.
class NormalEquations {
 public:
  const Index F, M;

  NormalEquations(Index n_features, Index n_targets)
      : F(n_features), M(n_targets), X_(n_features + 1), Y_(n_targets),
        G_(volume(n_features + 1, X_.packs * Columns::lane)), B_(volume(n_features + 1, Y_.packs * Columns::lane)) {
    X_.set_column(F, 1.0);
  }

  void add(const double* features, const double* targets, Index n) {
    Watch watch;
    for (Index t = 0; t < n; t += Columns::most) {
      const Index rows = n - t < Columns::most ? n - t : Columns::most;
      X_.fill(features, t, rows, F), Y_.fill(targets, t, rows, M);
      add_gram(X_, X_, rows, F + 1, true, G_.data());
      add_gram(X_, Y_, rows, F + 1, false, B_.data());
      watch.done(double(rows) * (F + 1) * (width() / 2 + columns()));
    }
  }

  // Weights (M, F) and intercept (M,), with penalties (F,) on the squared weights and none on the
  // intercept. They are not finite if the equations are singular up to rounding.
  void solve(const double* penalties, double* weights, double* intercept) const {
    Buffer<double> G(G_.size()), B(B_.size());
    std::memcpy(G.data(), G_.data(), G_.size() * sizeof(double));
    std::memcpy(B.data(), B_.data(), B_.size() * sizeof(double));
    for (Index i = 0; i < F; i++) G[i * width() + i] += penalties[i];
    solve_positive(G.data(), width(), B.data(), columns(), F + 1, M);
    for (Index m = 0; m < M; m++) {
      for (Index i = 0; i < F; i++) weights[m * F + i] = B[i * columns() + m];
      intercept[m] = B[F * columns() + m];
    }
  }

 private:
  Index width() const { return X_.packs * Columns::lane; }
  Index columns() const { return Y_.packs * Columns::lane; }

  Columns X_, Y_;
  Buffer<double> G_, B_;
};

}  // namespace dsr::linalg
