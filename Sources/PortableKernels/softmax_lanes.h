// Exponentials of rows, compiled once for each family of instructions; included after
// product_tiles.h. Sixteen numbers at a time, whatever a register holds: sums run in sixteen chains
// that meet by halves.

#define PER_SIXTEEN (16 / LANES)

typedef unsigned int_lanes __attribute__((ext_vector_type(LANES)));

// Sixteen numbers.
struct sixteen {
  lanes v[PER_SIXTEEN];
};

INLINE struct sixteen load_sixteen(const float *p) {
  struct sixteen x;
#pragma clang loop unroll(full)
  for (int v = 0; v < PER_SIXTEEN; v++) x.v[v] = load(p + v * LANES);
  return x;
}

INLINE void store_sixteen(float *p, struct sixteen x) {
#pragma clang loop unroll(full)
  for (int v = 0; v < PER_SIXTEEN; v++) store(p + v * LANES, x.v[v]);
}

INLINE struct sixteen all_sixteen(float value) {
  struct sixteen x;
#pragma clang loop unroll(full)
  for (int v = 0; v < PER_SIXTEEN; v++) x.v[v] = (lanes)(value);
  return x;
}

// Meets sixteen numbers by halves.
#define LARGER(x, y) ((x) > (y) ? (x) : (y))
#define SUM(x, y) ((x) + (y))
#if LANES == 16
#define FOLD(op, x)                                  \
  __auto_type eight = op(x.v[0].lo, x.v[0].hi);      \
  __auto_type four = op(eight.lo, eight.hi);
#elif LANES == 8
#define FOLD(op, x)                                  \
  __auto_type eight = op(x.v[0], x.v[1]);            \
  __auto_type four = op(eight.lo, eight.hi);
#else
#define FOLD(op, x)                                  \
  __auto_type low = op(x.v[0], x.v[2]);              \
  __auto_type high = op(x.v[1], x.v[3]);             \
  __auto_type four = op(low, high);
#endif

INLINE float largest_of(struct sixteen x) {
  FOLD(LARGER, x)
  __auto_type two = LARGER(four.lo, four.hi);
  return LARGER(two.x, two.y);
}

INLINE float sum_of(struct sixteen x) {
  FOLD(SUM, x)
  __auto_type two = four.lo + four.hi;
  return two.x + two.y;
}

// NaN is never larger.
INLINE float largest(const float *row, ptrdiff_t n) {
  if (n < 16) {
    float result = -__builtin_inff();
    for (ptrdiff_t i = 0; i < n; i++) result = LARGER(row[i], result);
    return result;
  }
  struct sixteen best = all_sixteen(-__builtin_inff());
  for (ptrdiff_t i = 0; i < n; i += 16) {
    // The last sixteen may overlap those before.
    struct sixteen x = load_sixteen(row + (i + 16 <= n ? i : n - 16));
#pragma clang loop unroll(full)
    for (int v = 0; v < PER_SIXTEEN; v++) best.v[v] = LARGER(x.v[v], best.v[v]);
  }
  return largest_of(best);
}

// e^x for x <= 0, within 1.6e-7 of its value and |x| units of 2^-25: 2^n times a polynomial in the
// rest of x log2(e), which is 1 at 0. 0 below -87, where it would leave the normal numbers; NaN
// stays. Adding `magic` rounds to an integer and puts n + 127 into the low bits.
INLINE lanes exp_of_non_positive(lanes x) {
  const lanes magic = (lanes)(12582912.0f + 127.0f), log2_e = (lanes)(1.442695f);
  lanes shifted = __builtin_elementwise_fma(x, log2_e, magic);
  lanes f = __builtin_elementwise_fma(x, log2_e, magic - shifted);
  lanes p = __builtin_elementwise_fma((lanes)(1.3264727e-3f), f, (lanes)(9.671513e-3f));
  p = __builtin_elementwise_fma(p, f, (lanes)(5.5507336e-2f));
  p = __builtin_elementwise_fma(p, f, (lanes)(2.4022242e-1f));
  p = __builtin_elementwise_fma(p, f, (lanes)(6.93147e-1f));
  p = __builtin_elementwise_fma(p, f, (lanes)(1.0f));
  lanes power = __builtin_bit_cast(lanes, __builtin_bit_cast(int_lanes, shifted) << 23);
  return x < (lanes)(-87.0f) ? (lanes)(0.0f) : p * power;
}

// Sixteen exponentials, which join the sums.
INLINE struct sixteen exponentiate(struct sixteen x, float peak, struct sixteen *sum) {
#pragma clang loop unroll(full)
  for (int v = 0; v < PER_SIXTEEN; v++) {
    x.v[v] = exp_of_non_positive(x.v[v] - (lanes)(peak));
    sum->v[v] += x.v[v];
  }
  return x;
}

static int has_nan(const float *row, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++)
    if (row[i] != row[i]) return 1;
  return 0;
}

static float exponentials(float *row, ptrdiff_t n) {
  float peak = largest(row, n);
  if (peak == -__builtin_inff() && !has_nan(row, n)) {
    for (ptrdiff_t i = 0; i < n; i++) row[i] = 0;
    return 0;
  }
  struct sixteen sum = all_sixteen(0);
  ptrdiff_t i = 0;
  for (; i + 16 <= n; i += 16)
    store_sixteen(row + i, exponentiate(load_sixteen(row + i), peak, &sum));
  ptrdiff_t rest = n - i;
  if (rest == 0) return sum_of(sum);
  // What fills the last sixteen up becomes 0.
  float window[48];
  store_sixteen(window + 16, all_sixteen(-__builtin_inff()));
  if (n < 16) {
    for (ptrdiff_t j = 0; j < n; j++) window[16 + j] = row[j];
    store_sixteen(window, exponentiate(load_sixteen(window + 16), peak, &sum));
    for (ptrdiff_t j = 0; j < n; j++) row[j] = window[j];
    return sum_of(sum);
  }
  float *last = row + n - 16;
  store_sixteen(window, load_sixteen(last));
  struct sixteen e = exponentiate(load_sixteen(window + 16 - rest), peak, &sum);
  store_sixteen(window + 16 - rest, e);
  store_sixteen(last, load_sixteen(window));
  return sum_of(sum);
}

#undef FOLD
