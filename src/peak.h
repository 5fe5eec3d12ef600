// The peak speed of the processor, which benchmarks compare the kernels with.
#pragma once
#include "simd.h"

namespace dsr {

// 12 n register-wide multiply-adds in float32: n in each of 12 independent chains.
inline float multiply_adds(long n) {
  Reg<float> total[12];
  for (int i = 0; i < 12; i++) total[i] = filled<Reg<float>>(float(i));
  const auto a = filled<Reg<float>>(0.999f), b = filled<Reg<float>>(1e-3f);
  for (long k = 0; k < n; k++) {
    for (int i = 0; i < 12; i++) total[i] = fma(total[i], a, b);
  }
  float result = 0;
  for (int i = 0; i < 12; i++) result += sum(total[i]);
  return result;
}

}  // namespace dsr
