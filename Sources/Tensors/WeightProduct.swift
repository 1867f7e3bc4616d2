/// The products of a linear layer with its weight `[outputs, width]`, in the type that is stored.
///
/// Large products, and all with stored weights, go panel by panel of ``panel`` outputs: a panel is
/// widened, multiplied and forgotten, so that the model never exists in float32. Panels are fixed
/// by the shape alone and spread over the threads where the product is large.
struct WeightProduct {
  let rows: Int
  let width: Int
  let outputs: Int

  /// Outputs, or inputs going backwards, of one panel.
  static let panel = 512

  private var isLarge: Bool { 2 * rows * width * outputs >= Workers.leastOperations }

  /// `y = x W^T + b` for `x [rows, width]`.
  func forward(
    _ x: UnsafePointer<Float>, _ weight: TensorStorage, bias: UnsafePointer<Float>?,
    into y: UnsafeMutablePointer<Float>
  ) {
    if weight.element == .bfloat16, Precision.current == .fast,
      OneDNN.bfloat16Instructions != nil
    {
      return rounded(x, weight, bias: bias, into: y)
    }
    if let bias {
      forEachBlockOfRows { row in (y + row * outputs).update(from: bias, count: outputs) }
    }
    let beta: Float = bias == nil ? 0 : 1
    if weight.element == .float32 && !isLarge {
      return BLAS.multiply(
        x, width, false, weight.pointer, width, true, y, outputs, m: rows, n: outputs, k: width,
        beta: beta)
    }
    forEachPanel(of: outputs) { panel in
      withRows(panel, of: weight) { w in
        BLAS.multiply(
          x, width, false, w, width, true, y + panel.lowerBound, outputs,
          m: rows, n: panel.count, k: width, beta: beta)
      }
    }
  }

  /// `dx = dy W + beta dx` for `dy [rows, outputs]`.
  func inputGradient(
    _ dy: UnsafePointer<Float>, _ weight: TensorStorage, into dx: UnsafeMutablePointer<Float>,
    beta: Float
  ) {
    if weight.element == .float32 && !isLarge {
      return BLAS.multiply(
        dy, outputs, false, weight.pointer, width, false, dx, width, m: rows, n: width,
        k: outputs, beta: beta)
    }
    forEachPanel(of: width) { panel in
      withColumns(panel, of: weight) { w, stride in
        BLAS.multiply(
          dy, outputs, false, w, stride, false, dx + panel.lowerBound, width,
          m: rows, n: panel.count, k: outputs, beta: beta)
      }
    }
  }

  /// `dW = dy^T x + beta dW`.
  func weightGradient(
    _ dy: UnsafePointer<Float>, _ x: UnsafePointer<Float>, into dw: UnsafeMutablePointer<Float>,
    beta: Float
  ) {
    guard isLarge else {
      return BLAS.multiply(
        dy, outputs, true, x, width, false, dw, width, m: outputs, n: width, k: rows, beta: beta)
    }
    forEachPanel(of: outputs) { panel in
      BLAS.multiply(
        dy + panel.lowerBound, outputs, true, x, width, false, dw + panel.lowerBound * width,
        width, m: panel.count, n: width, k: rows, beta: beta)
    }
  }

  /// The forward product of activations rounded to BF16, with the processor's own instructions.
  private func rounded(
    _ x: UnsafePointer<Float>, _ weight: TensorStorage, bias: UnsafePointer<Float>?,
    into y: UnsafeMutablePointer<Float>
  ) {
    let halves = TensorStorage.halves(of: x, rows * width)
    forEachPanel(of: outputs) { panel in
      OneDNN.multiply(
        .init(memory: halves.bytes, stride: width),
        .init(
          memory: weight.bytes + panel.lowerBound * width * 2, stride: width, isTransposed: true),
        into: y + panel.lowerBound, outputs, m: rows, n: panel.count, k: width)
    }
    guard let bias else { return }
    forEachBlockOfRows { row in VectorMath.accumulate(y + row * outputs, bias, outputs) }
  }

  private func forEachBlockOfRows(_ body: (Int) -> Void) {
    Workers.forEachBlock(of: rows, width: outputs) { for row in $0 { body(row) } }
  }

  private func forEachPanel(of count: Int, _ body: (Range<Int>) -> Void) {
    let panels = (count + Self.panel - 1) / Self.panel
    func run(_ index: Int) {
      body(index * Self.panel..<min(count, (index + 1) * Self.panel))
    }
    if isLarge { Workers.forEach(panels, run) } else { for index in 0..<panels { run(index) } }
  }

  /// Some rows of the weight as float32.
  private func withRows(
    _ panel: Range<Int>, of weight: TensorStorage, _ body: (UnsafePointer<Float>) -> Void
  ) {
    if weight.element == .float32 { return body(weight.pointer + panel.lowerBound * width) }
    let wide = TensorStorage(uninitialized: panel.count * width)
    weight.widen(panel.lowerBound * width..<panel.upperBound * width, into: wide.pointer)
    body(wide.pointer)
  }

  /// Some columns of the weight as float32, with their row stride.
  private func withColumns(
    _ panel: Range<Int>, of weight: TensorStorage,
    _ body: (_ columns: UnsafePointer<Float>, _ stride: Int) -> Void
  ) {
    if weight.element == .float32 { return body(weight.pointer + panel.lowerBound, width) }
    let wide = TensorStorage(uninitialized: panel.count * outputs)
    for row in 0..<outputs {
      let start = row * width + panel.lowerBound
      weight.widen(start..<start + panel.count, into: wide.pointer + row * panel.count)
    }
    body(wide.pointer, panel.count)
  }
}
