import Kernels
import Ranks

extension Tensor {
  /// Convolution over frames, height and width with zero padding (cross-correlation, as in every
  /// deep-learning library), as matrix products over columns.
  ///
  /// A causal convolution in time pads `(kt - 1, 0)` here or repeats the first frame with
  /// ``padFrames(repeatingFirst:)`` before.
  /// - Parameters:
  ///   - weight: `[out, channels, kt, kh, kw]`
  ///   - bias: `[out]`
  ///   - padding: zeros before and after frames, height and width
  /// - Returns: `[batch, out, frames', height', width']` for
  ///   `self [batch, channels, frames, height, width]`.
  public func conv3d(
    _ weight: Tensor, _ bias: Tensor? = nil, stride: (Int, Int, Int) = (1, 1, 1),
    padding: [(before: Int, after: Int)] = [(0, 0), (0, 0), (0, 0)]
  ) -> Tensor {
    precondition(
      rank == 5 && weight.rank == 5 && weight.shape[1] == shape[1] && padding.count == 3
        && (bias == nil || bias?.shape == [weight.shape[0]]),
      "conv3d: input \(shape), weight \(weight.shape), bias \(bias?.shape ?? [])")
    let geometry = ConvolutionGeometry(
      input: Array(shape[2...]), channels: shape[1], kernel: Array(weight.shape[2...]),
      stride: [stride.0, stride.1, stride.2], padding: padding)
    let convolution = Convolution(
      batch: shape[0], outputs: weight.shape[0], geometry: geometry)
    let result = Tensor.computed([shape[0], weight.shape[0]] + geometry.output) { out in
      convolution.forward(self, weight, bias, into: out)
    }
    let inputs = [gradientNode, weight.gradientNode, bias?.gradientNode].compactMap { $0 }
    if inputs.isEmpty { return result }
    let (x, w) = (detached(), weight.detached())
    let (nodeX, nodeW, nodeB) = (gradientNode, weight.gradientNode, bias?.gradientNode)
    return result.recording(inputs) { gradient, sink in
      let dy = gradient.storage
      sink.accumulate(to: nodeX, shape: x.shape) { sum, beta in
        if beta == 0 { sum.fill(0) }
        convolution.inputGradient(dy, w.widened().storage, addingTo: sum)
      }
      sink.accumulate(to: nodeW, shape: w.shape) { sum, beta in
        if beta == 0 { sum.fill(0) }
        convolution.weightGradient(dy, x.storage, addingTo: sum)
      }
      sink.accumulate(to: nodeB, shape: [w.shape[0]]) { sum, beta in
        if beta == 0 { sum.fill(0) }
        convolution.biasGradient(dy, addingTo: sum)
      }
    }
  }

  /// Convolution over height and width.
  /// - Parameter weight: `[out, channels, kh, kw]`
  /// - Returns: `[batch, out, height', width']` for `self [batch, channels, height, width]`.
  public func conv2d(
    _ weight: Tensor, _ bias: Tensor? = nil, stride: (Int, Int) = (1, 1),
    padding: [(before: Int, after: Int)] = [(0, 0), (0, 0)]
  ) -> Tensor {
    precondition(rank == 4 && weight.rank == 4, "conv2d: input \(shape), weight \(weight.shape)")
    let y = insertingAxis(2).conv3d(
      weight.insertingAxis(2), bias, stride: (1, stride.0, stride.1), padding: [(0, 0)] + padding)
    return y.reshaped(y.shape.removing(2))
  }

  /// Convolution over one axis.
  /// - Parameter weight: `[out, channels, kernel]`
  /// - Returns: `[batch, out, width']` for `self [batch, channels, width]`.
  public func conv1d(
    _ weight: Tensor, _ bias: Tensor? = nil, stride: Int = 1,
    padding: (before: Int, after: Int) = (0, 0)
  ) -> Tensor {
    precondition(rank == 3 && weight.rank == 3, "conv1d: input \(shape), weight \(weight.shape)")
    let y = insertingAxis(2).conv2d(
      weight.insertingAxis(2), bias, stride: (1, stride), padding: [(0, 0), padding])
    return y.reshaped(y.shape.removing(2))
  }

  /// This `[batch, channels, frames, height, width]` with its first frame repeated `count` times
  /// more in front, the padding of causal video convolutions.
  public func padFrames(repeatingFirst count: Int) -> Tensor {
    precondition(rank == 5 && shape[2] > 0, "no first frame to repeat in \(shape)")
    if count == 0 { return self }
    let first = slice(2, 0..<1)
    return .concatenate([Tensor](repeating: first, count: count) + [self], axis: 2)
  }

  private func insertingAxis(_ axis: Int) -> Tensor {
    reshaped(Array(shape[..<axis]) + [1] + Array(shape[axis...]))
  }
}

extension [Int] {
  fileprivate func removing(_ index: Int) -> [Int] {
    Array(self[..<index]) + Array(self[(index + 1)...])
  }
}

extension Convolution {
  /// Whether the work is worth more than one thread.
  private var isLarge: Bool { operations >= Workers.leastOperations }

  fileprivate func forward(
    _ input: Tensor, _ weight: Tensor, _ bias: Tensor?, into y: TensorStorage
  ) {
    if weight.element == .bfloat16, Precision.current == .fast,
      OneDNN.bfloat16Instructions != nil, isLarge
    {
      return rounded(input, weight, bias, into: y)
    }
    // Kernels are small beside what they are applied to: a stored one is widened for the call.
    let (x, w) = (input.storage, weight.widened().storage)
    if let bias = bias?.storage {
      Workers.forEachPart(of: planes, width: plane) { fill(y, bias: bias, planes: $0, $1) }
    }
    let beta: Float = bias == nil ? 0 : 1
    guard isLarge else { return forward(x, w, into: y, beta: beta) }
    Workers.forEach(pieces) { forward(x, w, into: y, beta: beta, piece: $0) }
  }

  /// The same with inputs rounded to BF16 and a kernel that is stored so (``Precision/fast``).
  private func rounded(
    _ input: Tensor, _ weight: Tensor, _ bias: Tensor?, into y: TensorStorage
  ) {
    let halves = input.storage.rounded()
    Workers.forEach(roundedPieces) { rounded(halves, weight.storage, into: y, piece: $0) }
    guard let bias = bias?.storage else { return }
    Workers.forEachPart(of: planes, width: plane) { add(bias, to: y, planes: $0, $1) }
  }
}
