import Tensors

/// Keeps the activations of one or several passes by address, without history.
public final class CollectedActivations {
  private var tensors: [String: [Tensor]] = [:]

  public init() {}

  /// A probe that adds to the collection.
  public func probe(_ selection: ActivationSelection) -> Probe {
    Probe(selection) { point, activation in self.add(activation, at: point) }
  }

  public func add(_ activation: Tensor, at point: ActivationPoint) {
    tensors[point.address, default: []].append(activation.detached())
  }

  /// What was recorded at an address, in the order of the passes.
  public func all(at address: String) -> [Tensor] { tensors[address] ?? [] }

  /// What was recorded at an address. Several records (one for each image, say) are joined
  /// along the batch.
  /// - Returns: nil if nothing was recorded, or records whose shapes differ
  public subscript(_ address: String) -> Tensor? {
    let found = all(at: address)
    guard let first = found.first else { return nil }
    if found.count == 1 { return first }
    guard found.allSatisfy({ $0.shape.dropFirst() == first.shape.dropFirst() }) else { return nil }
    return Tensor.concatenate(found, axis: 0)
  }
}
