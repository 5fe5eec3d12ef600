// Products of weights with a pack of windows: a quantity of n entries is n packs, one after another.
//
// Each entry of a result is one chain of multiply-adds in the order of its terms. The size of tiles
// depends on the registers and changes no sum, so all processors agree.
#pragma once
#include <algorithm>

#include "memory.h"
#include "simd.h"

namespace dsr {

// Entries of a result that are summed in registers at once.
inline constexpr int tile_rows = register_bytes == 64 ? 12 : 6;

// Weights (n_out, n_in) of a product, stored tile by tile in the order of reading.
template <class T>
class Weights {
 public:
  Weights(std::ptrdiff_t n_out, std::ptrdiff_t n_in) : n_out_(n_out), n_in_(n_in), w_(volume(n_out, n_in)) {}

  // Take the weights w[o * step_out + i * step_in].
  void set(const T* w, std::ptrdiff_t step_out, std::ptrdiff_t step_in) {
    T* to = w_.data();
    for_tiles([&](std::ptrdiff_t o, int rows) {
      for (std::ptrdiff_t i = 0; i < n_in_; i++)
        for (int r = 0; r < rows; r++) *to++ = w[(o + r) * step_out + i * step_in];
    });
  }

  // finish(o, start(o) + sum_i w[o, i] x[i]) for all o, x n_in packs.
  template <class Start, class Finish>
  DSR_INLINE void product(const T* x, const Start& start, const Finish& finish) const {
    for_tiles([&](std::ptrdiff_t o, int rows) { tile<tile_rows>(rows, o, x, start, finish); });
  }

  // y += w x for n_in packs x and n_out packs y.
  __attribute__((noinline)) void add(const T* x, T* y) const {
    product(
        x, [&](std::ptrdiff_t o) { return loaded<Pack<T>>(y + o * lanes<T>); },
        [&](std::ptrdiff_t o, Pack<T> total) { store(y + o * lanes<T>, total); });
  }

 private:
  // Call f(first row, rows) for each tile. The remainder is split in two halves: a small tile would
  // wait for itself.
  template <class F>
  DSR_INLINE void for_tiles(const F& f) const {
    std::ptrdiff_t o = 0;
    while (n_out_ - o >= 2 * tile_rows) f(o, tile_rows), o += tile_rows;
    if (n_out_ - o > tile_rows) {
      const int half = int(n_out_ - o) / 2;
      f(o, half), o += half;
    }
    if (o < n_out_) f(o, int(n_out_ - o));
  }

  template <int R, class Start, class Finish>
  DSR_INLINE void tile(int rows, std::ptrdiff_t o, const T* x, const Start& start, const Finish& finish) const {
    if constexpr (R > 0) {
      if (rows != R) return tile<R - 1>(rows, o, x, start, finish);
      Pack<T> total[R];
      for (int r = 0; r < R; r++) total[r] = start(o + r);
      const T* row = w_.data() + o * n_in_;
      for (std::ptrdiff_t i = 0; i < n_in_; i++, row += R) {
        const auto v = loaded<Pack<T>>(x + i * lanes<T>);
        for (int r = 0; r < R; r++) total[r] = fma(v, filled<Pack<T>>(row[r]), total[r]);
      }
      for (int r = 0; r < R; r++) finish(o + r, total[r]);
    }
  }

