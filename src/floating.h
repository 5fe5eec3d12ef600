// Floating-point numbers in the core: no subnormal ones, and a logarithm and exponential of its own.
#pragma once
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace dsr {

// Values beyond this count as diverged: sums of their squares over time could overflow.
inline constexpr double largest = 1e100;

// Treats subnormal numbers as zero during its lifetime, and restores the caller's mode. Weights of
// dead hidden units decay to subnormal numbers, which are slow on some processors.
class FlushSubnormal {
 public:
#if defined(__SSE2__)
  FlushSubnormal() : mode_(_mm_getcsr()) { _mm_setcsr(mode_ | 0x8040); }
  ~FlushSubnormal() { _mm_setcsr(mode_); }

 private:
  unsigned mode_;
#elif defined(__aarch64__)
  FlushSubnormal() {
    asm volatile("mrs %0, fpcr" : "=r"(mode_));
    asm volatile("msr fpcr, %0" ::"r"(mode_ | (1ull << 24)));
  }
  ~FlushSubnormal() { asm volatile("msr fpcr, %0" ::"r"(mode_)); }

 private:
  std::uint64_t mode_;
#else
  FlushSubnormal() {}
#endif
 public:
  FlushSubnormal(const FlushSubnormal&) = delete;
  FlushSubnormal& operator=(const FlushSubnormal&) = delete;
};

// log x within 2 units in the last place for normal x > 0; -inf below the least normal number. The
// libm version differs between systems and processors.
inline double logarithm(double x) {
  if (!(x >= std::numeric_limits<double>::min())) return x != x ? x : -std::numeric_limits<double>::infinity();
  if (x == std::numeric_limits<double>::infinity()) return x;
  auto bits = std::bit_cast<std::uint64_t>(x);
  int exponent = int(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0xfffffffffffffull) | 0x3ff0000000000000ull);
  if (m > 1.4142135623730951) m *= 0.5, exponent++;
  // log m = 2 atanh(s), s = (m - 1) / (m + 1), |s| < 0.172: the series up to s^23.
  const double s = (m - 1.0) / (m + 1.0), s2 = s * s;
  double p = 1.0 / 23.0;
  for (int k = 21; k >= 3; k -= 2) p = p * s2 + 1.0 / k;
  const double tail = 2.0 * s * s2 * p, head = 2.0 * s;
  // log 2 in two parts: the first has 32 bits, so its multiples are exact.
  return exponent * 0.69314718036912381649 + (exponent * 1.9082149292705877e-10 + tail + head);
}

// e^x within 2 units in the last place; 0 and inf beyond the range.
inline double exponential(double x) {
  if (x != x) return x;
  if (x > 709.78) return std::numeric_limits<double>::infinity();
  if (x < -708.39) return 0.0;
  const double k = std::floor(x * 1.4426950408889634 + 0.5);
  const double r = (x - k * 0.69314718036912381649) - k * 1.9082149292705877e-10;
  double p = 1.0 / 87178291200.0;  // 1 / 14!
  const double inverse[] = {1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0,
                            1.0 / 362880.0,     1.0 / 40320.0,     1.0 / 5040.0,     1.0 / 720.0,
                            1.0 / 120.0,        1.0 / 24.0,        1.0 / 6.0,        0.5};
  for (double c : inverse) p = p * r + c;
  const double value = 1.0 + (r + r * r * p);
  // In two steps, because 2^1024 overflows.
  const int half = int(k) / 2, rest = int(k) - half;
  const auto power = [](int n) { return std::bit_cast<double>(std::uint64_t(n + 1023) << 52); };
  return value * power(half) * power(rest);
}

}  // namespace dsr
