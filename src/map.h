// The canonical map z' = A z + W1 relu(W2 z + h2) + h1 + C s: its step and its Jacobian.
//
// Hidden units are the lanes. The sum over them has one order for any number of runs, so a run has
// the same bits alone and among others. Up to `few` latent units a step stays in registers. Above,
// W1 and A are adjacent in memory, and so are the outputs of the hidden units and the state.
#pragma once
#include "memory.h"
#include "simd.h"
#include "unroll.h"

namespace dsr {

// Sizes and arrays of a map, row by row: A (M, M), W1 (M, L), W2 (L, M), h1 (M,), h2 (L,), C (M, K).
struct MapArrays {
  Index M, L, K;
  const double *A, *W1, *W2, *h1, *h2, *C;
};

class Map {
 public:
  using V = Pack<double>;
  static constexpr Index lane = lanes<double>;
  // Most latent units that stay in registers, and runs processed together to fill the pipelines.
  // They depend on the number of registers and change no sum.
  static constexpr int few = 4, sums = register_bytes == 64 ? 16 : register_bytes == 32 ? 4 : 2;
  static constexpr int runs_of_few = register_bytes == 64 ? 2 : 1, runs_of_many = register_bytes == 64 ? 4 : 1;

  const Index M, L, K;
  const Index units, states;  // L and M, padded with zeros to whole packs
  const Index width;          // of the outputs of the hidden units followed by the state

  explicit Map(const MapArrays& f)
      : M(f.M), L(f.L), K(f.K), units(padded(f.L, lane)), states(padded(f.M, lane)), width(units + states),
        A_(volume(M, M)), W1A_(volume(M, width)), W2T_(volume(M, units)), h1_(M), h2_(units), C_(volume(M, K)) {
    copy(f.A, M * M, A_.data());
    copy(f.h1, M, h1_.data());
    copy(f.h2, L, h2_.data());
    copy(f.C, M * K, C_.data());
    for (Index m = 0; m < M; m++) {
      copy(f.W1 + m * L, L, W1A_.data() + m * width);
      copy(f.A + m * M, M, W1A_.data() + m * width + units);
      for (Index l = 0; l < L; l++) W2T_[m * units + l] = f.W2[l * M + m];
    }
  }

  // Multiplications of a step and of a Jacobian, for `Watch`.
  double work() const { return M * (2.0 * width + K); }
  double work_of_jacobian() const { return double(M) * M * units; }

  // The effect of the inputs s (K,) on z_m.
  double driven(const double* s, Index m) const {
    double total = 0.0;
    for (Index k = 0; k < K; k++) total += C_[m * K + k] * s[k];
    return total;
  }

  // ---- steps of R runs together, without inputs ----------------------------------------------------
  // Replace the states z by the next ones. If `keep`, u (R, units) gets W2 z + h2.

  // m = M, at most `few`.
  template <int m, int R, bool keep>
  DSR_INLINE void step_of_few(double (&z)[R][m], double* u) const {
    // Two sums for each state, over even and odd packs, halve the waiting time.
    V at[R][m], even[R][m], odd[R][m];
    DSR_UNROLL
    for (int r = 0; r < R; r++)
      DSR_UNROLL
      for (int k = 0; k < m; k++) fill(at[r][k], z[r][k]), even[r][k] = odd[r][k] = filled<V>(0.0);
    const auto pack = [&](Index l, V(&sums)[R][m]) DSR_INLINED {
      V w1[m], w2[m];
      DSR_UNROLL
      for (int k = 0; k < m; k++) load(w2[k], W2T_.data() + k * units + l), load(w1[k], W1A_.data() + k * width + l);
      const V h2 = loaded<V>(h2_.data() + l);
      DSR_UNROLL
      for (int r = 0; r < R; r++) {
        V v = h2;
        DSR_UNROLL
        for (int k = 0; k < m; k++) v = fma(at[r][k], w2[k], v);
        if constexpr (keep) store(u + r * units + l, v);
        v = relu(v);  // NaN becomes 0 here and stays visible through A z
        DSR_UNROLL
        for (int i = 0; i < m; i++) sums[r][i] = fma(v, w1[i], sums[r][i]);
      }
    };
    Index l = 0;
    for (; l + 2 * lane <= units; l += 2 * lane) pack(l, even), pack(l + lane, odd);
    if (l < units) pack(l, even);
    DSR_UNROLL
    for (int r = 0; r < R; r++) {
      double next[m];
      DSR_UNROLL
      for (int i = 0; i < m; i++) {
        next[i] = h1_[i];
        DSR_UNROLL
        for (int k = 0; k < m; k++) next[i] += A_[i * m + k] * z[r][k];
        next[i] += sum(even[r][i] + odd[r][i]);
      }
      DSR_UNROLL
      for (int i = 0; i < m; i++) z[r][i] = next[i];
    }
  }

  // Any M. A row of `run` (R, width) holds the outputs of the hidden units and then the state.
  // `next` (R, states) is work space.
  template <int R, bool keep>
  void step_of_many(double* run, double* next, double* u) const {
    hidden<R>(run, [&](int r, Index l, V v) DSR_INLINED {
      if constexpr (keep) store(u + r * units + l, v);
      store(run + r * width + l, relu(v));
    });
    in_pieces<(sums / R < 8 ? sums / R : 8)>(0, M, [&](Index m, auto size) DSR_INLINED {
      constexpr int n = size;
      V total[R][n];
      DSR_UNROLL
      for (int r = 0; r < R; r++)
        DSR_UNROLL
        for (int i = 0; i < n; i++) fill(total[r][i], 0.0);
      for (Index l = 0; l < width; l += lane) {
        V f[R];
        DSR_UNROLL
        for (int r = 0; r < R; r++) load(f[r], run + r * width + l);
        DSR_UNROLL
        for (int i = 0; i < n; i++) {
          const V w = loaded<V>(W1A_.data() + (m + i) * width + l);
          DSR_UNROLL
          for (int r = 0; r < R; r++) total[r][i] = fma(f[r], w, total[r][i]);
        }
      }
      DSR_UNROLL
      for (int r = 0; r < R; r++)
        DSR_UNROLL
        for (int i = 0; i < n; i++) next[r * states + m + i] = h1_[m + i] + sum(total[r][i]);
    });
    DSR_UNROLL
    for (int r = 0; r < R; r++) copy(next + r * states, M, run + r * width + units);
  }

