// A step of AdamW, compiled once for each family of instructions; included after product_tiles.h.

#define UPDATE(type, sqrt)                                                                       \
  type g = gradient * (type)(s->gradient_scale);                                                 \
  type m = (type)(s->beta1) * first + (type)(1 - s->beta1) * g;                                  \
  type v = (type)(s->beta2) * second + (type)(1 - s->beta2) * (g * g);                           \
  type root = sqrt(v) / (type)(s->root_correction) + (type)(s->epsilon);                         \
  type result = value * (type)(s->keep) - (type)(s->step_size) * m / root;

static void adamw(const struct portable_adamw *s) {
  ptrdiff_t i = 0;
  for (; i + LANES <= s->count; i += LANES) {
    lanes gradient = load(s->gradient + i), value = load(s->values + i);
    lanes first = load(s->first + i), second = load(s->second + i);
    UPDATE(lanes, __builtin_elementwise_sqrt)
    store(s->first + i, m);
    store(s->second + i, v);
    store(s->values + i, result);
  }
  for (; i < s->count; i++) {
    float gradient = s->gradient[i], value = s->values[i];
    float first = s->first[i], second = s->second[i];
    UPDATE(float, __builtin_sqrtf)
    s->first[i] = m;
    s->second[i] = v;
    s->values[i] = result;
  }
}
#undef UPDATE
