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
    didSet { precondition(!isTrainable || !isSealed, "\(name) is sealed: train a copy of the model") }
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

  /// Changes the values in place (an optimiser's step). Makes the storage its own first.
  public func update(_ body: (UnsafeMutablePointer<Float>) -> Void) {
    if !ownsStorage {
      data = data.copied()
      ownsStorage = true
    }
    body(data.storage.pointer)
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

/// Switches the recording of gradients off for a piece of work.
public enum Recording {
  @TaskLocal public static var isEnabled = true
}

/// Runs `body` without recording gradients.
public func withoutGradients<T>(_ body: () throws -> T) rethrows -> T {
  try Recording.$isEnabled.withValue(false) { try body() }
}
