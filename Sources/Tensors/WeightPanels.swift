import Kernels
import Ranks

/// How the products of a linear layer are split. Large products, and all with stored weights, go
/// panel by panel; panels are spread over the threads where the product is large.
extension WeightProduct {
  private var isLarge: Bool { operations >= Workers.leastOperations }

  /// `y = x W^T + b` for `x [rows, width]`.
  func apply(
    _ x: TensorStorage, _ weight: TensorStorage, bias: TensorStorage?, into y: TensorStorage
  ) {
    if weight.element == .bfloat16, Precision.current == .fast,
      OneDNN.bfloat16Instructions != nil
    {
      return rounded(x, weight, bias: bias, into: y)
    }
    if weight.element == .float32 && !isLarge {
      return forward(x, weight, bias: bias, into: y)
    }
    forEachPanel(outputPanels) { forward(x, weight, bias: bias, into: y, panel: $0) }
  }

  /// The forward product of activations rounded to BF16.
  private func rounded(
    _ x: TensorStorage, _ weight: TensorStorage, bias: TensorStorage?, into y: TensorStorage
  ) {
    let halves = x.rounded()
    forEachPanel(outputPanels) { rounded(halves, weight, into: y, panel: $0) }
    guard let bias else { return }
    Workers.forEachBlock(of: rows, width: outputs) { add(bias, to: y, $0) }
  }

  /// `dx = dy W + beta dx` for `dy [rows, outputs]`.
  func inputGradients(
    _ dy: TensorStorage, _ weight: TensorStorage, into dx: TensorStorage, beta: Float
  ) {
    if weight.element == .float32 && !isLarge {
      return inputGradient(dy, weight, into: dx, beta: beta)
    }
    forEachPanel(inputPanels) { inputGradient(dy, weight, into: dx, beta: beta, panel: $0) }
  }

  /// `dW = dy^T x + beta dW`.
  func weightGradients(
    _ dy: TensorStorage, _ x: TensorStorage, into dw: TensorStorage, beta: Float
  ) {
    guard isLarge else { return weightGradient(dy, x, into: dw, beta: beta) }
    forEachPanel(outputPanels) { weightGradient(dy, x, into: dw, beta: beta, panel: $0) }
  }

  private func forEachPanel(_ panels: Int, _ body: (_ panel: Int) -> Void) {
    if isLarge { Workers.forEach(panels, body) } else { for panel in 0..<panels { body(panel) } }
  }
}
