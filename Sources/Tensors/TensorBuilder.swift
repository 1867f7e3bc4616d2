import Kernels

/// A tensor that is written piece by piece, in any order, before anyone reads it.
public final class TensorBuilder: Sendable {
  private let storage: TensorStorage
  public let shape: [Int]

  /// - Parameter value: of every element that nothing is written to
  public init(_ shape: [Int], filledWith value: Float = 0) {
    self.shape = shape
    storage = TensorStorage(uninitialized: shape.product)
    storage.fill(value)
  }

  /// Writes consecutive elements, counted in row-major order. Calls for places of their own may run
  /// at the same time.
  public func write(_ values: Span<Float>, at start: Int) { storage.copy(values, at: start) }

  /// Lets `body` write a range of elements, which it counts from 0.
  public func write(_ range: Range<Int>, _ body: (inout MutableSpan<Float>) -> Void) {
    storage.withMutableSpan(of: range, body)
  }

  /// The tensor, when nothing more will be written.
  public func tensor() -> Tensor { Tensor(storage: storage, shape: shape) }
}

extension MutableSpan where Element == Float {
  /// Sets some elements.
  public mutating func fill(_ range: Range<Int>, with value: Float) {
    for index in range { self[index] = value }
  }
}
