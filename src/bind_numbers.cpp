// Bindings: orbits of differential equations, logarithms, cells of a box, and the sums of L-BFGS.
#include <memory>

#include "bind.h"
#include "histogram.h"
#include "lbfgs.h"
#include "systems.h"

namespace dsr {

static Out<double> runge_kutta_4(int system, In<double, 1> state, In<double, 1> parameters, In<double, 1> inputs,
                                 double step, std::int64_t n_substeps, std::int64_t n_samples) {
  require(system >= 0 && system <= 3, "system is not one of 0, 1, 2, 3");
  const System which{system};
  const std::size_t d = state.shape(0);
  require(n_samples >= 0 && n_substeps >= 1, "n_samples is below 0, or n_substeps below 1");
  require(which == System::lorenz96 ? d >= 4 && d < (1u << 30) : d == (which == System::duffing ? 2u : 3u),
          "state has another size than the system's");
  require_size(parameters, 0, n_parameters(which), "parameters");
  require(inputs.shape(0) == 0 || inputs.shape(0) == std::size_t(n_samples),
          "inputs has neither n_samples entries nor none");
  Out<double> samples = make<double>({std::size_t(n_samples), d});
  const Orbit orbit{which, parameters.data(), inputs.shape(0) ? inputs.data() : nullptr, step, n_substeps};
  compute([&] { orbit.run(state.data(), int(d), n_samples, samples.data()); });
  return samples;
}

static Out<double> log(In<double, 1> x) {
  Out<double> out = make<double>({x.shape(0)});
  compute([&] {
    for (std::size_t i = 0; i < x.shape(0); i++) out.data()[i] = logarithm(x.data()[i]);
  });
  return out;
}

static Out<std::int64_t> cell_numbers(In<double, 2> rows, In<double, 1> low, In<double, 1> width, std::int64_t n_bins) {
  const std::size_t d = rows.shape(1);
  require_size(low, 0, d, "low");
  require_size(width, 0, d, "width");
  require(n_bins >= 1, "n_bins is below 1");
  const Cells cells{low.data(), width.data(), d, n_bins};
  require(cells.countable(), "n_bins to the number of columns is beyond 2**63 - 1");
  // Not a buffer: its zeros would cost a tenth of the time.
  auto numbers = std::make_unique_for_overwrite<std::int64_t[]>(rows.shape(0));
  const std::size_t n = compute([&] { return cells.number(rows.data(), rows.shape(0), numbers.get()); });
  nb::capsule owner(numbers.get(), [](void* p) noexcept { delete[] static_cast<std::int64_t*>(p); });
  return Out<std::int64_t>(numbers.release(), {n}, owner);
}

static double inner_product(In<double, 1> a, In<double, 1> b) {
  require_size(b, 0, a.shape(0), "b");
  return compute([&] { return dot(a.data(), b.data(), a.shape(0)); });
}

static Out<double> lbfgs_direction(In<double, 1> gradient, In<double, 2> steps, In<double, 2> changes, std::int64_t n) {
  require_size(steps, 1, gradient.shape(0), "steps");
  require_size(changes, 1, gradient.shape(0), "changes");
  require_size(changes, 0, steps.shape(0), "changes");
  require(steps.shape(0) >= 1 && n >= 0, "steps has no row, or n is below 0");
  Out<double> direction = make<double>({gradient.shape(0)});
  const Pairs pairs{steps.data(), changes.data(), std::int64_t(steps.shape(0)), std::int64_t(gradient.shape(0)), n};
  compute([&] { pairs.direction(gradient.data(), direction.data()); });
  return direction;
}

void bind_numbers(nb::module_& m) {
  m.attr("LARGEST") = largest;
  m.attr("LORENZ63") = int(System::lorenz63);
  m.attr("LORENZ96") = int(System::lorenz96);
  m.attr("ROSSLER") = int(System::rossler);
  m.attr("DUFFING") = int(System::duffing);
  m.def("runge_kutta_4", &runge_kutta_4, arg("system"), arg("state"), arg("parameters"), arg("inputs"), arg("step"),
        arg("n_substeps"), arg("n_samples"));
  m.def("log", &log, arg("x"));
  m.def("cell_numbers", &cell_numbers, arg("rows"), arg("low"), arg("width"), arg("n_bins"));
  m.def("dot", &inner_product, arg("a"), arg("b"));
  m.def("lbfgs_direction", &lbfgs_direction, arg("gradient"), arg("steps"), arg("changes"), arg("n"));
}

}  // namespace dsr
