// Fixed points and cycles: solve in guessed linear regions, check, and continue from the result.
//
// A linear region is a set of states with the same active hidden units, W2 z + h2 > 0. In it the
// map z' = A z + W1 relu(W2 z + h2) + h1 is z' = J z + c.
#pragma once
#include <cstdint>
#include <limits>
#include <vector>

#include "algebra.h"
#include "floating.h"
#include "watch.h"

namespace dsr {

// A cycle closes within this share of its size, far above rounding and far below 1e-8.
inline constexpr double tolerance = 1e-11;

// A map with M latent and L hidden units. Rows are padded: M to quads (P), L to packs (Q).
struct Pieces {
  int M, L, P, Q;
  Buffer<double> A, W1, W1T, W2, W2T, h1, h2;  // (M, P), (M, Q), (L, P), (L, P), (M, Q), (P), (Q)

  Pieces(int M, int L)
      : M(M), L(L), P(in_quads(M)), Q(int(padded(L, lanes<double>))), A(volume(M, P)), W1(volume(M, Q)),
        W1T(volume(L, P)), W2(volume(L, P)), W2T(volume(M, Q)), h1(P), h2(Q) {}

  // z_next = F(z); u (Q,) gets the outputs relu(W2 z + h2) of the hidden units.
  void step(const double* z, double* u, double* z_next) const {
    constexpr int n = lanes<double>;
    using V = Pack<double>;
    for (int l = 0; l < Q; l += n) {
      V total = loaded<V>(&h2[l]);
      for (int m = 0; m < M; m++) total = total + filled<V>(z[m]) * loaded<V>(&W2T[std::size_t(m) * Q + l]);
      store(u + l, relu(total));
    }
    affine(A.data(), z, h1.data(), M, z_next);
    for (int m = 0; m < M; m++) {
      V total = filled<V>(0.0);
      for (int l = 0; l < Q; l += n) total = total + loaded<V>(&W1[std::size_t(m) * Q + l]) * loaded<V>(u + l);
      z_next[m] += sum(total);
    }
  }

  // J += W1 diag(s) W2 (M, P) over n of the units. `slopes` (n,) are s; null means all 1.
  void add_slopes(const std::int32_t* units, const double* slopes, int n, double* J) const {
    for (int m = 0; m < P; m += 4)
      for (int k = 0; k < P; k += 4) {
        Quad rows[4];
        for (int i = 0; i < 4; i++) rows[i] = m + i < M ? loaded<Quad>(J + (m + i) * P + k) : filled<Quad>(0.0);
        for (int j = 0; j < n; j++) {
          const double* w1 = &W1T[std::size_t(units[j]) * P + m];
          Quad w2 = loaded<Quad>(&W2[std::size_t(units[j]) * P + k]);
          if (slopes) w2 = filled<Quad>(slopes[j]) * w2;
          for (int i = 0; i < 4; i++) rows[i] = rows[i] + filled<Quad>(w1[i]) * w2;
        }
        for (int i = 0; i < 4 && m + i < M; i++) store(J + (m + i) * P + k, rows[i]);
      }
  }

  // c += W1 h2 (P,) over n of the units.
  void add_offsets(const std::int32_t* units, int n, double* c) const {
    for (int m = 0; m < P; m += 4) {
      Quad total = loaded<Quad>(c + m);
      for (int j = 0; j < n; j++)
        total = total + filled<Quad>(h2[units[j]]) * loaded<Quad>(&W1T[std::size_t(units[j]) * P + m]);
      store(c + m, total);
    }
  }

  // J (M, P) and c (P,) of the map if the n units are active.
  void linear_piece(const std::int32_t* units, int n, double* J, double* c) const {
    std::copy_n(A.data(), std::size_t(M) * P, J);
    std::copy_n(h1.data(), P, c);
    add_slopes(units, nullptr, n, J);
    add_offsets(units, n, c);
  }
};

// The active units at the points z (k, P) of a guessed cycle, and the solution in their regions.
class Cycle {
 public:
  Cycle(const Pieces& f, int k)
      : z(volume(k, f.P)), units(volume(k, f.L)), n_active(k), f_(f), k_(k), J_(volume(k, f.M, f.P)),
        c_(volume(k, f.P)), product_(volume(f.M, f.P)), product_next_(volume(f.M, f.P)), constant_(f.P),
        constant_next_(f.P), u_(f.Q), z_next_(f.P) {}

  Buffer<double> z;
  Buffer<std::int32_t> units;   // (k, L): the active units of point j come first in row j
  std::vector<std::int32_t> n_active;  // (k,)

  // Find the regions of the points, and how far the points are from a cycle, in units of its size.
  // With `run`, the map's run from the first point replaces all other points.
  double visit(bool run) {
    double error = 0.0, size = 0.0;
    for (int j = 0; j < k_; j++) {
      const double* here = &z[std::size_t(j) * f_.P];
      double* next = &z[std::size_t(j + 1 < k_ ? j + 1 : 0) * f_.P];
      f_.step(here, u_.data(), z_next_.data());
      std::int32_t* active = units.data() + std::size_t(j) * f_.L;
      int n = 0;
      for (int l = 0; l < f_.L; l++) active[n] = l, n += u_[l] > 0.0;
      n_active[j] = n;
      if (run && j < k_ - 1) std::copy_n(z_next_.data(), f_.M, next);
      if (!below(here, f_.M, largest) || !below(z_next_.data(), f_.M, largest))
        return std::numeric_limits<double>::infinity();
      for (int m = 0; m < f_.M; m++) {
        size = std::max({size, std::fabs(here[m]), std::fabs(f_.h1[m])});
        error = std::max(error, std::fabs(z_next_[m] - next[m]));
      }
    }
    return error > 0.0 ? error / size : 0.0;
  }

