// Matrix products, compiled once for each family of instructions.
//
// The including file defines LANES, the floats of a vector register; VECTORS, the registers of a row
// of a tile; and ROWS, the rows of a tile, 6 or 12. It fixes no element's value: a tile holds one
// chain of multiply-adds for each of its elements.

typedef float lanes __attribute__((ext_vector_type(LANES)));
typedef float unaligned_lanes __attribute__((ext_vector_type(LANES), aligned(4)));

#define PER_PANEL (PORTABLE_PANEL / LANES)
#define TILE_COLUMNS (VECTORS * LANES)
// Registers of a tile of one row: as many chains as hide the time of a multiply-add.
#define ROW_VECTORS 8
#define ROW_COLUMNS (ROW_VECTORS * LANES)
#define INLINE static inline __attribute__((always_inline))

// The left and the right side of a tile, and how far it is to the next k and the next row or panel.
struct sides {
  const float *a, *b;
  ptrdiff_t a_row, a_column, b_row, b_panel;
  ptrdiff_t k;
  int is_packed;
};

// Where a tile goes and what it starts from.
struct target {
  float *c;
  const float *start;
  ptrdiff_t c_row, start_row;
  float alpha;
};

INLINE lanes load(const float *p) { return *(const unaligned_lanes *)p; }
INLINE void store(float *p, lanes v) { *(unaligned_lanes *)p = v; }

// `rows` and `vectors` are constants wherever this is inlined, and so is one step of a.
INLINE void multiply_tile(
    const int rows, const int vectors, ptrdiff_t a_row, ptrdiff_t a_column, struct sides s,
    struct target t) {
  lanes sum[ROWS][VECTORS];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sum[r][v] = (lanes)(0.0f);
  // Three rows share a pointer: more pointers would not fit into the registers.
  const float *a[4];
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) a[i] = s.a + 3 * i * a_row;
  const float *b = s.b;
#pragma clang loop unroll_count(2)
  for (ptrdiff_t k = 0; k < s.k; k++) {
    lanes right[VECTORS];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++)
      right[v] = load(b + v / PER_PANEL * s.b_panel + v % PER_PANEL * LANES);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      lanes left = (lanes)(a[r / 3][r % 3 * a_row]);
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++)
        sum[r][v] = __builtin_elementwise_fma(left, right[v], sum[r][v]);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) a[i] += a_column;
    b += s.b_row;
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      lanes value = sum[r][v] * (lanes)(t.alpha);
      if (t.start) value = load(t.start + r * t.start_row + v * LANES) + value;
      store(t.c + r * t.c_row + v * LANES, value);
    }
  }
}

// A part of the rows of a block, for one panel or as many as fit into a row of a tile.
#define CASE(n)                                                                  \
  case n:                                                                        \
    if (!is_wide)                                                                \
      multiply_tile(n, PER_PANEL, s->a_row, s->a_column, *s, *t);                \
    else if (s->a_column == 1)                                                   \
      multiply_tile(n, VECTORS, s->a_row, 1, *s, *t);                            \
    else                                                                         \
      multiply_tile(n, VECTORS, 1, s->a_column, *s, *t);                         \
    break;

static void multiply_rest(int rows, int is_wide, const struct sides *s, const struct target *t) {
  switch (rows) {
    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5)
#if ROWS > 6
    CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11)
#endif
  }
}

static void multiply_rows(
    ptrdiff_t rows, int is_wide, ptrdiff_t tile_step, struct sides *s, struct target *t) {
  for (; rows >= ROWS; rows -= ROWS) {
    switch (ROWS) { CASE(ROWS) }
    s->a += tile_step;
    t->c += ROWS * t->c_row;
    if (t->start) t->start += ROWS * t->start_row;
  }
  if (rows) multiply_rest((int)rows, is_wide, s, t);
}
#undef CASE

