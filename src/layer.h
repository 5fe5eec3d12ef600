// The nonlinear part between states: z' = A z + [ W1 phi(W2 z) or W phi(z) ] + h1.
#pragma once
#include <memory>

#include "problem.h"

namespace dsr {

// The nonlinear part of a map for a pack of windows, and its gradient. States are M packs.
template <class T>
class Layer {
 public:
  virtual ~Layer() = default;
  // Call after a change of the trained numbers. `gradient` has the same layout; later calls add to it.
  virtual void prepare(const T* theta, T* gradient) = 0;
  // e += W1 phi(W2 z).
  virtual void forward(const T* z, T* e) = 0;
  // g += W2' D W1' d at time t, where D is the derivative of phi. Times are descending.
  virtual void backward(int t, const T* z, const T* d, T* g) = 0;
  // Add the gradient from the states Z and D = dL/dz of a whole run, after all calls of `backward`.
  virtual void collect(const T* Z, const T* D) = 0;
  // J += W1 D W2 at the states z; J (M, M) packs.
  virtual void add_jacobian(const T* z, T* J) = 0;
  // Bound of the spectral norm of W1 D W2 at any state.
  virtual double steepest() const = 0;
};

template <class T>
std::unique_ptr<Layer<T>> make_layer(const Sizes& sizes, const Layout& layout);

}  // namespace dsr
