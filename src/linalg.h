// Products of matrices in float64. Each entry is one sum of fused products in the order of its
// terms, for any blocks, so it has the same bits on every processor. Columns are the lanes.
#pragma once
#include "memory.h"
#include "unroll.h"
#include "watch.h"

namespace dsr::linalg {

// ---- rows that are padded to packs --------------------------------------------------------------

DSR_INLINE void copy(const double* x, double* y, Index n) {
  using V = Pack<double>;
  for (Index i = 0; i < n; i += V::size) store(y + i, loaded<V>(x + i));
}

// y += a x
DSR_INLINE void add_scaled(double a, const double* x, double* y, Index n) {
  using V = Pack<double>;
  const V factor = filled<V>(a);
  for (Index i = 0; i < n; i += V::size) store(y + i, fma(factor, loaded<V>(x + i), loaded<V>(y + i)));
}

// y -= (a x) b
DSR_INLINE void subtract(double a, const double* x, double b, double* y, Index n) {
  using V = Pack<double>;
  const V first = filled<V>(a), second = filled<V>(b);
  for (Index i = 0; i < n; i += V::size) store(y + i, loaded<V>(y + i) - first * loaded<V>(x + i) * second);
}

DSR_INLINE double dot(const double* x, const double* y, Index n) {
  using V = Pack<double>;
  V total = filled<V>(0.0);
  for (Index i = 0; i < n; i += V::size) total = fma(loaded<V>(x + i), loaded<V>(y + i), total);
  return sum(total);
}

// Rows (n, width), padded with zeros, of the matrix (n, m).
inline Buffer<double> padded_rows(const double* matrix, Index n, Index m) {
  const Index width = padded(m, lanes<double>);
  Buffer<double> rows(volume(n, width));
  for (Index i = 0; i < n && m; i++) std::memcpy(rows.data() + i * width, matrix + i * m, m * sizeof(double));
  return rows;
}

// ---- products ------------------------------------------------------------------------------------

// A factor of a product whose sum runs over p. Its entry i lies at data[p * step + i * next]: a
// number on the left, a pack on the right.
struct Factor {
  const double* data;
  Index step, next;

  Factor from(Index i) const { return {data + i * next, step, next}; }
};

// out (rows, packs) = sum over p = 0..n - 1 of left[p] right[p], or out += it if `adding`. Rows of
// out are `width` apart.
template <int rows, int packs, bool adding>
DSR_INLINE void tile(Factor left, Factor right, Index n, double* out, Index width) {
  using V = Pack<double>;
  V total[rows][packs];
  DSR_UNROLL
  for (int i = 0; i < rows; i++) {
    DSR_UNROLL
    for (int j = 0; j < packs; j++) {
      if constexpr (adding)
        load(total[i][j], out + i * width + j * V::size);
      else
        fill(total[i][j], 0.0);
    }
  }
  for (Index p = 0; p < n; p++) {
    V r[packs];
    DSR_UNROLL
    for (int j = 0; j < packs; j++) load(r[j], right.data + p * right.step + j * right.next);
    DSR_UNROLL
    for (int i = 0; i < rows; i++) {
      const V l = filled<V>(left.data[p * left.step + i * left.next]);
      DSR_UNROLL
      for (int j = 0; j < packs; j++) total[i][j] = fma(l, r[j], total[i][j]);
    }
  }
  DSR_UNROLL
  for (int i = 0; i < rows; i++) {
    DSR_UNROLL
    for (int j = 0; j < packs; j++) store(out + i * width + j * V::size, total[i][j]);
  }
}

// Rows and packs of a tile that fits in registers.
inline constexpr int tile_rows = register_bytes == 64 ? 8 : register_bytes == 32 ? 4 : 2;
inline constexpr int tile_packs = register_bytes == 64 ? 3 : 1;

// The same for any numbers of rows and packs, tile by tile.
inline void product(Factor left, Factor right, Index n, Index rows, Index packs, double* out) {
  const Index width = packs * lanes<double>;
  in_pieces<tile_rows>(0, rows, [&](Index i, auto height) DSR_INLINED {
    in_pieces<tile_packs>(0, packs, [&](Index j, auto length) DSR_INLINED {
      tile<height, length, false>(left.from(i), right.from(j), n, out + i * width + j * lanes<double>, width);
    });
  });
}

// out (n, m) = X (n, k) Y (k, m).
inline void multiply(const double* X, const double* Y, Index n, Index k, Index m, double* out) {
  constexpr Index block = 64;
  const Index width = padded(m, lanes<double>);
  const Buffer<double> right = padded_rows(Y, k, m);
  Buffer<double> rows(volume(block, width));
  Watch watch;
  for (Index i = 0; i < n; i += block) {
    const Index size = n - i < block ? n - i : block;
    product({X + i * k, 1, k}, {right.data(), width, lanes<double>}, k, size, width / lanes<double>, rows.data());
    for (Index r = 0; r < size && m; r++)
      std::memcpy(out + (i + r) * m, rows.data() + r * width, m * sizeof(double));
    watch.done(double(size) * k * width);
  }
}

// ---- X^T Y ---------------------------------------------------------------------------------------

// Up to `most` rows of a matrix, by packs of columns: (packs, most, lanes). A tile of X^T Y then
// reads contiguous memory.
class Columns {
 public:
  static constexpr Index most = 128, lane = lanes<double>;
  const Index packs;

