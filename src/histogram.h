// Numbers of the cells of a box that points lie in.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

namespace dsr {

// A box of equal cells: n_bins bins for each of d columns, from `low` on, each `width` wide.
struct Cells {
  const double *low, *width;  // (d,)
  std::size_t d;
  std::int64_t n_bins;

  // Whether 64 bits can number all cells.
  bool countable() const {
    std::int64_t n = 1;
    for (std::size_t j = 0; j < d; j++) {
      if (n > INT64_MAX / n_bins) return false;
      n *= n_bins;
    }
    return true;
  }

  // Numbers of the cells of the rows (n, d) that lie inside; returns how many do.
  std::int64_t number(const double* rows, std::int64_t n, std::int64_t* numbers) const {
    // Division is slow: several rows at once make it a vector operation.
    constexpr std::int64_t n_at_once = 16;
    std::vector<double> first(n_at_once * d), bin(n_at_once * d), position(n_at_once * d);
    for (std::size_t i = 0; i < n_at_once * d; i++) first[i] = low[i % d], bin[i] = width[i % d];
    const double end = double(n_bins);
    std::int64_t n_inside = 0;
    for (std::int64_t start = 0; start < n; start += n_at_once) {
      const std::int64_t n_rows = std::min(n_at_once, n - start);
      const double* values = rows + start * d;
      for (std::size_t i = 0; i < n_rows * d; i++) position[i] = (values[i] - first[i]) / bin[i];
      for (std::int64_t i = 0; i < n_rows; i++) {
        std::int64_t number = 0;
        bool inside = true;
        for (std::size_t j = 0; j < d; j++) {
          const double p = position[i * d + j];
          // False for NaN and infinity, too. Compared as doubles, before an integer could overflow.
          if (!(p >= 0.0 && p < end)) {
            inside = false;
            break;
          }
          number = number * n_bins + std::int64_t(p);
        }
        numbers[n_inside] = number;
        n_inside += inside;
      }
    }
    return n_inside;
  }
};

}  // namespace dsr
