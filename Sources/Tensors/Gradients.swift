import Kernels
import Synchronization

/// One recorded operation: which nodes it came from and how a gradient passes through it.
public final class GradientNode: @unchecked Sendable {
  public typealias Backward = @Sendable (_ gradient: Tensor, _ sink: Gradients) -> Void

  let order: UInt64
  let inputs: [GradientNode]
  let backward: Backward?

  init(inputs: [GradientNode], backward: Backward?) {
    order = GradientNode.counter.wrappingAdd(1, ordering: .relaxed).newValue
    self.inputs = inputs
    self.backward = backward
  }

  /// One counter for all graphs: no result sees the numbers, only their order within a graph, in
  /// which an operation comes after its inputs.
  private static let counter = Atomic<UInt64>(0)
}

extension Tensor {
  /// This tensor with the rule for going back to `inputs`.
  public func recording(
    _ inputs: [GradientNode], _ backward: @escaping GradientNode.Backward
  ) -> Tensor {
    Tensor(
      storage: storage, shape: shape,
      gradientNode: GradientNode(inputs: inputs, backward: backward))
  }
}

/// Gradients of one or more scalars with respect to the leaves they depend on, added up in the
/// order of the calls. One object belongs to one worker.
public final class Gradients {
  private struct Slot {
    var tensor: Tensor
    /// Whether the storage belongs to this slot alone, so that it may be added to in place.
    var isOwned: Bool
  }
  private var slots: [ObjectIdentifier: Slot] = [:]

  public init() {}

  /// Adds the gradient of `loss` (one element) times `seed` to every leaf it depends on.
  public func backward(from loss: Tensor, seed: Float = 1) {
    precondition(loss.count == 1, "backward from a tensor of shape \(loss.shape)")
    backward(from: loss, cotangent: Tensor.full(loss.shape, seed))
  }

  /// Adds the gradient of `sum(output * cotangent)` to every leaf.
  public func backward(from output: Tensor, cotangent: Tensor) {
    precondition(
      output.shape == cotangent.shape, "cotangent \(cotangent.shape) of \(output.shape)")
    guard let root = output.gradientNode else { return }
    add(cotangent, to: root)
    for node in Gradients.reachable(from: root) {
      guard let backward = node.backward else { continue }
      guard let slot = slots.removeValue(forKey: ObjectIdentifier(node)) else { continue }
      backward(slot.tensor, self)
    }
  }

  /// Nodes that `root` depends on, newest first. An operation is always newer than its inputs.
  private static func reachable(from root: GradientNode) -> [GradientNode] {
    var seen: Set<ObjectIdentifier> = [ObjectIdentifier(root)]
    var found = [root]
    var next = 0
    while next < found.count {
      for input in found[next].inputs where seen.insert(ObjectIdentifier(input)).inserted {
        found.append(input)
      }
      next += 1
    }
    return found.sorted { $0.order > $1.order }
  }

  /// Adds a contribution. `owned` says that nobody else will read or write its storage.
  public func add(_ gradient: Tensor, to node: GradientNode?, owned: Bool = false) {
    guard let node else { return }
    let key = ObjectIdentifier(node)
    guard let slot = slots[key] else {
      // A leaf's sum outlives the graph, so it never shares storage with it.
      let copies = node.backward == nil && !owned
      slots[key] = Slot(
        tensor: copies ? gradient.copied() : gradient.detached(), isOwned: owned || copies)
      return
    }
    if slot.isOwned {
      slot.tensor.accumulate(gradient)
    } else {
      slots[key] = Slot(tensor: slot.tensor.adding(gradient), isOwned: true)
    }
  }

  /// Lets `body` write or add a contribution in place: with `beta` 0 the memory is undefined and
  /// must be overwritten, with 1 the contribution must be added to what is there.
  func accumulate(
    to node: GradientNode?, shape: [Int],
    _ body: (_ sum: TensorStorage, _ beta: Float) -> Void
  ) {
    guard let node else { return }
    let key = ObjectIdentifier(node)
    if let slot = slots[key], slot.isOwned {
      body(slot.tensor.storage, 1)
    } else {
      add(.computed(shape) { body($0, 0) }, to: node, owned: true)
    }
  }

  /// The gradient of a leaf; nil when nothing reached it.
  public subscript(_ parameter: Parameter) -> Tensor? {
    get { slots[ObjectIdentifier(parameter.node)]?.tensor }
    set {
      slots[ObjectIdentifier(parameter.node)] = newValue.map { Slot(tensor: $0, isOwned: false) }
    }
  }
}

extension Tensor {
  func copied() -> Tensor {
    .computed(shape) { storage.widen(0..<count, into: $0, at: 0) }
  }

  /// Elementwise sum of equal shapes without history.
  func adding(_ other: Tensor) -> Tensor {
    let result = copied()
    result.accumulate(other)
    return result
  }

  /// Adds another tensor's elements to these in place, for the sole owner of this one: a sum that
  /// nobody else has seen yet.
  public func accumulate(_ other: Tensor) {
    precondition(count == other.count, "\(other.shape) added to \(shape)")
    Elementwise.accumulate(storage, other.storage, 0..<count)
  }
}
