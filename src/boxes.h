// Proof that no cycle is missed: a box of states is halved until each part is decided.
//
// For all z in a box with centre c, F(z) - F(c) = A d + W1 diag(s) W2 d with d = z - c. The slope
// s_l of a hidden unit is 1 if the unit is active in the whole box, 0 if it is inactive there, and
// in an interval between otherwise. So a cycle of order k through z has its d in a computable set.
// If the set and the box are disjoint, the box holds no cycle; otherwise the box shrinks to their
// intersection. This is Krawczyk's operator with slopes in place of derivatives (Neumaier 1990,
// "Interval methods for systems of equations", Chapter 5). If no unit changes in a box, its cycle is exact.
#pragma once
#include <cstdint>
#include <vector>

#include "regions.h"

namespace dsr {

// A box with centre and radii (M,), and what its parts inherit. For each of the k points: J and c
// of the units that are active or inactive in the whole box, and the list of the other, open units.
struct Box {
  Buffer<double> center, radius, J, c;  // (P,), (P,), (k, M, P), (k, P)
  Buffer<std::int32_t> open;            // (k, L): the open units of a point come first in its row
  std::vector<std::int32_t> n_open;     // (k,)

  Box(const Pieces& f, int k)
      : center(f.P), radius(f.P), J(volume(k, f.M, f.P)), c(volume(k, f.P)), open(volume(k, f.L)), n_open(k) {}

  void take(const Box& other, int L) {
    std::copy_n(other.center.data(), center.size(), center.data());
    std::copy_n(other.radius.data(), radius.size(), radius.data());
    std::copy_n(other.J.data(), J.size(), J.data());
    std::copy_n(other.c.data(), c.size(), c.data());
    n_open = other.n_open;
    for (std::size_t j = 0; j < n_open.size(); j++)
      std::copy_n(other.open.data() + j * L, n_open[j], open.data() + j * L);
  }
};

enum class Fate { empty, narrowed, unknown };

// Narrows boxes, parts of the whole box from low to low + 2 whole, to where cycles of order k can be.
class Narrowing {
 public:
  Narrowing(const Pieces& f, int k, const double* whole)
      : f_(f), k_(k), whole_(whole), J_(volume(k, f.M, f.P)), T_(volume(k, f.M, f.P)), spread_(volume(k, f.L)),
        slope_(f.L), share_(f.L), fixed_(f.L), z_(f.P), e_(f.P), z_next_(f.P), e_next_(f.P), middle_(f.P),
        width_(f.P), product_(volume(f.M, f.P)), inverse_(volume(f.M, f.P)), matrix_(volume(f.M, f.P)) {}

  // Empty: the box holds no cycle. Unknown: it has shrunk too little to go on. Otherwise: narrowed.
  Fate narrow(Box& box) {
    const int M = f_.M, P = f_.P;
    const std::size_t size = std::size_t(M) * P;
    product_.clear(), e_.clear();
    for (int m = 0; m < M; m++) z_[m] = box.center[m], product_[m * P + m] = 1.0;
    for (int j = 0; j < k_; j++) {
      // Componentwise, d_j = T_j d_1 with an error of at most e_j; z is the j-th image of the centre.
      double *T = &T_[j * size], *J = &J_[j * size];
      std::copy_n(product_.data(), size, T);
      image(box, j, T, J, spread_.data() + std::size_t(j) * f_.L);
      if (!(below(z_next_.data(), M, largest) && below(e_next_.data(), M, largest))) return Fate::unknown;
      multiply(J, T, M, product_.data());
      std::swap(z_, z_next_), std::swap(e_, e_next_);
    }
    if (!invert()) return Fate::unknown;
    // d_1 = Y (z_{k+1} - z_1) + sum_j Y J_k ... J_{j+1} W1 (spread_j), Y = (I - J_k ... J_1)^-1.
    for (int m = 0; m < M; m++) {
      middle_[m] = box.center[m], width_[m] = 0.0;
      for (int i = 0; i < M; i++) middle_[m] += inverse_[i * P + m] * (z_[i] - box.center[i]);
    }
    for (int j = k_ - 1; j >= 0; j--) {
      const std::int32_t* open = box.open.data() + std::size_t(j) * f_.L;
      const double* spread = spread_.data() + std::size_t(j) * f_.L;
      for (int m = 0; m < P; m += 4) {
        Quad total = loaded<Quad>(&width_[m]);
        for (int place = 0; place < box.n_open[j]; place++) {
          const double* w1 = &f_.W1T[std::size_t(open[place]) * P];
          Quad effect = filled<Quad>(0.0);
          for (int i = 0; i < M; i++) effect = effect + filled<Quad>(w1[i]) * loaded<Quad>(&inverse_[i * P + m]);
          total = total + modulus(effect) * filled<Quad>(spread[place]);
        }
        store(&width_[m], total);
      }
      multiply_transposed(&J_[j * size], inverse_.data(), M, matrix_.data());
      std::swap(inverse_, matrix_);
    }
    return meet(box);
  }

