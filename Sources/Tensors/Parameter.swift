import Kernels
import Ranks

/// A trainable tensor with the name it has in the checkpoint.
///
/// Only its owner, the optimiser, changes its values, and never while a model runs. Read from a
/// checkpoint it uses the stored numbers where they lie, until the first change makes a float32
/// copy of them.
public final class Parameter: @unchecked Sendable {
  public let name: String
  public private(set) var data: Tensor
  /// Frozen parameters record nothing and get no gradient.
  public var isTrainable: Bool {
    didSet {
      precondition(!isTrainable || !isSealed, "\(name) is sealed: train a copy of the model")
    }
  }
  private var isSealed = false
  let node = GradientNode(inputs: [], backward: nil)

  public init(name: String, _ data: Tensor, isTrainable: Bool = true) {
    self.name = name
    self.data = data.detached()
    self.isTrainable = isTrainable
  }

  public var shape: [Int] { data.shape }
  public var count: Int { data.count }

  /// What is added to the values wherever they are used; nil for nothing.
  public var adapter: (any WeightAdapter)?

  /// The value to compute with.
  public var tensor: Tensor {
    guard let adapter else { return base }
    return (data.storage.element == .float32 ? base : base.widened()) + adapter.change
  }

  /// The value without what an adapter adds.
  public var base: Tensor {
    guard isTrainable, Recording.isEnabled else { return data }
    return Tensor(storage: data.storage, shape: data.shape, gradientNode: node)
  }

  /// Freezes for good: the parameter of a model that others share.
  public func seal() {
    isTrainable = false
    isSealed = true
  }

  /// Replaces the values (loading a checkpoint).
  public func load(_ values: Tensor) {
    precondition(values.shape == shape, "\(name): \(values.shape) loaded into \(shape)")
    data = values.detached()
    ownsStorage = false
  }

  /// Changes the values in place. Makes the storage its own first.
  public func update(_ body: (inout MutableSpan<Float>) -> Void) {
    own()
    data.storage.withMutableSpan(body)
    data.storage.dropCopies()
  }

  /// Changes the values in place by a step of AdamW, and its moments, which belong to the optimiser
  /// alone.
  public func update(_ step: AdamWStep, first: Tensor, second: Tensor, gradient: Tensor) {
    precondition(
      [first.shape, second.shape, gradient.shape].allSatisfy { $0 == shape },
      "\(name): moments \(first.shape), \(second.shape), gradient \(gradient.shape) for \(shape)")
    own()
    step.update(
      data.storage, first: first.storage, second: second.storage, gradient: gradient.storage)
    data.storage.dropCopies()
  }

  private func own() {
    if !ownsStorage {
      data = data.copied()
      ownsStorage = true
    }
  }
  private var ownsStorage = false

  /// The current values as float32, not touched by later updates.
  public func snapshot() -> Tensor { data.copied() }

  /// Lets the system have the memory of stored numbers back until they are needed again.
  public func releasePages() { data.storage.releasePages() }
}

/// A change of the weight of a linear layer, `[out, in]`, that is kept apart from it.
public protocol WeightAdapter: AnyObject, Sendable {
  /// What is added to the weight, `[out, in]`.
  var change: Tensor { get }
  /// What the change adds to the outputs: `[..., in]` -> `[..., out]`.
  func callAsFunction(_ x: Tensor) -> Tensor
}

/// Whether work records how gradients pass through it.
public enum Recording: WorkKey {
  public static let defaultValue = true

  public static var isEnabled: Bool { WorkContext.value(Recording.self) }
}

/// Runs `body`, with all threads that it starts, without recording gradients.
public func withoutGradients<T>(_ body: () throws -> T) rethrows -> T {
  try WorkContext.with(Recording.self, false, body)
}
