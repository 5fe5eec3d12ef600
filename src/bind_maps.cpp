// Bindings: the canonical map, its free runs, its states along rows, and its Lyapunov exponents.
#include <nanobind/stl/optional.h>

#include <algorithm>
#include <vector>

#include "bind.h"
#include "exponents.h"
#include "follow.h"
#include "free_run.h"
#include "kalman.h"
#include "map.h"
#include "smoother.h"

namespace dsr {

static void make_map(Map* self, In<double, 2> A, In<double, 2> W1, In<double, 2> W2, In<double, 1> h1,
                     In<double, 1> h2, In<double, 2> C) {
  const std::size_t M = A.shape(0), L = h2.shape(0), K = C.shape(1);
  require(M > 0, "A has no row");
  require_size(A, 1, M, "A"), require_size(W1, 0, M, "W1"), require_size(W1, 1, L, "W1");
  require_size(W2, 0, L, "W2"), require_size(W2, 1, M, "W2"), require_size(h1, 0, M, "h1"), require_size(C, 0, M, "C");
  new (self) Map({Index(M), Index(L), Index(K), A.data(), W1.data(), W2.data(), h1.data(), h2.data(), C.data()});
}

// Inputs for n_steps steps along an axis; null without inputs.
template <class A>
static const double* inputs_of(const Map& map, const A& inputs, int axis, std::size_t n_steps) {
  require_size(inputs, axis + 1, map.K, "inputs");
  if (inputs.shape(axis) == 0) return nullptr;
  require_size(inputs, axis, n_steps, "inputs");
  return map.K ? inputs.data() : nullptr;
}

static Out<double> simulate(const Map& map, In<double, 2> z0, In<double, 3> inputs, Index n_steps) {
  require(n_steps >= 0, "n_steps is below 0");
  require_size(z0, 1, map.M, "z0"), require_size(inputs, 0, z0.shape(0), "inputs");
  const double* s = inputs_of(map, inputs, 1, n_steps);
  Out<double> states = make<double>({z0.shape(0), std::size_t(n_steps), std::size_t(map.M)});
  compute([&] { FreeRuns(map, s, n_steps).run(z0.data(), z0.shape(0), states.data()); });
  return states;
}

static Out<double> jacobian(const Map& map, In<double, 2> Z) {
  require_size(Z, 1, map.M, "Z");
  Out<double> out = make<double>({Z.shape(0), std::size_t(map.M), std::size_t(map.M)});
  compute([&] { jacobians(map, Z.data(), Z.shape(0), out.data()); });
  return out;
}

static SeenRows rows_of(const Map& map, const In<double, 2>& B, const In<double, 2>& rows, const In<bool, 2>& seen,
                        const In<double, 2>& inputs) {
  require_size(B, 1, map.M, "B"), require_size(rows, 1, B.shape(0), "rows");
  require(rows.shape(0) > 0, "rows has no row");
  require_size(seen, 0, rows.shape(0), "seen"), require_size(seen, 1, rows.shape(1), "seen");
  return {Index(rows.shape(0)), Index(rows.shape(1)), rows.data(),
          reinterpret_cast<const unsigned char*>(seen.data()), inputs_of(map, inputs, 0, rows.shape(0))};
}

static Out<double> follow_rows(const Map& map, In<double, 2> B, std::optional<In<double, 2>> inverse,
                               In<double, 2> rows, In<bool, 2> seen, In<double, 2> inputs, In<double, 1> start) {
  const SeenRows along = rows_of(map, B, rows, seen, inputs);
  if (inverse)
    require_size(*inverse, 0, map.M, "inverse"), require_size(*inverse, 1, B.shape(0), "inverse");
  else
    require(B.shape(0) <= B.shape(1), "B has more rows than there are units, and inverse is None");
  require_size(start, 0, map.M, "start");
  Out<double> states = make<double>({rows.shape(0), std::size_t(map.M)});
  std::memcpy(states.data(), start.data(), map.M * sizeof(double));
  const Inference how{B.data(), inverse ? inverse->data() : nullptr};
  compute([&] { follow(map, how, along, states.data()); });
  return states;
}

static void require_noise(const Map& map, const In<double, 2>& B, const In<double, 1>& start,
                          const In<double, 1>& noise, const In<double, 2>& Q) {
  require_size(start, 0, map.M, "start"), require_size(noise, 0, B.shape(0), "noise");
  require(noise.shape(0) > 0, "noise has no entry");
  require_size(Q, 0, map.M, "Q"), require_size(Q, 1, map.M, "Q");
}

static nb::tuple filter_rows(const Map& map, In<double, 2> B, In<double, 2> rows, In<bool, 2> seen,
                             In<double, 2> inputs, In<double, 1> start, In<double, 1> noise, In<double, 2> Q) {
  const SeenRows along = rows_of(map, B, rows, seen, inputs);
  require_noise(map, B, start, noise, Q);
  const std::size_t M = map.M;
  Out<double> state = make<double>({M}), covariance = make<double>({M, M});
  const double squares = compute([&] {
    return with_few(map.M, [&](auto few) {
      KalmanFilter<few> filter(map, B.data(), along, noise.data(), Q.data());
      filter.start(start.data());
      const double total = filter.run();
      std::memcpy(state.data(), filter.z(), M * sizeof(double));
      for (std::size_t m = 0; m < M; m++)
        std::memcpy(covariance.data() + m * M, filter.P() + m * filter.width, M * sizeof(double));
      return total;
    });
  });
  return nb::make_tuple(state, covariance, squares);
}

static Out<double> smooth_rows(const Map& map, In<double, 2> B, In<double, 2> rows, In<bool, 2> seen,
                               In<double, 2> inputs, In<double, 1> start, double ratio,
                               std::tuple<Index, Index> blocks) {
  const SeenRows along = rows_of(map, B, rows, seen, inputs);
  Index n_block = std::get<0>(blocks), lag = std::get<1>(blocks);
  require_size(start, 0, map.M, "start");
  require(ratio > 0.0, "ratio is not above 0");
  require(n_block >= 1 && lag >= 0, "a block has no row, or the lag is below 0");
  n_block = std::min(n_block, along.n), lag = std::min(lag, along.n);
  Out<double> states = make<double>({rows.shape(0), std::size_t(map.M)});
  compute([&] {
    const std::vector<double> noise(along.N, 1.0);
    std::vector<double> Q(volume(map.M, map.M));
    for (Index m = 0; m < map.M; m++) Q[m * map.M + m] = 1.0 / ratio;
    with_few(map.M, [&](auto few) {
      KalmanFilter<few> filter(map, B.data(), along, noise.data(), Q.data());
      filter.start(start.data());
      Smoother<few>(filter, n_block, lag).run(along.n, states.data());
    });
  });
  return states;
}

static nb::tuple noise_sums(const Map& map, In<double, 2> B, In<double, 2> rows, In<bool, 2> seen,
                            In<double, 2> inputs, In<double, 1> start, In<double, 1> noise, In<double, 2> Q,
                            std::tuple<Index, Index> blocks) {
  const SeenRows along = rows_of(map, B, rows, seen, inputs);
  require_noise(map, B, start, noise, Q);
  Index n_block = std::get<0>(blocks), lag = std::get<1>(blocks);
  require(n_block >= 1 && lag >= 0, "a block has no row, or the lag is below 0");
  n_block = std::min(n_block, along.n), lag = std::min(lag, along.n);
  const std::size_t M = map.M, N = B.shape(0);
  Out<double> squares = make<double>({M, M}), curvature = make<double>({M, M});
  Out<double> row_squares = make<double>({N}), row_curvature = make<double>({N});
  const double likelihood = compute([&] {
    NoiseSums sums{map.M, along.N};
    with_few(map.M, [&](auto few) {
      KalmanFilter<few> filter(map, B.data(), along, noise.data(), Q.data());
      filter.start(start.data());
      Smoother<few>(filter, n_block, lag).run(along.n, nullptr, &sums);
    });
    std::memcpy(squares.data(), sums.squares.data(), M * M * sizeof(double));
    std::memcpy(curvature.data(), sums.curvature.data(), M * M * sizeof(double));
    std::memcpy(row_squares.data(), sums.row_squares.data(), N * sizeof(double));
    std::memcpy(row_curvature.data(), sums.row_curvature.data(), N * sizeof(double));
    return sums.likelihood;
  });
  return nb::make_tuple(likelihood, squares, curvature, row_squares, row_curvature);
}

static nb::tuple stretching(const Map& map, In<double, 1> start, In<double, 2> basis, In<double, 2> inputs, bool flow,
                            Index n_transient, In<std::int64_t, 1> ends) {
  const std::size_t M = map.M, n = basis.shape(0), n_blocks = ends.shape(0);
  require_size(start, 0, M, "start"), require_size(basis, 1, M, "basis");
  require(n_transient >= 0 && n_transient < Index(1) << 60, "n_transient is below 0, or beyond all bounds");
  require(n_blocks > 0, "ends has no entry");
  for (std::size_t k = 0; k < n_blocks; k++)
    require(ends.data()[k] > (k ? ends.data()[k - 1] : 0) && ends.data()[k] < std::int64_t(1) << 60,
            "ends does not ascend from 1 on");
  const double* s = inputs_of(map, inputs, 0, n_transient + ends.data()[n_blocks - 1]);
  Out<double> state = make<double>({M}), sums = make<double>({n_blocks, n});
  std::memcpy(state.data(), start.data(), M * sizeof(double));
  compute([&] {
    const LyapunovRun run{map, s, flow, n_transient, ends.data(), Index(n_blocks), Index(n)};
    with_few(map.M, [&](auto few) { run.go<few>(state.data(), basis.data(), sums.data()); });
  });
  return nb::make_tuple(sums, state);
}

static double growth(In<double, 3> jacobians, Index skip) {
  require_size(jacobians, 2, jacobians.shape(1), "jacobians");
  require(jacobians.shape(1) > 0 && skip >= 0 && skip < Index(jacobians.shape(0)),
          "skip is below 0, or nothing is left");
  return compute([&] { return mean_growth(jacobians.data(), jacobians.shape(0), jacobians.shape(1), skip); });
}

void bind_maps(nb::module_& m) {
  nb::class_<Map>(m, "Map").def("__init__", &make_map, arg("A"), arg("W1"), arg("W2"), arg("h1"), arg("h2"), arg("C"));
  m.def("simulate", &simulate, arg("map"), arg("z0"), arg("inputs"), arg("n_steps"));
  m.def("jacobian", &jacobian, arg("map"), arg("Z"));
  m.def("follow", &follow_rows, arg("map"), arg("B"), arg("inverse").none(), arg("rows"), arg("seen"), arg("inputs"),
        arg("start"));
  m.def("filter", &filter_rows, arg("map"), arg("B"), arg("rows"), arg("seen"), arg("inputs"), arg("start"),
        arg("noise"), arg("Q"));
  m.def("smooth", &smooth_rows, arg("map"), arg("B"), arg("rows"), arg("seen"), arg("inputs"), arg("start"),
        arg("ratio"), arg("blocks"));
  m.def("noise_sums", &noise_sums, arg("map"), arg("B"), arg("rows"), arg("seen"), arg("inputs"), arg("start"),
        arg("noise"), arg("Q"), arg("blocks"));
  m.def("stretching", &stretching, arg("map"), arg("start"), arg("basis"), arg("inputs"), arg("flow"),
        arg("n_transient"), arg("ends"));
  m.def("growth", &growth, arg("jacobians"), arg("skip"));
}

}  // namespace dsr
