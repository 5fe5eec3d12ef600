// Bindings: dense linear algebra, and exponentials.
#include "bind.h"
#include "linalg.h"
#include "ridge.h"
#include "rotations.h"

namespace dsr {

static Out<double> multiply(In<double, 2> X, In<double, 2> Y) {
  require_size(Y, 0, X.shape(1), "Y");
  Out<double> out = make<double>({X.shape(0), Y.shape(1)});
  compute([&] { linalg::multiply(X.data(), Y.data(), X.shape(0), X.shape(1), Y.shape(1), out.data()); });
  return out;
}

static Out<double> gram(In<double, 2> X, In<double, 2> Y) {
  require_size(Y, 0, X.shape(0), "Y");
  Out<double> out = make<double>({X.shape(1), Y.shape(1)});
  compute([&] { linalg::gram(X.data(), Y.data(), X.shape(0), X.shape(1), Y.shape(1), out.data()); });
  return out;
}

static nb::tuple ridge(In<double, 2> features, In<double, 2> targets, double penalty) {
  const std::size_t n = features.shape(0), F = features.shape(1), M = targets.shape(1);
  require_size(targets, 0, n, "targets");
  require(n > 0, "features has no row");
  require(penalty >= 0.0 && std::isfinite(penalty), "penalty is below 0, infinite or NaN");
  require_finite(features, "features"), require_finite(targets, "targets");
  Out<double> weights = make<double>({M, F}), intercept = make<double>({M});
  compute([&] {
    const linalg::Ridge problem{features.data(), targets.data(), Index(n), Index(F), Index(M), penalty};
    problem.solve(weights.data(), intercept.data());
  });
  return nb::make_tuple(weights, intercept);
}

static nb::tuple eigh(In<double, 2> S) {
  const std::size_t n = S.shape(0);
  require_size(S, 1, n, "S"), require_finite(S, "S");
  Out<double> values = make<double>({n}), vectors = make<double>({n, n});
  compute([&] { linalg::eigh(S.data(), n, values.data(), vectors.data()); });
  return nb::make_tuple(values, vectors);
}

static Out<double> pseudo_inverse(In<double, 2> B) {
  require_finite(B, "B");
  Out<double> out = make<double>({B.shape(1), B.shape(0)});
  compute([&] { linalg::pseudo_inverse(B.data(), B.shape(0), B.shape(1), out.data()); });
  return out;
}

static Out<double> orthonormal(In<double, 2> X) {
  require_finite(X, "X");
  Out<double> rows = make<double>({X.shape(0), X.shape(1)});
  if (X.size()) std::memcpy(rows.data(), X.data(), X.size() * sizeof(double));
  const bool independent = compute([&] { return linalg::orthonormalise(rows.data(), X.shape(0), X.shape(1)); });
  require(independent, "a row of X depends on those before");
  return rows;
}

static Out<double> exponentials(In<double, 1> x) {
  Out<double> out = make<double>({x.shape(0)});
  compute([&] {
    for (std::size_t i = 0; i < x.size(); i++) out.data()[i] = exponential(x.data()[i]);
  });
  return out;
}

void bind_linalg(nb::module_& m) {
  m.def("multiply", &multiply, arg("X"), arg("Y"));
  m.def("gram", &gram, arg("X"), arg("Y"));
  m.def("ridge", &ridge, arg("features"), arg("targets"), arg("penalty"));
  m.def("eigh", &eigh, arg("S"));
  m.def("pseudo_inverse", &pseudo_inverse, arg("B"));
  m.def("orthonormal", &orthonormal, arg("X"));
  m.def("exponential", &exponentials, arg("x"));
}

}  // namespace dsr
