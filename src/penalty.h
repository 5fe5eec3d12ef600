// Penalties on the trained numbers.
#pragma once
#include "memory.h"
#include "simd.h"

namespace dsr {

// Flat vectors like the trained one, padded to whole packs. With d = theta - target the penalty is
// squared d^2 + absolute abs(d). `free` is 1 where an entry is trained, else 0.
template <class T>
struct Vectors {
  Buffer<T> theta, squared, absolute, target, free;
};

// Add the penalties' gradient, keep untrained entries at 0, and return the penalties.
template <class T>
double penalise(const Vectors<T>& v, Buffer<T>& gradient) {
  using P = Pack<T>;
  auto total = filled<P>(T(0));
  const auto zero = total, one = filled<P>(T(1));
  for (std::size_t i = 0; i < gradient.size(); i += lanes<T>) {
    const auto d = loaded<P>(v.theta.data() + i) - loaded<P>(v.target.data() + i), minus = zero - d;
    const auto squared = loaded<P>(v.squared.data() + i), absolute = loaded<P>(v.absolute.data() + i);
    total = total + (squared * d * d + absolute * (relu(d) + relu(minus)));
    const auto slope = squared * (d + d) + absolute * (gate(d, one) - gate(minus, one));
    store(gradient.data() + i, loaded<P>(v.free.data() + i) * (loaded<P>(gradient.data() + i) + slope));
  }
  return double(sum(total));
}

}  // namespace dsr
