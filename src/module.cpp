// The module of one instruction set: its name, and all bindings.
#include "bind.h"
#include "processor.h"

namespace dsr {

bool interrupted() {
  nb::gil_scoped_acquire held;
  return PyErr_CheckSignals() != 0;
}

}  // namespace dsr

NB_MODULE(DSR_MODULE, m) {
  using namespace dsr;
  nb::set_leak_warnings(false);  // for objects that outlive the interpreter
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
