// Bindings of the training engine.
#include <nanobind/stl/optional.h>

#include <atomic>
#include <optional>

#include "bind.h"
#include "cohort.h"
#include "engine.h"
#include "peak.h"

namespace dsr {

static int entry(const nb::dict& sizes, const char* name, int least, int most = 1 << 24) {
  require(sizes.contains(name), std::string("sizes has no entry ") + name);
  const nb::object value = sizes[name];
  if (!PyLong_Check(value.ptr())) throw nb::type_error((std::string("sizes[") + name + "] is no int").c_str());
  const long number = PyLong_AsLong(value.ptr());
  if (number == -1 && PyErr_Occurred()) PyErr_Clear();
  require(number >= least && number <= most, std::string("sizes[") + name + "] is not in its range");
  return int(number);
}

static Sizes sizes_of(const nb::dict& d) {
  Sizes s{entry(d, "M", 1),        entry(d, "N", 1),        entry(d, "K", 0), entry(d, "L", 0),
          entry(d, "n_bases", 0),  entry(d, "n_linear", 0), entry(d, "T", 1), entry(d, "S", 1),
          bool(entry(d, "clipped", 0, 1)), bool(entry(d, "centered", 0, 1)), bool(entry(d, "affine", 0, 1)), false};
  require(s.n_linear <= s.M, "sizes[n_linear] is above sizes[M]");
  require(s.affine || s.M >= s.N, "without an affine observation sizes[M] is at least sizes[N]");
  require(s.layer() || !s.clipped || s.n_bases, "units are clipped only if they have bases");
  return s;
}

template <class T>
static Buffer<T> copy_of(const T* values, std::size_t n, std::size_t room) {
  Buffer<T> buffer(room);
  std::memcpy(buffer.data(), values, n * sizeof(T));
  return buffer;
}

// Marks an engine as busy: its memory serves one call at a time.
class Busy {
 public:
  explicit Busy(std::atomic_flag& flag) : flag_(flag) {
    require(!flag_.test_and_set(), "the engine is busy in another thread");
  }
  ~Busy() { flag_.clear(); }

 private:
  std::atomic_flag& flag_;
};

template <class T>
class BoundEngine {
 public:
  using Rows = In<T, 2>;
  using Noise = std::optional<In<T, 4>>;
  using ForcingOf = std::tuple<int, double, double, double, int, int>;  // entries of `Forcing`

  BoundEngine(nb::dict sizes, Rows rows, std::optional<In<unsigned char, 2>> seen, In<T, 2> vectors, In<T, 1> forced,
              ForcingOf forcing, bool noise, double observation_penalty)
      : rows_(rows), seen_(seen), noise_(noise) {
    Sizes s = sizes_of(sizes);
    s.imputes = s.affine && seen.has_value();
    require_size(rows, 1, std::size_t(s.N) + s.K, "rows");
    if (seen) require_size(*seen, 0, rows.shape(0), "seen"), require_size(*seen, 1, s.N, "seen");
    require_size(forced, 0, std::size_t(s.T) + 1, "forced");
    const std::size_t n = Layout(s).size, room = padded(n, lanes<T>);
    require_size(vectors, 0, 5, "vectors");
    require_size(vectors, 1, n, "vectors");
    const auto row = [&](int i) { return copy_of(vectors.data() + i * n, n, room); };
    const auto [mean, alpha, scale, gamma, every, n_points] = forcing;
    require(mean >= 0 && mean <= 5, "forcing[0] is not one of 0 to 5");
    require(every >= 1 && n_points >= 1 && n_points <= s.T, "forcing[4] is below 1, or forcing[5] not in 1 to T");
    const Forcing f{Mean(mean), alpha, scale, gamma, every, n_points};
    engine_ = std::make_unique<Engine<T>>(
        s, Data<T>{rows.data(), seen ? seen->data() : nullptr, std::ptrdiff_t(rows.shape(0))},
        Vectors<T>{row(0), row(1), row(2), row(3), row(4)}, f, copy_of(forced.data(), forced.shape(0), forced.shape(0)),
        noise, observation_penalty);
  }

  Out<T> theta() { return vector(engine_->theta()); }
  Out<T> gradient() { return vector(engine_->gradient()); }

  void set_theta(In<T, 1> values) {
    Busy busy(busy_);
    require_size(values, 0, engine_->n_trained(), "theta");
    std::memcpy(engine_->theta(), values.data(), values.shape(0) * sizeof(T));
  }

