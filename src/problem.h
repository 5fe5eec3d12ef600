// What is trained: sizes, and the place of each array in the flat vector of trained numbers.
#pragma once
#include <cstddef>

#include "memory.h"

namespace dsr {

// Sizes and switches of a model, its observation and its batches.
struct Sizes {
  int M;         // latent units
  int N;         // columns of the data
  int K;         // external inputs
  int L;         // hidden units of a layer; 0 if units act each by itself
  int n_bases;   // bases of such units
  int n_linear;  // number of such units that are linear, the first ones
  int T;         // steps of a window
  int S;         // windows of a batch
  bool clipped, centered, affine, imputes;

  bool layer() const { return L > 0; }
  int hidden() const { return affine || M < N ? 0 : M - N; }  // units without a column
};

// The flat vector: A (M, M); a diagonal model trains only its diagonal. Then W1 (M, L), W2 (L, M),
// h1 (M), h2 (L) of a layer, or W (M, M), h (M), alphas (n_bases), H (M, n_bases) of units; then B
// (N, M) if the observation is affine, L0 (M - N, N) of hidden units, C (M, K) of inputs.
struct Layout {
  std::size_t A, W1, W2, h1, h2, W, alphas, H, B, L0, C, size;

  explicit Layout(const Sizes& s) {
    const std::size_t M = s.M, L = s.L, N = s.N;
    std::size_t at = 0;
    const auto place = [&at](std::size_t n) { return (at += n) - n; };
    A = place(M * M);
    W1 = place(M * L), W2 = place(L * M);
    W = s.layer() ? at : place(M * M);
    h1 = place(M), h2 = place(L);
    alphas = place(s.layer() ? 0 : s.n_bases), H = place(s.layer() ? 0 : M * s.n_bases);
    B = place(s.affine ? N * M : 0);
    L0 = place(s.hidden() * N);
    C = place(M * s.K);
    size = at;
  }
};

}  // namespace dsr
