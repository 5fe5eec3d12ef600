// The processor's own speed, beside which benchmarks put the kernels.
#pragma once
#include "simd.h"

namespace dsr {

// 12 n register-wide multiply-adds in float32 that wait for nothing but themselves; n of 12 strands.
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
