// The windows of a batch as the kernels see them: a pack of windows, its rows, signals and inputs.
#pragma once
#include "problem.h"
#include "simd.h"

namespace dsr {

// The data that windows are cut from; the caller owns the memory.
template <class T>
struct Data {
  const T* rows;              // (n_rows, N + K), external inputs last
  const unsigned char* seen;  // (n_rows, N), 0 where a value is missing; null if none is
  std::ptrdiff_t n_rows;
};

// One batch: first rows of its S windows, and noise (T + 1, S, N) on first states and signals, or null.
template <class T>
struct Draw {
  const long long* starts;
  const T* noise;
};

// One pack of windows: each entry holds `lanes` windows at one time. Lanes beyond the batch repeat
// its windows, so they overflow only if a real window does; they do not count.
template <class T>
struct Batch {
  Buffer<T> X;       // (T + 1, N) rows to be predicted
  Buffer<T> noisy;   // (T + 1, N) the rows with noise; empty without noise
  Buffer<T> weight;  // (T + 1, N) 1 where a value is seen; empty if all are
  Buffer<T> inputs;  // (T + 1, K)
  Buffer<T> live;    // 1 for windows of the batch, 0 for lanes beyond
  int n_live = 0;

  Batch(const Sizes& s, bool missing, bool with_noise)
      : X(volume(s.T + 1, s.N, lanes<T>)), noisy(with_noise ? X.size() : 0), weight(missing ? X.size() : 0),
        inputs(volume(s.T + 1, s.K, lanes<T>)), live(lanes<T>) {}

  // Rows that give forcing signals and first states.
  const T* signals() const { return noisy.size() ? noisy.data() : X.data(); }

  // Fill in the windows first, first + 1, ... of a draw.
  void gather(const Sizes& s, const Data<T>& data, const Draw<T>& draw, int first) {
    n_live = std::min(lanes<T>, s.S - first);
    const std::ptrdiff_t width = s.N + s.K;
    for (int lane = 0; lane < lanes<T>; lane++) {
      const int window = (first + lane) % s.S;
      live[lane] = lane < n_live ? T(1) : T(0);
      const T* row = data.rows + draw.starts[window] * width;
      T *x = X.data() + lane, *u = inputs.data() + lane;
      for (int t = 0; t <= s.T; t++, row += width) {
        for (int n = 0; n < s.N; n++, x += lanes<T>) *x = row[n];
        for (int k = 0; k < s.K; k++, u += lanes<T>) *u = row[s.N + k];
      }
      if (weight.size()) {
        const unsigned char* seen = data.seen + draw.starts[window] * s.N;
        for (int i = 0; i < (s.T + 1) * s.N; i++) weight[i * lanes<T> + lane] = T(seen[i] != 0);
      }
      if (noisy.size())
        for (int t = 0; t <= s.T; t++)
          for (int n = 0; n < s.N; n++) {
            const std::size_t i = (std::size_t(t) * s.N + n) * lanes<T> + lane;
            noisy[i] = X[i] + draw.noise[(std::size_t(t) * s.S + window) * s.N + n];
          }
    }
  }
};

// Number of values in the loss of a batch.
template <class T>
std::ptrdiff_t n_values(const Sizes& s, const Data<T>& data, const Draw<T>& draw) {
  std::ptrdiff_t count = std::ptrdiff_t(s.T) * s.S * s.N;
  for (int window = 0; data.seen && window < s.S; window++) {
    const unsigned char* seen = data.seen + (draw.starts[window] + 1) * s.N;
    for (std::ptrdiff_t i = 0; i < std::ptrdiff_t(s.T) * s.N; i++) count -= seen[i] == 0;
  }
  return count;
}

}  // namespace dsr
