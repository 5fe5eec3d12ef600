// Ridge regression by normal equations and Cholesky's decomposition.
#pragma once
#include <cmath>

#include "linalg.h"

namespace dsr::linalg {

// Least squares of targets (n, M) on features (n, F) with an intercept, which has no penalty.
struct Ridge {
  const double *features, *targets;
  Index n, F, M;
  double penalty;  // of the squared weights

  // weights (M, F) and intercept (M,); not finite where the equations are singular in rounding.
  void solve(double* weights, double* intercept) const {
    Columns X(F + 1), Y(M);
    const Index size = F + 1, width = X.packs * Columns::lane, columns = Y.packs * Columns::lane;
    Buffer<double> G(volume(size, width)), B(volume(size, columns));
    X.set_column(F, 1.0);
    Watch watch;
    for (Index t = 0; t < n; t += Columns::most) {
      const Index rows = n - t < Columns::most ? n - t : Columns::most;
      X.fill(features, t, rows, F), Y.fill(targets, t, rows, M);
      add_gram(X, X, rows, size, true, G.data());
      add_gram(X, Y, rows, size, false, B.data());
      watch.done(double(rows) * size * (width / 2 + columns));
    }
    for (Index i = 0; i < F; i++) G[i * width + i] += penalty;
    eliminate(G.data(), width, B.data(), columns, watch);
    for (Index m = 0; m < M; m++) {
      for (Index i = 0; i < F; i++) weights[m * F + i] = B[i * columns + m];
      intercept[m] = B[F * columns + m];
    }
  }

 private:
  // B becomes the solution of G X = B; G, of which the upper triangle counts, is overwritten by its
  // factor U, G = U^T U.
  void eliminate(double* G, Index width, double* B, Index columns, Watch& watch) const {
    const Index size = F + 1;
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
};

}  // namespace dsr::linalg
