// Normalisation of rows, compiled once for each family of instructions; included after
// softmax_lanes.h. Sums run in sixteen chains that meet by halves.

// The sum of a row less `mean`, or of its squares; `is_squared` is a constant where this is inlined.
INLINE float row_sum(const float *x, ptrdiff_t n, float mean, const int is_squared) {
  struct sixteen sum = all_sixteen(0);
  ptrdiff_t i = 0;
  for (; i + 16 <= n; i += 16) {
    struct sixteen part = load_sixteen(x + i);
#pragma clang loop unroll(full)
    for (int v = 0; v < PER_SIXTEEN; v++) {
      lanes d = part.v[v] - (lanes)(mean);
      sum.v[v] = is_squared ? __builtin_elementwise_fma(d, d, sum.v[v]) : sum.v[v] + d;
    }
  }
  if (i < n) {
    float chains[16];
    store_sixteen(chains, sum);
    for (ptrdiff_t j = 0; i + j < n; j++) {
      float d = x[i + j] - mean;
      chains[j] = is_squared ? __builtin_fmaf(d, d, chains[j]) : chains[j] + d;
    }
    sum = load_sixteen(chains);
  }
  return sum_of(sum);
}

static void normalise(const struct portable_norm *p) {
  for (ptrdiff_t row = 0; row < p->rows; row++) {
    const float *x = p->x + row * p->width;
    float *y = p->y + row * p->width;
    float mean = p->is_centred ? row_sum(x, p->width, 0, 0) / (float)p->width : 0;
    float squares = row_sum(x, p->width, mean, 1);
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
