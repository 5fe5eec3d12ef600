// Bindings: orbits of differential equations.
#include "bind.h"
#include "systems.h"

namespace dsr {

static Out<double> runge_kutta_4(int system, In<double, 1> state, In<double, 1> parameters, In<double, 1> inputs,
                                 double step, long n_substeps, long n_samples) {
  require(system >= 0 && system <= 3, "system is not one of 0, 1, 2, 3");
  const System which{system};
  const std::size_t d = state.shape(0);
  require(n_samples >= 0 && n_substeps >= 1, "n_samples is below 0, or n_substeps below 1");
  require(which == System::lorenz96 ? d >= 4 : d == (which == System::duffing ? 2u : 3u), "state has another size than the system's");
  require_size(parameters, 0, n_parameters(which), "parameters");
  require(inputs.shape(0) == 0 || inputs.shape(0) == std::size_t(n_samples), "inputs has neither n_samples entries nor none");
  Out<double> samples = make<double>({std::size_t(n_samples), d});
  const Orbit orbit{which, parameters.data(), inputs.shape(0) ? inputs.data() : nullptr, step, n_substeps};
  compute([&] { orbit.run(state.data(), int(d), n_samples, samples.data()); });
  return samples;
}

void bind_search(nb::module_& m) {
  m.def("runge_kutta_4", &runge_kutta_4, arg("system"), arg("state"), arg("parameters"), arg("inputs"), arg("step"),
        arg("n_substeps"), arg("n_samples"));
}

}  // namespace dsr
