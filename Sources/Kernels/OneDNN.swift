import CDNNL

/// Products of BF16 matrices with float32 sums on oneDNN, each on its caller's thread.
///
/// oneDNN keeps the code that it makes for a shape, so that describing the same product again costs
/// microseconds.
public enum OneDNN {
  public static var version: String {
    let version = dnnl_version().pointee
    return "\(version.major).\(version.minor).\(version.patch)"
  }

  /// The processor's instructions for BF16 products, by oneDNN's name; nil without any. oneDNN
  /// would imitate them, slower than float32.
  public static let bfloat16Instructions: String? = {
    let level = dnnl_get_effective_cpu_isa().rawValue
    if level == dnnl_cpu_isa_avx512_core_bf16.rawValue { return "avx512_core_bf16" }
    return level >= dnnl_cpu_isa_avx512_core_amx.rawValue ? "avx512_core_amx" : nil
  }()

  private struct Context: @unchecked Sendable {
    let engine: dnnl_engine_t
    let stream: dnnl_stream_t
  }

  private static let context: Context = {
    var engine: dnnl_engine_t?
    var stream: dnnl_stream_t?
    check(dnnl_engine_create(&engine, dnnl_cpu, 0), "engine")
    check(
      dnnl_stream_create(&stream, engine, UInt32(dnnl_stream_default_flags.rawValue)), "stream")
    return Context(engine: engine!, stream: stream!)
  }()

  /// A matrix in memory: rows `stride` elements apart; transposed, columns are.
  struct Matrix {
    let memory: UnsafeRawPointer
    let stride: Int
    var isTransposed = false
  }

  /// `c = a b` with BF16 `a [m, k]` and `b [k, n]` and float32 `c [m, n]`, whose rows lie
  /// `cStride` elements apart.
  static func multiply(
    _ a: Matrix, _ b: Matrix, into c: UnsafeMutablePointer<Float>, _ cStride: Int, m: Int, n: Int,
    k: Int
  ) {
    // The setting belongs to the calling thread.
    omp_set_num_threads(1)
    let context = context
    var (left, right, sum) = (
      description(m, k, a.stride, a.isTransposed, dnnl_bf16),
      description(k, n, b.stride, b.isTransposed, dnnl_bf16),
      description(m, n, cStride, false, dnnl_f32)
    )
    var operation = dnnl_matmul_desc_t()
    check(dnnl_matmul_desc_init(&operation, &left, &right, nil, &sum), "product of \(m) \(n) \(k)")
    var plan: dnnl_primitive_desc_t?
    check(dnnl_primitive_desc_create(&plan, &operation, nil, context.engine, nil), "plan")
    var primitive: dnnl_primitive_t?
    check(dnnl_primitive_create(&primitive, plan), "code")
    dnnl_primitive_desc_destroy(plan)
    let places = [
      memory(&left, UnsafeMutableRawPointer(mutating: a.memory)),
      memory(&right, UnsafeMutableRawPointer(mutating: b.memory)), memory(&sum, c),
    ]
    let arguments = [
      dnnl_exec_arg_t(arg: DNNL_ARG_SRC_0, memory: places[0]),
      dnnl_exec_arg_t(arg: DNNL_ARG_WEIGHTS_0, memory: places[1]),
      dnnl_exec_arg_t(arg: DNNL_ARG_DST_0, memory: places[2]),
    ]
    check(dnnl_primitive_execute(primitive, context.stream, 3, arguments), "product")
    check(dnnl_stream_wait(context.stream), "wait")
    for place in places { dnnl_memory_destroy(place) }
    dnnl_primitive_destroy(primitive)
  }

  private static func description(
    _ rows: Int, _ columns: Int, _ stride: Int, _ isTransposed: Bool, _ type: dnnl_data_type_t
  ) -> dnnl_memory_desc_t {
    var result = dnnl_memory_desc_t()
    let strides = isTransposed ? [1, Int64(stride)] : [Int64(stride), 1]
    check(
      dnnl_memory_desc_init_by_strides(
        &result, 2, [Int64(rows), Int64(columns)], type, strides), "matrix")
    return result
  }

  private static func memory(
    _ description: inout dnnl_memory_desc_t, _ start: UnsafeMutableRawPointer
  ) -> dnnl_memory_t {
    var result: dnnl_memory_t?
    check(dnnl_memory_create(&result, &description, context.engine, start), "memory")
    return result!
  }

  /// Shapes are checked before anything comes here, so a refusal is a fault of ours.
  private static func check(_ status: dnnl_status_t, _ action: @autoclosure () -> String) {
    precondition(status == dnnl_success, "oneDNN failed: \(action()) (status \(status.rawValue))")
  }
}
