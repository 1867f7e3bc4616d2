import Layers
import Tensors

/// The 3-layer network that maps a student's row to a teacher's (MotionEnhancer, section 3.4).
/// Trained with the student and discarded afterwards.
public struct Aligner: Sendable {
  public let store: ParameterStore
  private let layers: [Linear]

  /// - Parameter width: entries of a row, S
  public init(width: Int, key: StreamKey) throws {
    let store = ParameterStore(.random(key))
    layers = try (0..<3).map { try Linear(store.root["layers"][$0], width, width) }
    self.store = store
  }

  /// - Parameter rows: `[rows, S]`
  public func callAsFunction(_ rows: Tensor) -> Tensor {
    layers[2](layers[1](layers[0](rows).gelu()).gelu())
  }
}
