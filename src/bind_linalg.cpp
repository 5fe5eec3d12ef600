// Bindings: dense linear algebra and exponentials.
#include <algorithm>

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

// Normal equations as a Python class: rows come in parts, and solutions take different penalties.
class Normal {
 public:
  Normal(std::int64_t n_features, std::int64_t n_targets)
      : equations_((require(is_size(n_features) && is_size(n_targets), "a number of columns is not in 0 to 100,000"),
                    n_features),
                   n_targets) {}

  void add(In<double, 2> features, In<double, 2> targets) {
    require_size(features, 1, equations_.F, "features"), require_size(targets, 1, equations_.M, "targets");
    require_size(targets, 0, features.shape(0), "targets");
    require_finite(features, "features"), require_finite(targets, "targets");
    compute([&] { equations_.add(features.data(), targets.data(), features.shape(0)); });
  }

  nb::tuple solve(In<double, 1> penalties) const {
    const std::size_t F = equations_.F, M = equations_.M;
    require_size(penalties, 0, F, "penalties"), require_finite(penalties, "penalties");
    for (std::size_t i = 0; i < F; i++) require(penalties.data()[i] >= 0, "a penalty is below 0");
    Out<double> weights = make<double>({M, F}), intercept = make<double>({M});
    compute([&] { equations_.solve(penalties.data(), weights.data(), intercept.data()); });
    return nb::make_tuple(weights, intercept);
  }

 private:
  static bool is_size(std::int64_t n) { return n >= 0 && n <= 100'000; }

  linalg::NormalEquations equations_;
};

static Out<double> solve(In<double, 2> G, In<double, 2> B) {
  const std::size_t n = G.shape(0), M = B.shape(1), lane = linalg::Columns::lane;
  require_size(G, 1, n, "G"), require_size(B, 0, n, "B");
  require_finite(G, "G"), require_finite(B, "B");
  Out<double> out = make<double>({n, M});
  compute([&] {
    const std::size_t width = padded(n, lane), columns = padded(M, lane);
    Buffer<double> left(volume(n, width)), right(volume(n, columns));
    for (std::size_t i = 0; i < n; i++) {  // B may have no column, and then no memory
      std::copy_n(G.data() + i * n, n, left.data() + i * width);
      std::copy_n(B.data() + i * M, M, right.data() + i * columns);
    }
    linalg::solve_positive(left.data(), width, right.data(), columns, n, M);
    for (std::size_t i = 0; i < n; i++) std::copy_n(right.data() + i * columns, M, out.data() + i * M);
  });
  return out;
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
  nb::class_<Normal>(m, "NormalEquations")
      .def(nb::init<std::int64_t, std::int64_t>(), arg("n_features"), arg("n_targets"))
      .def("add", &Normal::add, arg("features"), arg("targets"))
      .def("solve", &Normal::solve, arg("penalties"));
  m.def("solve", &solve, arg("G"), arg("B"));
  m.def("eigh", &eigh, arg("S"));
  m.def("pseudo_inverse", &pseudo_inverse, arg("B"));
  m.def("orthonormal", &orthonormal, arg("X"));
  m.def("exponential", &exponentials, arg("x"));
}

}  // namespace dsr