  std::ptrdiff_t n_out_, n_in_;
  Buffer<T> w_;
};

// Places of the rows of an outer product's factor: n packs at each of n_times times.
template <class T>
struct Path {
  const T* at;
  std::ptrdiff_t n;
};

namespace detail {

template <int RA, int RB, class V, class T>
DSR_INLINE void outer_tile(Path<T> a, Path<T> b, std::ptrdiff_t n_times, std::ptrdiff_t i, std::ptrdiff_t j, T* out,
                           std::ptrdiff_t step_i, std::ptrdiff_t step_j) {
  constexpr int parts = lanes<T> / V::size;
  alignas(64) T lane[RA * RB * lanes<T>];
  for (int part = 0; part < parts; part++) {
    V total[RA][RB];
    for (int p = 0; p < RA; p++)
      for (int q = 0; q < RB; q++) total[p][q] = filled<V>(T(0));
    const T* x = a.at + i * lanes<T> + part * V::size;
    const T* y = b.at + j * lanes<T> + part * V::size;
    for (std::ptrdiff_t t = 0; t < n_times; t++, x += a.n * lanes<T>, y += b.n * lanes<T>) {
      V v[RB];
      for (int q = 0; q < RB; q++) load(v[q], y + q * lanes<T>);
      for (int p = 0; p < RA; p++) {
        const V u = loaded<V>(x + p * lanes<T>);
        for (int q = 0; q < RB; q++) total[p][q] = fma(u, v[q], total[p][q]);
      }
    }
    for (int p = 0; p < RA; p++)
      for (int q = 0; q < RB; q++) store(lane + (p * RB + q) * lanes<T> + part * V::size, total[p][q]);
  }
  Pack<T> packs[RA * RB];
  alignas(64) T total[RA * RB + lanes<T>];
  for (int k = 0; k < RA * RB; k++) load(packs[k], lane + k * lanes<T>);
  sums<RA * RB>(packs, total);
  for (int p = 0; p < RA; p++)
    for (int q = 0; q < RB; q++) out[(i + p) * step_i + (j + q) * step_j] += total[p * RB + q];
}

template <int RA, int RB, class V, class T>
DSR_INLINE void outer_rows(Path<T> a, Path<T> b, std::ptrdiff_t n_times, std::ptrdiff_t i, std::ptrdiff_t j, int rows,
                           T* out, std::ptrdiff_t step_i, std::ptrdiff_t step_j) {
  if constexpr (RA > 0) {
    if (rows == RA)
      outer_tile<RA, RB, V>(a, b, n_times, i, j, out, step_i, step_j);
    else
      outer_rows<RA - 1, RB, V>(a, b, n_times, i, j, rows, out, step_i, step_j);
  }
}

}  // namespace detail

// out[i, j] += sum over times and windows of a[t, i] b[t, j]. The given steps lead from entry to
// entry of out.
template <class T>
__attribute__((noinline)) void add_outer(Path<T> a, Path<T> b, std::ptrdiff_t n_times, T* out, std::ptrdiff_t step_i,
                                         std::ptrdiff_t step_j) {
  using V = Reg<T>;
  constexpr int RA = register_bytes == 64 ? 6 : 3, RB = register_bytes == 64 ? 4 : 3;
  std::ptrdiff_t j = 0;
  const auto columns = [&]<int R>(std::ptrdiff_t from) {
    const std::ptrdiff_t n_tiles = (a.n + RA - 1) / RA;  // tiles of nearly equal height
    for (std::ptrdiff_t i = 0, k = 0; k < n_tiles; k++) {
      const std::ptrdiff_t rows = (a.n - i + n_tiles - k - 1) / (n_tiles - k);
      detail::outer_rows<RA, R, V>(a, b, n_times, i, from, int(rows), out, step_i, step_j);
      i += rows;
    }
  };
  for (; j + RB <= b.n; j += RB) columns.template operator()<RB>(j);
  for (; j < b.n; j++) columns.template operator()<1>(j);
}

// out[i] += sum over times and windows of a[t, i].
template <class T>
void add_total(Path<T> a, std::ptrdiff_t n_times, T* out) {
  for (std::ptrdiff_t i = 0; i < a.n; i++) {
    auto total = filled<Pack<T>>(T(0));
    for (std::ptrdiff_t t = 0; t < n_times; t++) total = total + loaded<Pack<T>>(a.at + (t * a.n + i) * lanes<T>);
    out[i] += sum(total);
  }
}

}  // namespace dsr
