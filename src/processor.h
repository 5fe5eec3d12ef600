// Instruction sets that the processor has and the operating system allows.
#pragma once
#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace dsr {

// The best module of this package that runs here: "v4", "v3" or "base". Read from the processor
// itself, because zig and clang-cl do not link the library behind `__builtin_cpu_supports`.
inline const char* best_isa() {
#if defined(__x86_64__)
  unsigned a, b, c, d;
  if (!__get_cpuid_count(1, 0, &a, &b, &c, &d)) return "base";
  const bool fma = c >> 12 & 1, movbe = c >> 22 & 1, saves = c >> 27 & 1, avx = c >> 28 & 1, f16c = c >> 29 & 1;
  if (!(fma && movbe && saves && avx && f16c)) return "base";
  if (!__get_cpuid_count(0x80000001, 0, &a, &b, &c, &d) || !(c >> 5 & 1)) return "base";  // lzcnt
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return "base";
  const bool bmi1 = b >> 3 & 1, avx2 = b >> 5 & 1, bmi2 = b >> 8 & 1;
  const bool f = b >> 16 & 1, dq = b >> 17 & 1, cd = b >> 28 & 1, bw = b >> 30 & 1, vl = b >> 31 & 1;
  unsigned saved, high;  // the registers that the operating system saves
  asm volatile("xgetbv" : "=a"(saved), "=d"(high) : "c"(0));
  if (!(bmi1 && avx2 && bmi2 && (saved & 0x06) == 0x06)) return "base";
  return f && dq && cd && bw && vl && (saved & 0xe6) == 0xe6 ? "v4" : "v3";
#else
  return "base";
#endif
}

}  // namespace dsr
