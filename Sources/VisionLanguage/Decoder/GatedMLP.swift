import Layers
import Tensors

/// `down(activation(gate(x)) * up(x))` (Shazeer, 2020).
struct GatedMLP: Sendable {
  let gate: Linear
  let up: Linear
  let down: Linear
  let activation: Activation

  init(
    _ scope: ParameterScope, width: Int, inner: Int, bias: Bool, activation: Activation,
    initializer: Initializer
  ) throws {
    gate = try Linear(
      scope["gate_proj"], width, inner, bias: bias, initializer: initializer)
    up = try Linear(scope["up_proj"], width, inner, bias: bias, initializer: initializer)
    down = try Linear(scope["down_proj"], inner, width, bias: bias, initializer: initializer)
    self.activation = activation
  }

  /// `[tokens, width] -> [tokens, width]`
  func callAsFunction(_ x: Tensor) -> Tensor { down(activation(gate(x)) * up(x)) }
}