  // The cycle of the linear pieces of these regions, whether or not it lies in them; false if it is
  // not unique: z_1 = (I - J_k ... J_1)^-1 (c_k + J_k c_{k-1} + ... + J_k ... J_2 c_1), and its images.
  bool solve_regions() {
    const int M = f_.M, P = f_.P;
    product_.clear(), constant_.clear();
    for (int m = 0; m < M; m++) product_[m * P + m] = 1.0;
    for (int j = 0; j < k_; j++) {
      double *J = &J_[std::size_t(j) * M * P], *c = &c_[std::size_t(j) * P];
      f_.linear_piece(units.data() + std::size_t(j) * f_.L, n_active[j], J, c);
      multiply(J, product_.data(), M, product_next_.data());
      affine(J, constant_.data(), c, M, constant_next_.data());
      std::swap(product_, product_next_), std::swap(constant_, constant_next_);
    }
    if (!solve(product_.data(), M, constant_.data(), 1, 1)) return false;
    std::copy_n(constant_.data(), M, z.data());
    for (int j = 0; j < k_ - 1; j++) {
      double* point = &z[std::size_t(j) * P];
      affine(&J_[std::size_t(j) * M * P], point, &c_[std::size_t(j) * P], M, point + P);
    }
    return true;
  }

  // Solve, check, and solve again in the regions of the solution. Returns 1 if the result is a
  // cycle, 0 if none of `n_iterations` solutions was one, -1 if the last was not unique.
  int settle(std::int64_t n_iterations, bool run, Watch& watch) {
    for (std::int64_t i = 0; i < n_iterations; i++) {
      watch.done(2.0 * k_ * f_.M * f_.M * (f_.L + 2.0 * f_.M));
      if (!solve_regions()) return -1;
      const double error = visit(run);
      if (error <= tolerance) return 1;
      if (error == std::numeric_limits<double>::infinity()) return 0;
    }
    return 0;
  }

 private:
  const Pieces& f_;
  int k_;
  Buffer<double> J_, c_, product_, product_next_, constant_, constant_next_, u_, z_next_;
};

// `settle` from the regions of each of Z (n, k, M), in place; status (n,) holds its results. The
// regions of a solution outside them are ambiguous: those of its k points, or those of the map's
// run from its first point. Starts alternate between the two, as each finds cycles that the other misses.
inline void settle_all(const Pieces& f, double* Z, std::int64_t n, int k, std::int64_t n_iterations,
                       std::int64_t* status) {
  Cycle cycle(f, k);
  Watch watch;
  for (std::int64_t i = 0; i < n; i++) {
    double* start = Z + std::size_t(i) * k * f.M;
    for (int j = 0; j < k; j++) std::copy_n(start + std::size_t(j) * f.M, f.M, &cycle.z[std::size_t(j) * f.P]);
    cycle.visit(false);
    status[i] = cycle.settle(n_iterations, i % 2 == 1, watch);
    for (int j = 0; j < k; j++) std::copy_n(&cycle.z[std::size_t(j) * f.P], f.M, start + std::size_t(j) * f.M);
  }
}

// Result of a search through all sequences of regions.
struct Everywhere {
  std::vector<double> Z;  // (n, k, M): the first cycles
  std::int64_t n_found = 0, n_degenerate = 0;
};

// Solve for each sequence of k regions. The k L bits of a number stand for the units of the k
// regions. Of sequences that are rotations of one another, only the least number is solved.
// `n_kept` cycles are kept.
inline Everywhere settle_everywhere(const Pieces& f, int k, std::int64_t n_kept) {
  Everywhere out;
  Cycle cycle(f, k);
  Watch watch;
  const int L = f.L;
  const std::int64_t one_region = (std::int64_t(1) << L) - 1, n_sequences = std::int64_t(1) << (k * L);
  for (std::int64_t number = 0; number < n_sequences; number++) {
    watch.done(4.0 * k);
    std::int64_t rotated = number;
    bool least = true;
    for (int j = 0; j < k - 1 && least; j++) {
      rotated = (rotated >> L) | ((rotated & one_region) << (L * (k - 1)));
      least = number <= rotated;
    }
    if (!least) continue;
    for (int j = 0; j < k; j++) {
      int n = 0;
      for (int l = 0; l < L; l++)
        if ((number >> (j * L + l)) & 1) cycle.units[std::size_t(j) * L + n++] = l;
      cycle.n_active[j] = n;
    }
    const int status = cycle.settle(1, false, watch);
    out.n_degenerate += status == -1;
    if (status == 1 && out.n_found++ < n_kept)
      for (int j = 0; j < k; j++) {
        const double* point = &cycle.z[std::size_t(j) * f.P];
        out.Z.insert(out.Z.end(), point, point + f.M);
      }
  }
  return out;
}

}  // namespace dsr
