// The module of one instruction set: what it is, and all that is bound.
#include "bind.h"

namespace dsr {

bool interrupted() {
  nb::gil_scoped_acquire held;
  return PyErr_CheckSignals() != 0;
}

// The best of the instruction sets of this package that the processor has.
static const char* best_isa() {
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
  __builtin_cpu_init();
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  const bool v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
  return v3 && v4 ? "v4" : v3 ? "v3" : "base";
#else
  return "base";
#endif
}

}  // namespace dsr

NB_MODULE(DSR_MODULE, m) {
  using namespace dsr;
  m.attr("isa") = DSR_ISA;
#if defined(__clang__)
  m.attr("compiler") = "clang " __clang_version__;
#elif defined(__GNUC__)
  m.attr("compiler") = "gcc " __VERSION__;
#endif
  m.def("best_isa", &best_isa);
  bind_training(m);
  bind_maps(m);
  bind_linalg(m);
  bind_search(m);
  bind_numbers(m);
}