  explicit Columns(Index m) : packs(padded(m, lane) / lane), data_(volume(packs, most, lane)) {}

  // Rows first..first + n - 1 of X (., m) at the first columns.
  void fill(const double* X, Index first, Index n, Index m) {
    for (Index t = 0; t < n; t++) {
      const double* row = X + (first + t) * m;
      double* out = data_.data() + t * lane;
      Index i = 0;
      for (; i + lane <= m; i += lane, out += most * lane) store(out, loaded<Pack<double>>(row + i));
      for (Index j = 0; i + j < m; j++) out[j] = row[i + j];
    }
  }
  void set_column(Index i, double value) {
    for (Index t = 0; t < most; t++) data_[(i / lane * most + t) * lane + i % lane] = value;
  }
  // As left factor the columns i.. of one pack; as right factor the packs j...
  Factor left(Index i) const { return {data_.data() + i / lane * most * lane + i % lane, lane, 1}; }
  Factor right(Index j) const { return {data_.data() + j * most * lane, lane, most * lane}; }

 private:
  Buffer<double> data_;
};

// out (rows, packs of Y) += X^T Y for n rows of both. With `upper`, X is Y, and packs left of the
// diagonal are left out.
inline void add_gram(const Columns& X, const Columns& Y, Index n, Index rows, bool upper, double* out) {
  static_assert(Columns::lane % tile_rows == 0);
  const Index width = Y.packs * Columns::lane;
  in_pieces<tile_rows>(0, rows, [&](Index i, auto height) DSR_INLINED {
    in_pieces<tile_packs>(upper ? i / Columns::lane : 0, Y.packs, [&](Index j, auto length) DSR_INLINED {
      tile<height, length, true>(X.left(i), Y.right(j), n, out + i * width + j * Columns::lane, width);
    });
  });
}

// out (k, m) = X^T Y for X (n, k) and Y (n, m).
inline void gram(const double* X, const double* Y, Index n, Index k, Index m, double* out) {
  Columns left(k), right(m);
  const Index width = right.packs * Columns::lane;
  Buffer<double> total(volume(k, width));
  Watch watch;
  for (Index t = 0; t < n; t += Columns::most) {
    const Index size = n - t < Columns::most ? n - t : Columns::most;
    left.fill(X, t, size, k), right.fill(Y, t, size, m);
    add_gram(left, right, size, k, false, total.data());
    watch.done(double(size) * k * width);
  }
  for (Index i = 0; i < k && m; i++) std::memcpy(out + i * m, total.data() + i * width, m * sizeof(double));
}

}  // namespace dsr::linalg
