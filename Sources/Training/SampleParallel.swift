import Ranks
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
    let ranges = Lanes.ranges(count, lanes: lanes)
    let results = try Workers.map(ranges.count) { lane in
      let sink = Gradients()
      let measured = try body(ranges[lane], sink)
      return LaneResult(gradients: parameters.map { sink[$0] }, measured: measured)
    }
    let summed = try Workers.map(parameters.count) { index in
      FixedTree.sum(results.map { $0.gradients[index] }) { left, right in
        left.accumulate(right)
        return left
      }
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

  /// The Euclidean norm of all gradients together, each tensor's share summed in order.
  public static func globalNorm(_ gradients: [Tensor?]) throws -> Float {
    let squares = try Workers.map(gradients.count) { Double(gradients[$0]?.sumOfSquares ?? 0) }
    return Float(squares.reduce(0, +).squareRoot())
  }

  /// The factor that brings the global norm down to `maximum`.
  public static func clipFactor(_ gradients: [Tensor?], maximum: Float) throws -> Float {
    let norm = try globalNorm(gradients)
    return norm > maximum ? maximum / (norm + 1e-6) : 1
  }
}
