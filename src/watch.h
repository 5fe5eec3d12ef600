// Ctrl-C in long computations: work is counted, and the interpreter is asked at intervals.
#pragma once
#include <chrono>

namespace dsr {

// Thrown if the interpreter has an exception to raise, as after Ctrl-C.
struct Interrupted {};

// Whether the interpreter has an exception to raise; takes the GIL (module.cpp).
bool interrupted();

class Watch {
 public:
  // Call this often, with the operations since the last call. After about ten million operations it
  // reads the clock, and after 0.2 s it asks the interpreter. Throws Interrupted.
  void done(double operations) {
    work_ += operations;
    if (work_ < 1e7) return;
    work_ = 0;
    const auto now = Clock::now();
    if (now - last_ < std::chrono::milliseconds(200)) return;
    last_ = now;
    if (interrupted()) throw Interrupted();
  }

 private:
  using Clock = std::chrono::steady_clock;
  double work_ = 0;
  Clock::time_point last_ = Clock::now();
};

}  // namespace dsr