// A tile of one row and ROW_COLUMNS columns.
static void multiply_row(const struct sides *s, const struct target *t) {
  lanes sum[ROW_VECTORS];
  for (int v = 0; v < ROW_VECTORS; v++) sum[v] = (lanes)(0.0f);
  const float *a = s->a, *b = s->b;
  for (ptrdiff_t k = 0; k < s->k; k++) {
    lanes left = (lanes)(*a);
    for (int v = 0; v < ROW_VECTORS; v++) {
      lanes right = load(b + v / PER_PANEL * s->b_panel + v % PER_PANEL * LANES);
      sum[v] = __builtin_elementwise_fma(left, right, sum[v]);
    }
    a += s->a_column;
    b += s->b_row;
  }
  for (int v = 0; v < ROW_VECTORS; v++) {
    lanes value = sum[v] * (lanes)(t->alpha);
    if (t->start) value = load(t->start + v * LANES) + value;
    store(t->c + v * LANES, value);
  }
}

// The last columns, fewer than a panel, through memory of their own.
static void multiply_edge(
    ptrdiff_t rows, int columns, ptrdiff_t tile_step, struct sides s, const struct target *t) {
  float result[BLOCK_ROWS * PORTABLE_PANEL], right[PORTABLE_DEPTH * PORTABLE_PANEL];
  struct target whole = {result, NULL, PORTABLE_PANEL, PORTABLE_PANEL, t->alpha};
  if (t->start) {
    for (ptrdiff_t r = 0; r < rows; r++)
      for (int i = 0; i < PORTABLE_PANEL; i++)
        result[r * PORTABLE_PANEL + i] = i < columns ? t->start[r * t->start_row + i] : 0;
    whole.start = result;
  }
  if (!s.is_packed) {
    // Beyond the last column lies another row, or nothing.
    for (ptrdiff_t k = 0; k < s.k; k++)
      for (int i = 0; i < PORTABLE_PANEL; i++)
        right[k * PORTABLE_PANEL + i] = i < columns ? s.b[k * s.b_row + i] : 0;
    s.b = right;
    s.b_row = PORTABLE_PANEL;
  }
  multiply_rows(rows, PER_PANEL == VECTORS, tile_step, &s, &whole);
  for (ptrdiff_t r = 0; r < rows; r++)
    for (int i = 0; i < columns; i++) t->c[r * t->c_row + i] = result[r * PORTABLE_PANEL + i];
}

// Rows of a as tiles `[k, ROWS]`, so that neither long rows nor long columns collide in the cache.
static void gather(const struct sides *s, ptrdiff_t rows, float *out) {
  for (ptrdiff_t row = 0; row < rows; row += ROWS, out += ROWS * s->k) {
    const float *a = s->a + row * s->a_row;
    int count = rows - row < ROWS ? (int)(rows - row) : ROWS;
    if (count < ROWS) {
      for (int r = 0; r < count; r++)
        for (ptrdiff_t k = 0; k < s->k; k++) out[k * ROWS + r] = a[r * s->a_row + k * s->a_column];
    } else if (s->a_row == 1) {
      for (ptrdiff_t k = 0; k < s->k; k++)
        for (int r = 0; r < ROWS; r++) out[k * ROWS + r] = a[r + k * s->a_column];
    } else {
      for (ptrdiff_t k = 0; k < s->k; k++)
        for (int r = 0; r < ROWS; r++) out[k * ROWS + r] = a[r * s->a_row + k];
    }
  }
}

// Whether gathering pays: it costs a pass over a, and saves one for each tile of columns.
static int gathers(const struct portable_product *p) {
  if (p->m < ROWS) return 0;
  return p->a_column == 1 ? p->n >= 512 && p->a_row >= 512 : p->n >= 256;
}

// All columns of a block of rows and a stretch of k. `gathered` is memory for the rows; NULL where
// they are read where they are.
static void multiply_block(
    const struct portable_product *p, struct sides s, struct target t, ptrdiff_t rows,
    float *gathered) {
  if (gathered) {
    gather(&s, rows, gathered);
    s.a = gathered;
    s.a_row = 1;
    s.a_column = ROWS;
  }
  ptrdiff_t tile_step = gathered ? ROWS * s.k : ROWS * s.a_row;
  ptrdiff_t columns;
  for (ptrdiff_t column = 0; column < p->n; column += columns) {
    ptrdiff_t left = p->n - column;
    int is_wide = left >= TILE_COLUMNS;
    columns = is_wide ? TILE_COLUMNS : left < PORTABLE_PANEL ? left : PORTABLE_PANEL;
    struct sides part = s;
    part.b += p->packed_k ? column * p->packed_k : column;
    struct target to = t;
    to.c += column;
    if (t.start) to.start += column;
    if (rows == 1 && left >= ROW_COLUMNS) {
      columns = ROW_COLUMNS;
      multiply_row(&part, &to);
    } else if (columns < PORTABLE_PANEL)
      multiply_edge(rows, (int)columns, tile_step, part, &to);
    else
      multiply_rows(rows, is_wide, tile_step, &part, &to);
  }
}