  // One run of any M that keeps u (units,); sizes as in `step_of_many`.
  void step(double* run, double* next, double* u) const {
    if (M > few) return step_of_many<1, true>(run, next, u);
    with_size<few>(M, [&](auto size) DSR_INLINED {
      double z[1][size];
      copy(run + units, size, z[0]);
      step_of_few<size, 1, true>(z, u);
      copy(z[0], size, run + units);
    });
  }

  // ---- Jacobians -------------------------------------------------------------------------------

  // W2 z + h2, (units,), at the state at the end of `run` (width,).
  void hidden_at(const double* run, double* u) const {
    hidden<1>(run, [&](int, Index l, V v) DSR_INLINED { store(u + l, v); });
  }

  // Gates (units,) of a straight segment on which the inputs of the hidden units go from u to v:
  // the share of the segment with positive input.
  void active_share(const double* u, const double* v, double* gates) const {
    const V zero = filled<V>(0.0);
    for (Index l = 0; l < units; l += lane) {
      const V from = loaded<V>(u + l), to = loaded<V>(v + l), above = relu(from) + relu(to);
      const V all = above + (relu(zero - from) + relu(zero - to));
      store(gates + l, gate(above, above / all));
    }
  }

  // J = A + W1 diag(gates) W2, transposed: JT (M, states) with entry (k, m) = dz'_m / dz_k.
  void mean_jacobian(const double* gates, double* JT) const {
    blocks(JT, [gates](Index l, V w) DSR_INLINED { return loaded<V>(gates + l) * w; });
  }

  // The same with gates from the inputs u (units,) of the hidden units: a gate is 1 if its input is positive.
  void jacobian(const double* u, double* JT) const {
    blocks(JT, [u](Index l, V w) DSR_INLINED { return gate(loaded<V>(u + l), w); });
  }

 private:
  static void copy(const double* from, Index n, double* to) {
    if (n) std::memcpy(to, from, n * sizeof(double));
  }

  // All blocks of the Jacobian. open(l, w) multiplies the weights w of the hidden units l.. by their gates.
  template <class F>
  DSR_INLINE void blocks(double* JT, F&& open) const {
    constexpr int side = register_bytes == 64 ? 4 : 2;
    for (Index m = 0; m < M; m += side)
      with_size<side>(M - m, [&](auto rows) DSR_INLINED {
        for (Index k = 0; k < M; k += side)
          with_size<side>(M - k, [&](auto columns) DSR_INLINED { block<rows, columns>(m, k, JT, open); });
      });
  }

  // Call f(r, l, V) with the inputs W2 z + h2 of the hidden units l..l + 7 of each run.
  template <int R, class F>
  DSR_INLINE void hidden(const double* run, F&& f) const {
    in_pieces<(sums / R < 8 ? sums / R : 8)>(0, units / lane, [&](Index pack, auto size) DSR_INLINED {
      constexpr int n = size;
      const Index l = pack * lane;
      V v[R][n];
      DSR_UNROLL
      for (int r = 0; r < R; r++)
        DSR_UNROLL
        for (int i = 0; i < n; i++) load(v[r][i], h2_.data() + l + i * lane);
      for (Index k = 0; k < M; k++)
        DSR_UNROLL
        for (int i = 0; i < n; i++) {
          const V w = loaded<V>(W2T_.data() + k * units + l + i * lane);
          DSR_UNROLL
          for (int r = 0; r < R; r++) v[r][i] = fma(filled<V>(run[r * width + units + k]), w, v[r][i]);
        }
      DSR_UNROLL
      for (int r = 0; r < R; r++)
        DSR_UNROLL
        for (int i = 0; i < n; i++) f(r, l + i * lane, v[r][i]);
    });
  }

  // Rows m.. and columns k.. of the Jacobian.
  template <int rows, int columns, class F>
  void block(Index m, Index k, double* JT, const F& open) const {
    V total[rows][columns];
    DSR_UNROLL
    for (int i = 0; i < rows; i++)
      DSR_UNROLL
      for (int j = 0; j < columns; j++) fill(total[i][j], 0.0);
    for (Index l = 0; l < units; l += lane) {
      V w2[columns];
      DSR_UNROLL
      for (int j = 0; j < columns; j++) load(w2[j], W2T_.data() + (k + j) * units + l);
      DSR_UNROLL
      for (int i = 0; i < rows; i++) {
        const V w1 = open(l, loaded<V>(W1A_.data() + (m + i) * width + l));
        DSR_UNROLL
        for (int j = 0; j < columns; j++) total[i][j] = fma(w1, w2[j], total[i][j]);
      }
    }
    DSR_UNROLL
    for (int i = 0; i < rows; i++)
      DSR_UNROLL
      for (int j = 0; j < columns; j++)
        JT[(k + j) * states + m + i] = A_[(m + i) * M + k + j] + sum(total[i][j]);
  }

  Buffer<double> A_, W1A_, W2T_, h1_, h2_, C_;
};

}  // namespace dsr
