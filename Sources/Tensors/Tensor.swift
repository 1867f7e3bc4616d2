import Kernels

/// A dense array in row-major order, with the history that gradients need. It holds float32, except
/// for weights that stay in the type and in the mapped file they are stored in (``StoredElement``).
///
/// A tensor never changes after it is made. Reshaping shares the storage; every other operation
/// writes a new one. An operation records how to go backwards when one of its inputs has a
/// ``gradientNode``, that is, when it depends on a trainable ``Parameter``.
public struct Tensor: Sendable {
  public let storage: TensorStorage
  public let shape: [Int]
  public let gradientNode: GradientNode?

  /// Wraps storage that holds exactly the elements of `shape`.
  public init(storage: TensorStorage, shape: [Int], gradientNode: GradientNode? = nil) {
    precondition(
      storage.count == shape.product, "storage of \(storage.count) floats for shape \(shape)")
    self.storage = storage
    self.shape = shape
    self.gradientNode = gradientNode
  }

  /// Elements in row-major order.
  public init(shape: [Int], values: [Float]) {
    precondition(values.count == shape.product, "\(values.count) values for shape \(shape)")
    let storage = TensorStorage(uninitialized: values.count)
    storage.copy(values)
    self.init(storage: storage, shape: shape)
  }

  /// Elements written by `body`, which must fill all of them.
  public init(
    shape: [Int], _ body: (_ elements: inout MutableSpan<Float>) throws -> Void
  ) rethrows {
    let storage = TensorStorage(uninitialized: shape.product)
    try storage.withMutableSpan(body)
    self.init(storage: storage, shape: shape)
  }

  /// Elements written by a kernel, which must fill all of them.
  static func computed(
    _ shape: [Int], _ body: (_ out: TensorStorage) throws -> Void
  ) rethrows -> Tensor {
    let storage = TensorStorage(uninitialized: shape.product)
    try body(storage)
    return Tensor(storage: storage, shape: shape)
  }

  public init(_ scalar: Float) { self.init(shape: [], values: [scalar]) }

  public static func zeros(_ shape: [Int]) -> Tensor { full(shape, 0) }

  public static func full(_ shape: [Int], _ value: Float) -> Tensor {
    computed(shape) { $0.fill(value) }
  }

  public var count: Int { storage.count }
  public var rank: Int { shape.count }

  /// A copy of the elements in row-major order.
  public var values: [Float] { storage.values }

  /// Calls `body` with the elements in row-major order, without copying them.
  public func withElements<Result>(_ body: (Span<Float>) throws -> Result) rethrows -> Result {
    try storage.withSpan(body)
  }

  /// The value of a tensor of one element.
  public var scalar: Float {
    precondition(count == 1, "scalar of a tensor of shape \(shape)")
    return storage[0]
  }

  /// The element at one index for each axis.
  public subscript(_ index: Int...) -> Float {
    precondition(index.count == rank, "\(index.count) indices for shape \(shape)")
    var offset = 0
    for (i, extent) in zip(index, shape) {
      precondition(i >= 0 && i < extent, "index \(index) outside shape \(shape)")
      offset = offset * extent + i
    }
    return storage[offset]
  }

  /// The extent of an axis; negative axes count from the end.
  public func extent(_ axis: Int) -> Int { shape[axis < 0 ? axis + rank : axis] }

  /// The same elements without history: gradients stop here.
  public func detached() -> Tensor { Tensor(storage: storage, shape: shape) }

  /// The same elements in another shape; one extent may be -1.
  public func reshaped(_ newShape: [Int]) -> Tensor {
    var resolved = newShape
    if let hole = newShape.firstIndex(of: -1) {
      let known = newShape.reduce(1) { $1 == -1 ? $0 : $0 * $1 }
      resolved[hole] = known == 0 ? 0 : count / known
    }
    precondition(resolved.product == count, "reshape of \(shape) to \(newShape)")
    let result = Tensor(storage: storage, shape: resolved)
    guard let node = gradientNode else { return result }
    let original = shape
    return result.recording([node]) { gradient, sink in
      sink.add(gradient.reshaped(original), to: node)
    }
  }

  public var allFinite: Bool { storage.allFinite }
}
