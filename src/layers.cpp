// The layer of a model: choice of its kernel, and the compiled instances.
#include "layer_blocked.h"
#include "layer_small.h"
#include "units.h"

namespace dsr {

template <class T, int M>
static std::unique_ptr<Layer<T>> small(const Sizes& s, const Layout& at) {
  if constexpr (M > 0) {
    if (s.M < M) return small<T, M - 1>(s, at);
    if (s.clipped) return std::make_unique<SmallLayer<T, M, true>>(s, at);
    return std::make_unique<SmallLayer<T, M, false>>(s, at);
  }
  return nullptr;
}

template <>
std::unique_ptr<Layer<float>> make_layer(const Sizes& s, const Layout& at) {
  if (!s.layer()) return std::make_unique<Units<float>>(s, at);
  if (s.M <= most_small) return small<float, most_small>(s, at);
  return std::make_unique<BlockedLayer<float>>(s, at);
}

// Double precision serves tests of gradients: one kernel is enough.
template <>
std::unique_ptr<Layer<double>> make_layer(const Sizes& s, const Layout& at) {
  if (!s.layer()) return std::make_unique<Units<double>>(s, at);
  return std::make_unique<BlockedLayer<double>>(s, at);
}

}  // namespace dsr