  double loss_gradient(In<long long, 1> starts, double alpha, Noise noise) {
    Busy busy(busy_);
    const auto draws = checked(starts.data(), 1, starts.shape(0), noise);
    return compute([&] { return engine_->loss_gradient(draws(0), alpha); });
  }

  double growth_rate(In<long long, 1> starts, Noise noise) {
    Busy busy(busy_);
    const auto draws = checked(starts.data(), 1, starts.shape(0), noise);
    return compute([&] { return engine_->growth_rate(draws(0)); });
  }

  nb::tuple run(In<long long, 2> starts, In<double, 1> rates, Noise noise) {
    Busy busy(busy_);
    const std::size_t n = starts.shape(0);
    require_size(rates, 0, n, "rates");
    const auto draws = checked(starts.data(), n, starts.shape(1), noise);
    std::vector<double> losses(n), alphas(n);
    const std::size_t done =
        compute([&] { return engine_->run(n, draws, rates.data(), losses.data(), alphas.data()); });
    Out<double> out[2] = {make<double>({done}), make<double>({done})};
    for (std::size_t i = 0; i < done; i++) out[0].data()[i] = losses[i], out[1].data()[i] = alphas[i];
    return nb::make_tuple(out[0], out[1]);
  }

 private:
  Out<T> vector(const T* values) {
    Busy busy(busy_);
    Out<T> out = make<T>({engine_->n_trained()});
    std::memcpy(out.data(), values, engine_->n_trained() * sizeof(T));
    return out;
  }

  // Make draw(i) for `n` batches, after checks of sizes and of the places of windows.
  auto checked(const long long* starts, std::size_t n, std::size_t n_windows, const Noise& noise) const {
    const Sizes& s = engine_->sizes();
    require(n_windows == std::size_t(s.S), "starts has not S windows a batch");
    const long long last = (long long)rows_.shape(0) - s.T - 1;
    for (std::size_t i = 0; i < n * n_windows; i++)
      require(starts[i] >= 0 && starts[i] <= last, "a window of starts is not within the rows");
    require(noise.has_value() == noise_, noise_ ? "noise is missing" : "noise is given to an engine without noise");
    const std::size_t size = std::size_t(s.T + 1) * s.S * s.N;
    if (noise) {
      const std::size_t wanted[] = {n, std::size_t(s.T) + 1, std::size_t(s.S), std::size_t(s.N)};
      for (int i = 0; i < 4; i++) require_size(*noise, i, wanted[i], "noise");
    }
    const T* values = noise ? noise->data() : nullptr;
    return [=](std::size_t i) { return Draw<T>{starts + i * n_windows, values ? values + i * size : nullptr}; };
  }

  In<T, 2> rows_;
  std::optional<In<unsigned char, 2>> seen_;
  bool noise_;
  std::unique_ptr<Engine<T>> engine_;
  std::atomic_flag busy_ = ATOMIC_FLAG_INIT;
};

template <class T>
static void bind_engine(nb::module_& m, const char* name) {
  using E = BoundEngine<T>;
  nb::class_<E>(m, name)
      .def(nb::init<nb::dict, In<T, 2>, std::optional<In<unsigned char, 2>>, In<T, 2>, In<T, 1>,
                    typename E::ForcingOf, bool, double>(),
           arg("sizes"), arg("rows"), arg("seen").none(), arg("vectors"), arg("forced"), nb::arg("forcing"),
           arg("noise"), nb::arg("observation_penalty"))
      .def_prop_rw("theta", &E::theta, &E::set_theta, nb::for_getter(nb::rv_policy::move),
                   nb::for_setter(arg("values")))
      .def_prop_ro("gradient", &E::gradient, nb::rv_policy::move)
      .def("loss_gradient", &E::loss_gradient, arg("starts"), nb::arg("alpha"), arg("noise").none() = nb::none())
      .def("growth_rate", &E::growth_rate, arg("starts"), arg("noise").none() = nb::none())
      .def("run", &E::run, arg("starts"), arg("rates"), arg("noise").none() = nb::none());
}

template <class T>
class BoundCohort {
 public:
  BoundCohort(nb::dict sizes, int n_features, int n_subjects, In<T, 2> rows, In<T, 2> vectors, In<T, 1> forced, bool noise)
      : rows_(rows), noise_(noise) {
    const Sizes s = sizes_of(sizes);
    require(!s.affine, "a cohort has no affine observation");
    require(n_features >= 0 && n_features <= 1 << 16, "n_features is not in its range");
    require(n_subjects >= 1 && n_subjects <= 1 << 24, "n_subjects is not in its range");
    require_size(rows, 1, std::size_t(s.N) + s.K, "rows");
    require_size(forced, 0, std::size_t(s.T) + 1, "forced");
    const std::size_t n = Cohort<T>::size_of(s, n_features, n_subjects), room = padded(n, lanes<T>);
    require_size(vectors, 0, 5, "vectors");
    require_size(vectors, 1, n, "vectors");
    const auto row = [&](int i) { return copy_of(vectors.data() + i * n, n, room); };
    cohort_ = std::make_unique<Cohort<T>>(
        s, n_features, n_subjects, Data<T>{rows.data(), nullptr, std::ptrdiff_t(rows.shape(0))},
        Vectors<T>{row(0), row(1), row(2), row(3), row(4)}, copy_of(forced.data(), forced.shape(0), forced.shape(0)),
        noise);
  }

