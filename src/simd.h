// Registers and packs: the same 16 floats or 8 doubles, and the same sums, on every processor.
//
// A pack has 64 bytes of logical lanes: one register with AVX-512, two with AVX2, four of 128 bits
// elsewhere. Its sum is always folded in halves, so all processors agree in each bit.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstring>
#include <type_traits>
#if defined(__AVX2__) || defined(__SSE2__)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

#define DSR_INLINE inline __attribute__((always_inline))

namespace dsr {

#if defined(__AVX512F__)
inline constexpr int register_bytes = 64;
#elif defined(__AVX2__) && defined(__FMA__)
inline constexpr int register_bytes = 32;
#else
inline constexpr int register_bytes = 16;
#endif

// Logical lanes of a pack.
template <class T>
inline constexpr int lanes = 64 / int(sizeof(T));

// One register of the processor, or the lower half of one.
template <class T, int bytes = register_bytes>
struct Reg {
  static constexpr int size = bytes / int(sizeof(T));
  typedef T V __attribute__((vector_size(bytes)));
  V v;
};

// Two registers, or two pairs, that act as one.
template <class P>
struct Pair {
  static constexpr int size = 2 * P::size;
  P lo, hi;
};

namespace detail {
template <class P, int n>
struct Widened {
  using type = typename Widened<Pair<P>, n / 2>::type;
};
template <class P>
struct Widened<P, 1> {
  using type = P;
};
}  // namespace detail

template <class T>
using Pack = typename detail::Widened<Reg<T>, 64 / register_bytes>::type;

// Four doubles, for small matrices.
inline constexpr int quad_bytes = register_bytes < 32 ? register_bytes : 32;
using Quad = typename detail::Widened<Reg<double, quad_bytes>, 32 / quad_bytes>::type;

// ---- one register ------------------------------------------------------------------------------

template <class T, int bytes>
DSR_INLINE void load(Reg<T, bytes>& r, const T* p) { std::memcpy(&r.v, p, sizeof r.v); }
template <class T, int bytes>
DSR_INLINE void store(T* p, Reg<T, bytes> r) { std::memcpy(p, &r.v, sizeof r.v); }
template <class T, int bytes>
DSR_INLINE void fill(Reg<T, bytes>& r, T x) { r.v = x - typename Reg<T, bytes>::V{}; }

template <class T, int bytes>
DSR_INLINE Reg<T, bytes> operator+(Reg<T, bytes> a, Reg<T, bytes> b) { return {a.v + b.v}; }
template <class T, int bytes>
DSR_INLINE Reg<T, bytes> operator-(Reg<T, bytes> a, Reg<T, bytes> b) { return {a.v - b.v}; }
template <class T, int bytes>
DSR_INLINE Reg<T, bytes> operator*(Reg<T, bytes> a, Reg<T, bytes> b) { return {a.v * b.v}; }
template <class T, int bytes>
DSR_INLINE Reg<T, bytes> operator/(Reg<T, bytes> a, Reg<T, bytes> b) { return {a.v / b.v}; }
template <class T, int bytes>
DSR_INLINE Reg<T, bytes> modulus(Reg<T, bytes> a) { return {a.v < 0 ? -a.v : a.v}; }

#if defined(__AVX2__) && defined(__FMA__)
// Functions of numbers T, called S by the processor, in vectors M. relu of NaN is 0.
#define DSR_NATIVE(T, M, S, call)                                                                     \
  DSR_INLINE Reg<T> fma(Reg<T> a, Reg<T> b, Reg<T> c) {                                               \
    return {(Reg<T>::V)call##_fmadd_##S((M)a.v, (M)b.v, (M)c.v)};                                     \
  }                                                                                                   \
  DSR_INLINE Reg<T> root(Reg<T> a) { return {(Reg<T>::V)call##_sqrt_##S((M)a.v)}; }                   \
  DSR_INLINE Reg<T> relu(Reg<T> a) { return {(Reg<T>::V)call##_max_##S((M)a.v, call##_setzero_##S())}; } \
  DSR_INLINE Reg<T> gate(Reg<T> u, Reg<T> p) { return {(Reg<T>::V)detail::opened((M)u.v, (M)p.v)}; }
namespace detail {
#if defined(__AVX512F__)
DSR_INLINE __m512 opened(__m512 u, __m512 p) {
  return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(u, _mm512_setzero_ps(), _CMP_GT_OQ), p);
}
DSR_INLINE __m512d opened(__m512d u, __m512d p) {
  return _mm512_maskz_mov_pd(_mm512_cmp_pd_mask(u, _mm512_setzero_pd(), _CMP_GT_OQ), p);
}
#else
DSR_INLINE __m256 opened(__m256 u, __m256 p) {
  return _mm256_and_ps(_mm256_cmp_ps(u, _mm256_setzero_ps(), _CMP_GT_OQ), p);
}
DSR_INLINE __m256d opened(__m256d u, __m256d p) {
  return _mm256_and_pd(_mm256_cmp_pd(u, _mm256_setzero_pd(), _CMP_GT_OQ), p);
}
#endif
}  // namespace detail
#if defined(__AVX512F__)
DSR_NATIVE(float, __m512, ps, _mm512)
DSR_NATIVE(double, __m512d, pd, _mm512)
#else
DSR_NATIVE(float, __m256, ps, _mm256)
DSR_NATIVE(double, __m256d, pd, _mm256)
#endif
#undef DSR_NATIVE
#else
#if defined(__ARM_NEON)
DSR_INLINE Reg<float> fma(Reg<float> a, Reg<float> b, Reg<float> c) {
  return {(Reg<float>::V)vfmaq_f32((float32x4_t)c.v, (float32x4_t)a.v, (float32x4_t)b.v)};
}
DSR_INLINE Reg<double> fma(Reg<double> a, Reg<double> b, Reg<double> c) {
  return {(Reg<double>::V)vfmaq_f64((float64x2_t)c.v, (float64x2_t)a.v, (float64x2_t)b.v)};
}
#else
template <class T>
DSR_INLINE Reg<T> fma(Reg<T> a, Reg<T> b, Reg<T> c) {  // slow, and exact to the last bit
  for (int i = 0; i < Reg<T>::size; i++) c.v[i] = std::fma(T(a.v[i]), T(b.v[i]), T(c.v[i]));
  return c;
}
#endif
template <class T>
DSR_INLINE Reg<T> root(Reg<T> a) {
  for (int i = 0; i < Reg<T>::size; i++) a.v[i] = std::sqrt(T(a.v[i]));
  return a;
}
template <class T>
DSR_INLINE Reg<T> relu(Reg<T> a) { return {a.v > 0 ? a.v : typename Reg<T>::V{}}; }
template <class T>
DSR_INLINE Reg<T> gate(Reg<T> u, Reg<T> p) { return {u.v > 0 ? p.v : typename Reg<T>::V{}}; }
#endif

// Sum of the lanes, folded in halves: (0 + n/2), (1 + n/2 + 1), ...
template <class T, int bytes>
DSR_INLINE T sum(Reg<T, bytes> r) {
  T x[Reg<T, bytes>::size];
  store(x, r);
  for (int n = Reg<T, bytes>::size / 2; n > 0; n /= 2)
    for (int i = 0; i < n; i++) x[i] += x[i + n];
  return x[0];
}
#if defined(__AVX2__) && defined(__FMA__)
DSR_INLINE float sum(__m128 x) {
  x = _mm_add_ps(x, _mm_movehl_ps(x, x));
  return _mm_cvtss_f32(_mm_add_ss(x, _mm_movehdup_ps(x)));
}
DSR_INLINE double sum(__m128d x) { return _mm_cvtsd_f64(_mm_add_sd(x, _mm_unpackhi_pd(x, x))); }
DSR_INLINE float sum(__m256 x) { return sum(_mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1))); }
DSR_INLINE double sum(__m256d x) { return sum(_mm_add_pd(_mm256_castpd256_pd128(x), _mm256_extractf128_pd(x, 1))); }
#if defined(__AVX512F__)
DSR_INLINE float sum(Reg<float> r) {
  return sum(_mm256_add_ps(_mm512_castps512_ps256((__m512)r.v), _mm512_extractf32x8_ps((__m512)r.v, 1)));
}
DSR_INLINE double sum(Reg<double> r) {
  return sum(_mm256_add_pd(_mm512_castpd512_pd256((__m512d)r.v), _mm512_extractf64x4_pd((__m512d)r.v, 1)));
}
#else
DSR_INLINE float sum(Reg<float> r) { return sum((__m256)r.v); }
DSR_INLINE double sum(Reg<double> r) { return sum((__m256d)r.v); }
#endif
#endif

// ---- pairs: the same of both halves -------------------------------------------------------------

template <class P, class T>
DSR_INLINE void load(Pair<P>& r, const T* p) { load(r.lo, p), load(r.hi, p + P::size); }
template <class P, class T>
DSR_INLINE void store(T* p, Pair<P> r) { store(p, r.lo), store(p + P::size, r.hi); }
template <class P, class T>
DSR_INLINE void fill(Pair<P>& r, T x) { fill(r.lo, x), r.hi = r.lo; }
template <class P>
DSR_INLINE Pair<P> operator+(Pair<P> a, Pair<P> b) { return {a.lo + b.lo, a.hi + b.hi}; }
template <class P>
DSR_INLINE Pair<P> operator-(Pair<P> a, Pair<P> b) { return {a.lo - b.lo, a.hi - b.hi}; }
template <class P>
DSR_INLINE Pair<P> operator*(Pair<P> a, Pair<P> b) { return {a.lo * b.lo, a.hi * b.hi}; }
template <class P>
DSR_INLINE Pair<P> operator/(Pair<P> a, Pair<P> b) { return {a.lo / b.lo, a.hi / b.hi}; }
template <class P>
DSR_INLINE Pair<P> fma(Pair<P> a, Pair<P> b, Pair<P> c) { return {fma(a.lo, b.lo, c.lo), fma(a.hi, b.hi, c.hi)}; }
template <class P>
DSR_INLINE Pair<P> root(Pair<P> a) { return {root(a.lo), root(a.hi)}; }
template <class P>
DSR_INLINE Pair<P> relu(Pair<P> a) { return {relu(a.lo), relu(a.hi)}; }
template <class P>
DSR_INLINE Pair<P> gate(Pair<P> u, Pair<P> p) { return {gate(u.lo, p.lo), gate(u.hi, p.hi)}; }
template <class P>
DSR_INLINE Pair<P> modulus(Pair<P> a) { return {modulus(a.lo), modulus(a.hi)}; }
template <class P>
DSR_INLINE auto sum(Pair<P> r) { return sum(r.lo + r.hi); }

// ---- sums of many packs ------------------------------------------------------------------------

#if defined(__AVX512F__)
namespace detail {

// a and b hold sums in groups of 2 g lanes. Result: both, folded into groups of g.
template <int g>
DSR_INLINE Reg<float> fold(Reg<float> a, Reg<float> b) {
  alignas(64) static constexpr auto index = [] {
    struct { int low[16], high[16]; } lane{};
    for (int i = 0; i < 16; i++) lane.low[i] = i / g * 2 * g + i % g, lane.high[i] = lane.low[i] + g;
    return lane;  // lanes from 16 on are those of b
  }();
  const auto pick = [&](const int* lane) {
    return Reg<float>{(Reg<float>::V)_mm512_permutex2var_ps((__m512)a.v, _mm512_load_si512(lane), (__m512)b.v)};
  };
  return pick(index.low) + pick(index.high);
}

template <int g, int n>
DSR_INLINE void fold_all(Reg<float>* r) {
  if constexpr (g > 0) {
    for (int i = 0; i < n / 2; i++) r[i] = fold<g>(r[2 * i], r[2 * i + 1]);
    if constexpr (n % 2) r[n / 2] = fold<g>(r[n - 1], r[n - 1]);
    fold_all<g / 2, (n + 1) / 2>(r);
  }
}

}  // namespace detail
#endif

// out[i] = sum of the pack r[i], folded as in `sum`. r is overwritten, and out has room for whole packs.
template <int n, class P, class T>
DSR_INLINE void sums(P* r, T* out) {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>) {
    detail::fold_all<8, n>(r);
    for (int i = 0; i < (n + 15) / 16; i++) store(out + i * 16, r[i]);
    return;
  }
#endif
  for (int i = 0; i < n; i++) out[i] = sum(r[i]);
}

// ---- both ---------------------------------------------------------------------------------------

template <class V, class T>
DSR_INLINE V loaded(const T* p) {
  V r;
  load(r, p);
  return r;
}
template <class V, class T>
DSR_INLINE V filled(T x) {
  V r;
  fill(r, x);
  return r;
}

}  // namespace dsr
