/// The products of a linear layer with its weight `[outputs, width]`, in the type that is stored.
///
/// A weight is used whole, or panel by panel of ``panel`` outputs: a panel is widened, multiplied
/// and forgotten, so that the model never exists in float32. Panels are fixed by the shape alone.
public struct WeightProduct: Sendable {
  public let rows: Int
  public let width: Int
  public let outputs: Int

  /// Outputs, or inputs going backwards, of one panel.
  public static let panel = 512

  public init(rows: Int, width: Int, outputs: Int) {
    (self.rows, self.width, self.outputs) = (rows, width, outputs)
  }

  /// Floating-point operations of each of the products.
  public var operations: Int { 2 * rows * width * outputs }
  /// Panels of the product with the weight and with its transpose.
  public var outputPanels: Int { Self.panels(of: outputs) }
  public var inputPanels: Int { Self.panels(of: width) }

  private static func panels(of count: Int) -> Int { (count + panel - 1) / panel }

  private func panel(_ index: Int, of count: Int) -> Range<Int> {
    index * Self.panel..<min(count, (index + 1) * Self.panel)
  }

  /// Some rows of `y [rows, outputs]` become the bias.
  public func fill(_ y: TensorStorage, bias: TensorStorage, _ rows: Range<Int>) {
    let (y, bias) = (y.pointer, bias.pointer)
    for row in rows { (y + row * outputs).update(from: bias, count: outputs) }
  }

  /// The bias is added to some rows of `y [rows, outputs]`.
  public func add(_ bias: TensorStorage, to y: TensorStorage, _ rows: Range<Int>) {
    let (y, bias) = (y.pointer, bias.pointer)
    for row in rows { VectorMath.accumulate(y + row * outputs, bias, outputs) }
  }

  /// The sum over rows of `dy [rows, outputs]` is added to `sum [outputs]`.
  public func biasGradient(_ dy: TensorStorage, addingTo sum: TensorStorage) {
    let (dy, sum) = (dy.pointer, sum.pointer)
    for row in 0..<rows { VectorMath.accumulate(sum, dy + row * outputs, outputs) }
  }

  /// `y = x W^T + beta y` for `x [rows, width]` and a weight in float32, all at once.
  public func forward(
    _ x: TensorStorage, _ weight: TensorStorage, into y: TensorStorage, beta: Float
  ) {
    BLAS.multiply(
      x.pointer, width, false, weight.pointer, width, true, y.pointer, outputs,
      m: rows, n: outputs, k: width, beta: beta)
  }

  /// One panel of the outputs of the same product.
  public func forward(
    _ x: TensorStorage, _ weight: TensorStorage, into y: TensorStorage, beta: Float, panel: Int
  ) {
    let panel = self.panel(panel, of: outputs)
    withRows(panel, of: weight) { w in
      BLAS.multiply(
        x.pointer, width, false, w, width, true, y.pointer + panel.lowerBound, outputs,
        m: rows, n: panel.count, k: width, beta: beta)
    }
  }

  /// `dx = dy W + beta dx` for `dy [rows, outputs]` and a weight in float32, all at once.
  public func inputGradient(
    _ dy: TensorStorage, _ weight: TensorStorage, into dx: TensorStorage, beta: Float
  ) {
    BLAS.multiply(
      dy.pointer, outputs, false, weight.pointer, width, false, dx.pointer, width,
      m: rows, n: width, k: outputs, beta: beta)
  }

  /// One panel of the inputs of the same product.
  public func inputGradient(
    _ dy: TensorStorage, _ weight: TensorStorage, into dx: TensorStorage, beta: Float, panel: Int
  ) {
    let panel = self.panel(panel, of: width)
    withColumns(panel, of: weight) { w, stride in
      BLAS.multiply(
        dy.pointer, outputs, false, w, stride, false, dx.pointer + panel.lowerBound, width,
        m: rows, n: panel.count, k: outputs, beta: beta)
    }
  }

  /// `dW = dy^T x + beta dW`, all at once.
  public func weightGradient(
    _ dy: TensorStorage, _ x: TensorStorage, into dw: TensorStorage, beta: Float
  ) {
    BLAS.multiply(
      dy.pointer, outputs, true, x.pointer, width, false, dw.pointer, width,
      m: outputs, n: width, k: rows, beta: beta)
  }

  /// One panel of the outputs of the same product.
  public func weightGradient(
    _ dy: TensorStorage, _ x: TensorStorage, into dw: TensorStorage, beta: Float, panel: Int
  ) {
    let panel = self.panel(panel, of: outputs)
    BLAS.multiply(
      dy.pointer + panel.lowerBound, outputs, true, x.pointer, width, false,
      dw.pointer + panel.lowerBound * width, width, m: panel.count, n: width, k: rows,
      beta: beta)
  }

  /// One panel of the outputs, from activations rounded to BF16 and a weight that is stored so,
  /// with the processor's own instructions.
  public func rounded(
    _ halves: TensorStorage, _ weight: TensorStorage, into y: TensorStorage, panel: Int
  ) {
    let panel = self.panel(panel, of: outputs)
    OneDNN.multiply(
      .init(memory: halves.bytes, stride: width),
      .init(
        memory: weight.bytes + panel.lowerBound * width * 2, stride: width, isTransposed: true),
      into: y.pointer + panel.lowerBound, outputs, m: rows, n: panel.count, k: width)
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