  bool is_point(const Box& box) const {
    for (int m = 0; m < f_.M; m++)
      if (!(box.radius[m] / whole_[m] < 1e-9)) return false;
    return true;
  }

  double operations() const { return double(k_) * (f_.L + 2.0 * f_.M) * f_.M * f_.M; }

 private:
  // One step of the box. Its point j is z + T d with an error of at most e. Gives J (M, P), the
  // next z and e, and for each open unit how far its relu can be off from its mean slope in J.
  void image(Box& box, int j, const double* T, double* J, double* spread) {
    const int M = f_.M, P = f_.P;
    double *known_J = &box.J[std::size_t(j) * M * P], *known_c = &box.c[std::size_t(j) * P];
    std::int32_t* open = box.open.data() + std::size_t(j) * f_.L;
    int n = 0, n_fixed = 0;
    for (int place = 0; place < box.n_open[j]; place++) {
      const std::int32_t l = open[place];
      const double* w2 = &f_.W2[std::size_t(l) * P];
      Quad input = filled<Quad>(0.0), off = input;
      for (int m = 0; m < P; m += 4) {
        Quad effect = filled<Quad>(0.0);
        for (int i = 0; i < M; i++) effect = effect + filled<Quad>(w2[i]) * loaded<Quad>(T + i * P + m);
        const Quad w = loaded<Quad>(w2 + m);
        input = input + w * loaded<Quad>(&z_[m]);
        off = off + (modulus(effect) * loaded<Quad>(&box.radius[m]) + modulus(w) * loaded<Quad>(&e_[m]));
      }
      const double u = f_.h2[l] + sum(input), width = sum(off);
      if (u + width <= 0.0) continue;
      if (u >= width) {
        fixed_[n_fixed++] = l;
        continue;
      }
      // Between u and any point of u +- width, relu has slopes up to 1 if u > 0, and from 0 otherwise.
      const double least = u > 0.0 ? u / width : 0.0, most = u > 0.0 ? 1.0 : (u + width) / width;
      open[n] = l, spread[n] = (most - least) / 2 * width, slope_[n] = (least + most) / 2;
      share_[n++] = std::max(u, 0.0);
    }
    box.n_open[j] = n;
    f_.add_slopes(fixed_.data(), nullptr, n_fixed, known_J);
    f_.add_offsets(fixed_.data(), n_fixed, known_c);
    std::copy_n(known_J, std::size_t(M) * P, J);
    f_.add_slopes(open, slope_.data(), n, J);
    for (int m = 0; m < P; m += 4) {
      Quad next = loaded<Quad>(known_c + m), off = filled<Quad>(0.0);
      for (int place = 0; place < n; place++) {
        const Quad w1 = loaded<Quad>(&f_.W1T[std::size_t(open[place]) * P + m]);
        next = next + w1 * filled<Quad>(share_[place]);
        off = off + modulus(w1) * filled<Quad>(spread[place]);
      }
      store(&z_next_[m], next), store(&e_next_[m], off);
    }
    for (int m = 0; m < M; m++)
      for (int i = 0; i < M; i++) {
        z_next_[m] += known_J[m * P + i] * z_[i];
        e_next_[m] += std::fabs(J[m * P + i]) * e_[i];
      }
  }

