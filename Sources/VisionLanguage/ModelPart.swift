import Layers
import Tensors

/// Parts that fine-tuning treats differently.
public enum ModelPart: String, Sendable, CaseIterable {
  case visionTower = "vision-tower"
  /// What turns the tower's tokens into the decoder's.
  case merger
  case decoder
}

extension VisionLanguageModel {
  /// All parameters of some parts in order of creation.
  public func parameters(of parts: Set<ModelPart>) -> [Parameter] {
    store.parameters.filter { parts.contains(part(ofParameter: $0.name)) }
  }
}
