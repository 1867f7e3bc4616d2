import Tensors

/// Parameters that share a learning rate and a weight decay.
public struct ParameterGroup: Sendable {
  public var name: String
  public var parameters: [Parameter]
  public var learningRate: Float
  public var weightDecay: Float

  public init(
    name: String, parameters: [Parameter], learningRate: Float, weightDecay: Float
  ) {
    self.name = name
    self.parameters = parameters
    self.learningRate = learningRate
    self.weightDecay = weightDecay
  }
}
