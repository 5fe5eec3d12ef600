// Bindings: searches for fixed points and cycles.
#include "bind.h"
#include "boxes.h"
#include "regions.h"

namespace dsr {

// A, W1, W2, h1, h2 of a canonical map.
using Map = std::tuple<In<double, 2>, In<double, 2>, In<double, 2>, In<double, 1>, In<double, 1>>;

static Pieces pieces_of(const Map& map) {
  const auto& [A, W1, W2, h1, h2] = map;
  const std::size_t M = W1.shape(0), L = W1.shape(1);
  require(M >= 1 && M < (1u << 15) && L < (1u << 30), "W1 has no row, or more than 2**15 rows or 2**30 columns");
  require_size(A, 0, M, "A");
  require_size(A, 1, M, "A");
  require_size(W2, 0, L, "W2");
  require_size(W2, 1, M, "W2");
  require_size(h1, 0, M, "h1");
  require_size(h2, 0, L, "h2");
  Pieces f(M, L);
  std::copy_n(h1.data(), M, f.h1.data());
  std::copy_n(h2.data(), L, f.h2.data());
  for (std::size_t m = 0; m < M; m++) {
    std::copy_n(A.data() + m * M, M, &f.A[m * f.P]);
    for (std::size_t l = 0; l < L; l++) {
      f.W1[m * f.Q + l] = f.W1T[l * f.P + m] = W1.data()[m * L + l];
      f.W2T[m * f.Q + l] = f.W2[l * f.P + m] = W2.data()[l * M + m];
    }
  }
  return f;
}

static int checked_order(std::int64_t k) {
  require(k >= 1 && k <= 1'000'000, "the order of the cycles is not in 1 to 1,000,000");
  return int(k);
}

// A new array (n, ...) of the values in a vector.
static Out<double> array_of(const std::vector<double>& values, std::initializer_list<std::size_t> shape) {
  Out<double> out = make<double>(shape);
  std::copy(values.begin(), values.end(), out.data());
  return out;
}

static auto bound_settle_all(Map map, In<double, 3> Z, std::int64_t n_iterations) {
  const Pieces f = pieces_of(map);
  const int k = checked_order(Z.shape(1));
  require_size(Z, 2, f.M, "Z");
  require(n_iterations >= 0, "n_iterations is below 0");
  Out<double> settled = make<double>({Z.shape(0), Z.shape(1), Z.shape(2)});
  Out<std::int64_t> status = make<std::int64_t>({Z.shape(0)});
  std::copy_n(Z.data(), Z.size(), settled.data());
  compute([&] { settle_all(f, settled.data(), Z.shape(0), k, n_iterations, status.data()); });
  return std::make_tuple(settled, status);
}

static auto bound_settle_everywhere(Map map, std::int64_t order, std::int64_t n_kept) {
  const Pieces f = pieces_of(map);
  const int k = checked_order(order);
  require(f.L == 0 || k <= 60 / f.L, "order times the hidden units is beyond 60");
  require(n_kept >= 0, "n_kept is below 0");
  const Everywhere found = compute([&] { return settle_everywhere(f, k, n_kept); });
  const std::size_t n = found.Z.size() / (std::size_t(k) * f.M);
  return std::make_tuple(array_of(found.Z, {n, std::size_t(k), std::size_t(f.M)}), found.n_found, found.n_degenerate);
}

static auto bound_search_boxes(Map map, In<double, 1> low, In<double, 1> high, std::int64_t order,
                               std::int64_t n_boxes, std::int64_t n_kept) {
  const Pieces f = pieces_of(map);
  const int k = checked_order(order);
  // A box holds a Jacobian of each step, and up to 40 M boxes wait at once.
  require(k <= 1000, "the order of the cycles is beyond 1,000");
  require_size(low, 0, f.M, "low");
  require_size(high, 0, f.M, "high");
  for (int m = 0; m < f.M; m++) {
    const double half = (high.data()[m] - low.data()[m]) / 2;
    require(std::isnormal(half) && half > 0, "low is not below high, or one of them is not finite");
  }
  require(n_boxes >= 0 && n_kept >= 0, "n_boxes or n_kept is below 0");
  const BoxSearch found = compute([&] { return search_boxes(f, low.data(), high.data(), k, n_boxes, n_kept); });
  const std::size_t n = found.candidates.size() / f.M;
  return std::make_tuple(array_of(found.candidates, {n, std::size_t(f.M)}), found.n_found, found.n_used,
                         found.undecided);
}

void bind_search(nb::module_& m) {
  m.def("settle_all", &bound_settle_all, arg("map"), arg("Z"), arg("n_iterations"));
  m.def("settle_everywhere", &bound_settle_everywhere, arg("map"), arg("order"), arg("n_kept"));
  m.def("search_boxes", &bound_search_boxes, arg("map"), arg("low"), arg("high"), arg("order"), arg("n_boxes"),
        arg("n_kept"));
}

}  // namespace dsr
