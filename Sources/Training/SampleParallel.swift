import Tensors

/// Training with parallelism over samples and sums in a fixed order.
///
/// A batch is dealt to a fixed number of lanes. A lane adds the gradients of its samples in order
/// into its own sums; the lanes' sums meet in a fixed binary tree. Neither depends on the number
/// of threads, so the bits do not either.
public enum SampleParallel {
  /// More lanes would use more threads but move more memory; the number is part of the numerics.
  public static let lanes = 4

  /// Gradients of a batch.
  /// - Parameters:
  ///   - count: samples in the batch
  ///   - parameters: parameters whose gradients are computed
  ///   - body: computes the lane's samples, adds their gradients to the sink, and returns the sum
  ///     of what it measured (the losses), one number for each thing measured
  /// - Returns: a gradient or nil for each parameter, and the measurements summed over lanes.
  public static func gradients(
    count: Int, parameters: [Parameter],
    _ body: @Sendable (_ samples: Range<Int>, _ sink: Gradients) throws -> [Double]
  ) throws -> (gradients: [Tensor?], measured: [Double]) {
    let used = min(lanes, count)
    let results = try Workers.map(used) { lane in
      let sink = Gradients()
      let from = lane * count / used
      let to = (lane + 1) * count / used
      let measured = try body(from..<to, sink)
      return LaneResult(gradients: parameters.map { sink[$0] }, measured: measured)
    }
    let summed = try Workers.map(parameters.count) { index in
      treeSum(results.map { $0.gradients[index] })
    }
    var measured = results[0].measured
    for result in results.dropFirst() {
      for i in measured.indices { measured[i] += result.measured[i] }
    }
    return (summed, measured)
  }

  private struct LaneResult: Sendable {
    let gradients: [Tensor?]
    let measured: [Double]
  }

  /// Pairwise sum: (0 + 1) + (2 + 3).
  private static func treeSum(_ parts: [Tensor?]) -> Tensor? {
    var level = parts
    while level.count > 1 {
      level = stride(from: 0, to: level.count, by: 2).map { i in
        guard i + 1 < level.count, let right = level[i + 1] else { return level[i] }
        guard let left = level[i] else { return right }
        VectorMath.accumulate(left.storage.pointer, right.pointer, left.count)
        return left
      }
    }
    return level[0]
  }

  /// The Euclidean norm of all gradients together, each tensor's share summed in order.
  public static func globalNorm(_ gradients: [Tensor?]) -> Float {
    var total = 0.0
    for case let gradient? in gradients {
      total += Double(VectorMath.dot(gradient.pointer, gradient.pointer, gradient.count))
    }
    return Float(total.squareRoot())
  }

  /// The factor that brings the global norm down to `maximum`.
  public static func clipFactor(_ gradients: [Tensor?], maximum: Float) -> Float {
    let norm = globalNorm(gradients)
    return norm > maximum ? maximum / (norm + 1e-6) : 1
  }
}
