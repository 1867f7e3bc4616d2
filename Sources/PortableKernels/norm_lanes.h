// Normalisation of rows, compiled once for each family of instructions; included after
// softmax_lanes.h. Sums run in sixteen chains that meet by halves.

// The sum over a row of f(x) for sixteen numbers at a time; what fills the last sixteen up counts 0.
#define ROW_SUM(result, x, n, term)                                                  \
  struct sixteen result##_chains = all_sixteen(0);                                   \
  ptrdiff_t result##_i = 0;                                                          \
  for (; result##_i + 16 <= (n); result##_i += 16) {                                 \
    struct sixteen part = load_sixteen((x) + result##_i);                            \
    for (int v = 0; v < PER_SIXTEEN; v++)                                            \
      result##_chains.v[v] = term(part.v[v], result##_chains.v[v]);                  \
  }                                                                                  \
  if (result##_i < (n)) {                                                            \
    float chains[16];                                                                \
    store_sixteen(chains, result##_chains);                                          \
    for (ptrdiff_t j = 0; result##_i + j < (n); j++)                                 \
      chains[j] = term##_of_one((x)[result##_i + j], chains[j]);                     \
    result##_chains = load_sixteen(chains);                                          \
  }                                                                                  \
  float result = sum_of(result##_chains);

static void normalise(const struct portable_norm *p) {
  for (ptrdiff_t row = 0; row < p->rows; row++) {
    const float *x = p->x + row * p->width;
    float *y = p->y + row * p->width;
    float mean = 0;
    if (p->is_centred) {
#define TERM(value, sum) ((sum) + (value))
#define TERM_of_one(value, sum) ((sum) + (value))
      ROW_SUM(sum, x, p->width, TERM)
      mean = sum / (float)p->width;
    }
#define SQUARE(value, sum)                                                           \
  __builtin_elementwise_fma((value) - (lanes)(mean), (value) - (lanes)(mean), sum)
#define SQUARE_of_one(value, sum) __builtin_fmaf((value) - mean, (value) - mean, sum)
    ROW_SUM(squares, x, p->width, SQUARE)
    float inverse = 1 / __builtin_sqrtf(squares / (float)p->width + p->epsilon);
    p->statistics[2 * row] = mean;
    p->statistics[2 * row + 1] = inverse;
    ptrdiff_t i = 0;
    for (; i + LANES <= p->width; i += LANES) {
      lanes n = (load(x + i) - (lanes)(mean)) * (lanes)(inverse);
      store(y + i, __builtin_elementwise_fma(n, load(p->weight + i), load(p->bias + i)));
    }
    for (; i < p->width; i++)
      y[i] = __builtin_fmaf((x[i] - mean) * inverse, p->weight[i], p->bias[i]);
  }
}

#undef ROW_SUM
#undef TERM
#undef TERM_of_one
#undef SQUARE
#undef SQUARE_of_one
