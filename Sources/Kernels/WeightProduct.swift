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

  /// `y = x W^T + bias` for `x [rows, width]`, all at once or one panel of the outputs.
  public func forward(
    _ x: TensorStorage, _ weight: TensorStorage, bias: TensorStorage?, into y: TensorStorage,
    panel: Int? = nil
  ) {
    let columns = panel.map { self.panel($0, of: outputs) } ?? 0..<outputs
    let base = bias.map { MatrixProduct.Target.Base.row($0.pointer + columns.lowerBound) }
    let target = MatrixProduct.Target(
      y.pointer + columns.lowerBound, outputs, base: base ?? .nothing)
    let x = MatrixProduct.Side(x.pointer, width)
    if let panels = weight.panels(transposed: true, k: width, n: outputs) {
      return MatrixProduct.multiply(
        x, panels: panels.pointer + columns.lowerBound * width, into: target, m: rows,
        n: columns.count, k: width)
    }
    withRows(columns, of: weight) { w in
      MatrixProduct.multiply(
        x, .init(w, width, isTransposed: true), into: target, m: rows, n: columns.count, k: width)
    }
  }

  /// `dx = dy W + beta dx` for `dy [rows, outputs]`, all at once or one panel of the inputs.
  public func inputGradient(
    _ dy: TensorStorage, _ weight: TensorStorage, into dx: TensorStorage, beta: Float,
    panel: Int? = nil
  ) {
    let columns = panel.map { self.panel($0, of: width) } ?? 0..<width
    let target = MatrixProduct.Target(
      dx.pointer + columns.lowerBound, width, base: .times(beta))
    let dy = MatrixProduct.Side(dy.pointer, outputs)
    if let panels = weight.panels(transposed: false, k: outputs, n: width) {
      return MatrixProduct.multiply(
        dy, panels: panels.pointer + columns.lowerBound * outputs, into: target, m: rows,
        n: columns.count, k: outputs)
    }
    withColumns(columns, of: weight) { w, stride in
      MatrixProduct.multiply(
        dy, .init(w, stride), into: target, m: rows, n: columns.count, k: outputs)
    }
  }

  /// `dW = dy^T x + beta dW`, all at once or one panel of the outputs.
  public func weightGradient(
    _ dy: TensorStorage, _ x: TensorStorage, into dw: TensorStorage, beta: Float,
    panel: Int? = nil
  ) {
    let lines = panel.map { self.panel($0, of: outputs) } ?? 0..<outputs
    let dy = MatrixProduct.Side(dy.pointer + lines.lowerBound, outputs, isTransposed: true)
    let target = MatrixProduct.Target(
      dw.pointer + lines.lowerBound * width, width, base: .times(beta))
    // Several weights may meet the same inputs, as those of queries, keys and values.
    if let panels = x.panels(transposed: false, k: rows, n: width) {
      return MatrixProduct.multiply(
        dy, panels: panels.pointer, into: target, m: lines.count, n: width, k: rows)
    }
    MatrixProduct.multiply(
      dy, .init(x.pointer, width), into: target, m: lines.count, n: width, k: rows)
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