  // inverse_ = the transposed inverse of I - product_; false if it is singular or not finite.
  bool invert() {
    const int M = f_.M, P = f_.P;
    matrix_.clear();
    for (int m = 0; m < M; m++) {
      if (!below(&product_[m * P], M, largest)) return false;
      matrix_[m * P + m] = 1.0;
    }
    if (!solve(product_.data(), M, matrix_.data(), M, P)) return false;
    for (int m = 0; m < M; m++)
      for (int i = 0; i < M; i++) inverse_[i * P + m] = matrix_[m * P + i];
    return true;
  }

  // Narrow the box to its part in middle +- width, with a margin for rounding.
  Fate meet(Box& box) const {
    double gain = 1.0;
    for (int m = 0; m < f_.M; m++) {
      double &center = box.center[m], &r = box.radius[m];
      const double margin = width_[m] + 1e-10 * whole_[m];
      // In this order of operands a NaN bound narrows nothing.
      const double low = std::max(center - r, middle_[m] - margin), high = std::min(center + r, middle_[m] + margin);
      if (!(low <= high)) return Fate::empty;
      gain = std::min(gain, (high - low) / (2 * r));
      center = (low + high) / 2, r = (high - low) / 2;
    }
    return gain < 0.7 ? Fate::narrowed : Fate::unknown;
  }

  const Pieces& f_;
  int k_;
  const double* whole_;
  Buffer<double> J_, T_, spread_, slope_, share_;  // (k, M, P), (k, M, P), (k, L), (L,), (L,)
  Buffer<std::int32_t> fixed_;
  Buffer<double> z_, e_, z_next_, e_next_, middle_, width_, product_, inverse_, matrix_;
};

// Result of a search through the parts of a box.
struct BoxSearch {
  std::vector<double> candidates;  // (n, M): first points, each in a box of rounding size
  std::int64_t n_found = 0, n_used = 0;
  double undecided = 0.0;  // share of the volume
};

// Find where between low and high (M,) first points of cycles of order k can be. Outside the boxes
// of the candidates there are none, up to rounding, if `n_boxes` boxes sufficed to decide the whole.
inline BoxSearch search_boxes(const Pieces& f, const double* low, const double* high, int k, std::int64_t n_boxes,
                              std::int64_t n_kept) {
  const int M = f.M;
  BoxSearch out;
  std::vector<double> whole(M);
  // Depth first: at most one box of each depth waits, and no side is halved more than 40 times.
  std::vector<Box> boxes;
  boxes.emplace_back(f, k);
  Box& first = boxes[0];
  for (int m = 0; m < M; m++) {
    whole[m] = first.radius[m] = (high[m] - low[m]) / 2;
    first.center[m] = low[m] + whole[m];
  }
  for (int j = 0; j < k; j++) {
    f.linear_piece(nullptr, 0, &first.J[std::size_t(j) * M * f.P], &first.c[std::size_t(j) * f.P]);
    for (int l = 0; l < f.L; l++) first.open[std::size_t(j) * f.L + l] = l;
    first.n_open[j] = f.L;
  }
  Narrowing narrowing(f, k, whole.data());
  Watch watch;
  std::size_t waiting = 1;
  while (waiting > 0 && out.n_used < n_boxes) {
    if (waiting == boxes.size()) boxes.emplace_back(f, k);
    Box& box = boxes[waiting - 1];
    Fate fate = Fate::narrowed;
    while (fate == Fate::narrowed) {
      watch.done(narrowing.operations());
      fate = narrowing.narrow(box);
      out.n_used++;
      if (fate == Fate::empty || !narrowing.is_point(box)) continue;
      if (out.n_found++ < n_kept) out.candidates.insert(out.candidates.end(), box.center.data(), box.center.data() + M);
      fate = Fate::empty;
    }
    waiting--;
    if (fate != Fate::unknown) continue;
    int widest = 0;
    for (int m = 1; m < M; m++)
      if (box.radius[m] / whole[m] > box.radius[widest] / whole[widest]) widest = m;
    const double r = box.radius[widest] /= 2;
    box.center[widest] -= r;
    Box& other = boxes[waiting + 1];
    other.take(box, f.L);
    other.center[widest] += 2 * r;
    waiting += 2;
  }
  for (std::size_t i = 0; i < waiting; i++) {
    double share = 1.0;
    for (int m = 0; m < M; m++) share *= boxes[i].radius[m] / whole[m];
    out.undecided += share;
  }
  return out;
}

}  // namespace dsr