  Out<T> theta() { return vector(cohort_->theta()); }
  Out<T> gradient() { return vector(cohort_->gradient()); }

  void set_theta(In<T, 1> values) {
    Busy busy(busy_);
    require_size(values, 0, cohort_->n_trained(), "theta");
    std::memcpy(cohort_->theta(), values.data(), values.shape(0) * sizeof(T));
  }

  double loss_gradient(In<long long, 1> starts, In<long long, 1> counts, double alpha, std::optional<In<T, 1>> noise) {
    Busy busy(busy_);
    const Sizes& s = cohort_->sizes();
    require_size(counts, 0, cohort_->n_subjects(), "counts");
    const long long n = starts.shape(0), last = (long long)rows_.shape(0) - s.T - 1;
    long long total = 0;
    for (std::size_t j = 0; j < counts.shape(0); j++) {
      require(counts.data()[j] >= 0 && counts.data()[j] <= n - total, "counts do not add up to the number of windows");
      total += counts.data()[j];
    }
    require(total == n, "counts do not add up to the number of windows");
    for (long long i = 0; i < n; i++)
      require(starts.data()[i] >= 0 && starts.data()[i] <= last, "a window of starts is not within the rows");
    require(noise.has_value() == noise_, noise_ ? "noise is missing" : "noise is given to a cohort without noise");
    if (noise) require_size(*noise, 0, volume(n, s.T + 1, s.N), "noise");
    const Draw<T> draw{starts.data(), noise ? noise->data() : nullptr};
    return compute([&] { return cohort_->loss_gradient(draw, counts.data(), alpha); });
  }

 private:
  Out<T> vector(const T* values) {
    Busy busy(busy_);
    Out<T> out = make<T>({cohort_->n_trained()});
    std::memcpy(out.data(), values, cohort_->n_trained() * sizeof(T));
    return out;
  }

  In<T, 2> rows_;
  bool noise_;
  std::unique_ptr<Cohort<T>> cohort_;
  std::atomic_flag busy_ = ATOMIC_FLAG_INIT;
};

template <class T>
static void bind_cohort(nb::module_& m, const char* name) {
  using C = BoundCohort<T>;
  nb::class_<C>(m, name)
      .def(nb::init<nb::dict, int, int, In<T, 2>, In<T, 2>, In<T, 1>, bool>(), arg("sizes"), nb::arg("n_features"),
           nb::arg("n_subjects"), arg("rows"), arg("vectors"), arg("forced"), nb::arg("noise"))
      .def_prop_rw("theta", &C::theta, &C::set_theta, nb::for_getter(nb::rv_policy::move),
                   nb::for_setter(arg("values")))
      .def_prop_ro("gradient", &C::gradient, nb::rv_policy::move)
      .def("loss_gradient", &C::loss_gradient, arg("starts"), arg("counts"), nb::arg("alpha"),
           arg("noise").none() = nb::none());
}

static double bound_spectral_norm(In<double, 2> J) {
  require(J.size() > 0, "J is empty");
  require_finite(J, "J");
  return compute([&] { return spectral_norm(J.data(), J.shape(0), J.shape(1)); });
}

void bind_training(nb::module_& m) {
  m.def("multiply_adds", [](long n) { return compute([&] { return multiply_adds(n); }); }, arg("n"));
  m.attr("multiply_adds_width") = 12 * Reg<float>::size;
  m.def("spectral_norm", &bound_spectral_norm, arg("J"));
  bind_engine<float>(m, "Engine32");
  bind_engine<double>(m, "Engine64");
  bind_cohort<float>(m, "Cohort32");
  bind_cohort<double>(m, "Cohort64");
}

}  // namespace dsr
