import Kernels
import Ranks

extension Tensor {
  /// The type in which the elements lie in memory.
  public var element: StoredElement { storage.element }

  /// These elements as float32 without history: this tensor itself, or a copy that nobody keeps.
  public func widened() -> Tensor {
    if element == .float32 { return detached() }
    return .computed(shape) { out in
      Workers.forEachBlock(of: count) { storage.widen($0, into: out, at: $0.lowerBound) }
    }
  }

  /// Lets the system have the memory of mapped elements back until they are needed again.
  public func releasePages() { storage.releasePages() }
}
