// Shared parts of all bindings: arrays in and out, errors, and the frame that computations run in.
#pragma once
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>

#include <cmath>
#include <initializer_list>
#include <string>

#include "floating.h"
#include "memory.h"
#include "watch.h"

namespace dsr {

namespace nb = nanobind;
using nb::literals::operator""_a;

// Input arrays: C-contiguous, of exactly this type; any other raises TypeError (`arg` below).
template <class T, int n>
using In = nb::ndarray<const T, nb::ndim<n>, nb::c_contig, nb::device::cpu>;
// Arrays to write to.
template <class T, int n>
using InOut = nb::ndarray<T, nb::ndim<n>, nb::c_contig, nb::device::cpu>;
// Arrays to return.
template <class T>
using Out = nb::ndarray<nb::numpy, T>;

// An argument without conversion.
inline auto arg(const char* name) { return nb::arg(name).noconvert(); }

// Raise ValueError with this message unless `holds`.
inline void require(bool holds, const std::string& message) {
  if (!holds) throw nb::value_error(message.c_str());
}

// Require that size i of an array is n.
template <class A>
void require_size(const A& array, int i, std::size_t n, const char* name) {
  require(array.shape(i) == n, std::string(name) + " has " + std::to_string(array.shape(i)) + " entries along axis " +
                                   std::to_string(i) + ", not " + std::to_string(n));
}

template <class A>
void require_finite(const A& array, const char* name) {
  const auto* data = array.data();
  const std::size_t n = array.size();
  std::size_t bad = 0;
  for (std::size_t i = 0; i < n; i++) bad += !std::isfinite(data[i]);
  require(bad == 0, std::string(name) + " holds a value that is infinite or NaN");
}

// A new array of zeros, owned by Python.
template <class T>
Out<T> make(std::initializer_list<std::size_t> shape) {
  std::size_t n = 1;
  for (std::size_t size : shape) n = volume(n, size);
  Buffer<T> buffer(n ? n : 1);
  T* data = buffer.data();
  nb::capsule owner(data, [](void* p) noexcept { ::operator delete(p, std::align_val_t(64)); });
  buffer.release();
  return Out<T>(data, shape.size(), shape.begin(), owner);
}

// Run a computation without the GIL and without subnormal numbers.
template <class F>
auto compute(F&& f) {
  try {
    nb::gil_scoped_release released;
    FlushSubnormal flush;
    return f();
  } catch (const Interrupted&) {
    throw nb::python_error();
  }
}

void bind_training(nb::module_& m);
void bind_maps(nb::module_& m);
void bind_linalg(nb::module_& m);
void bind_search(nb::module_& m);
void bind_numbers(nb::module_& m);

}  // namespace dsr