// With a right side that is packed or lies in rows; `gathered` as above.
static void multiply_ready(const struct portable_product *p, float *gathered) {
  for (ptrdiff_t top = 0; top < p->m; top += BLOCK_ROWS) {
    ptrdiff_t rows = p->m - top < BLOCK_ROWS ? p->m - top : BLOCK_ROWS;
    for (ptrdiff_t depth = 0; depth < p->k; depth += PORTABLE_DEPTH) {
      struct sides s = {
          p->a + top * p->a_row + depth * p->a_column,
          p->b + depth * (p->packed_k ? PORTABLE_PANEL : p->b_row),
          p->a_row,
          p->a_column,
          p->packed_k ? PORTABLE_PANEL : p->b_row,
          p->packed_k ? p->packed_k * PORTABLE_PANEL : PORTABLE_PANEL,
          p->k - depth < PORTABLE_DEPTH ? p->k - depth : PORTABLE_DEPTH,
          p->packed_k != 0,
      };
      struct target t = {p->c, p->start, p->c_row, p->start_row, p->alpha};
      if (depth > 0) {
        // What came before is in c.
        t.start = p->c;
        t.start_row = p->c_row;
      }
      t.c += top * p->c_row;
      if (t.start) t.start += top * t.start_row;
      multiply_block(p, s, t, rows, gathered);
    }
  }
}

// Rows up to which a right side that lies in rows is read where it is: packing it would cost more
// than it saves.
#define FEW_ROWS 12

// Columns that are packed at a time.
#define PACKED_COLUMNS 512

static int packs(const struct portable_product *p) {
  return !p->packed_k && (p->b_column != 1 || p->m > FEW_ROWS);
}

static void multiply_packing(const struct portable_product *p, float *packed, float *gathered) {
  struct portable_product part = *p;
  part.b = packed;
  for (ptrdiff_t column = 0; column < p->n; column += PACKED_COLUMNS) {
    part.n = p->n - column < PACKED_COLUMNS ? p->n - column : PACKED_COLUMNS;
    part.c = p->c + column;
    for (ptrdiff_t depth = 0; depth < p->k; depth += PORTABLE_DEPTH) {
      part.k = p->k - depth < PORTABLE_DEPTH ? p->k - depth : PORTABLE_DEPTH;
      part.packed_k = part.k;
      part.a = p->a + depth * p->a_column;
      portable_pack(
          p->b + depth * p->b_row + column * p->b_column, p->b_row, p->b_column, part.k, part.n,
          packed);
      // What came before is in c.
      part.start = depth > 0 ? part.c : p->start ? p->start + column : NULL;
      part.start_row = depth > 0 ? p->c_row : p->start_row;
      multiply_ready(&part, gathered);
    }
  }
}

static void multiply(const struct portable_product *p) {
  int is_gathered = gathers(p), is_packing = packs(p);
  if (!is_gathered && !is_packing) {
    multiply_ready(p, NULL);
    return;
  }
  // Not on the stack, for a thread may have a small one.
  size_t size = sizeof(float) * PORTABLE_DEPTH * (BLOCK_ROWS + PACKED_COLUMNS);
  float *memory = portable_allocate(size);
  if (!memory) {
    portable_plain.multiply(p);
    return;
  }
  float *gathered = is_gathered ? memory + PORTABLE_DEPTH * PACKED_COLUMNS : NULL;
  if (is_packing)
    multiply_packing(p, memory, gathered);
  else
    multiply_ready(p, gathered);
  portable_release(memory, size);
}
