import Ranks
import Tensors

/// AdamW with decoupled weight decay (Loshchilov and Hutter, 2019).
public final class AdamW {
  public let groups: [ParameterGroup]
  public let beta1: Float
  public let beta2: Float
  public let epsilon: Float
  public private(set) var step = 0
  private var beta1Power: Float = 1
  private var beta2Power: Float = 1
  private var first: [Tensor]
  private var second: [Tensor]
  private let parameters: [(parameter: Parameter, group: Int)]

  public init(
    _ groups: [ParameterGroup], beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8
  ) {
    self.groups = groups
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    parameters = groups.enumerated().flatMap { index, group in
      group.parameters.map { ($0, index) }
    }
    first = parameters.map { .zeros($0.parameter.shape) }
    second = parameters.map { .zeros($0.parameter.shape) }
  }

  /// One update. `scale` multiplies every group's learning rate (the schedule's factor) and
  /// `gradientScale` every gradient (clipping). A parameter without gradient stays as it is.
  public func update(
    _ gradients: [Tensor?], scale: Float, gradientScale: Float = 1
  ) throws {
    precondition(gradients.count == parameters.count, "a gradient or nil for every parameter")
    step += 1
    beta1Power *= beta1
    beta2Power *= beta2
    let rootCorrection = (1 - beta2Power).squareRoot()
    let stepCorrection = 1 - beta1Power
    let (b1, b2, eps) = (beta1, beta2, epsilon)
    let jobs = parameters.indices.map { (parameters[$0], first[$0], second[$0], gradients[$0]) }
    let rates = groups.map { $0.learningRate * scale }
    let decays = groups.map(\.weightDecay)
    _ = try Workers.map(jobs.count) { index in
      let ((parameter, group), m, v, gradient) = jobs[index]
      guard let gradient else { return }
      let rate = rates[group]
      let step = AdamWStep(
        beta1: b1, beta2: b2, epsilon: eps, gradientScale: gradientScale,
        keep: 1 - rate * decays[group], stepSize: rate / stepCorrection,
        rootCorrection: rootCorrection)
      parameter.update(step, first: m, second: v, gradient: gradient)
    }
  }

  // MARK: State

  /// The optimiser state: copies, not changed by later updates.
  public struct State: Sendable {
    public let step: Int
    /// In the optimiser's order.
    public let parameters: [Tensor]
    public let first: [Tensor]
    public let second: [Tensor]

    public init(step: Int, parameters: [Tensor], first: [Tensor], second: [Tensor]) {
      self.step = step
      self.parameters = parameters
      self.first = first
      self.second = second
    }
  }

  public var state: State {
    State(
      step: step, parameters: parameters.map { $0.parameter.snapshot() },
      first: first.map(Self.copy), second: second.map(Self.copy))
  }

  /// Whether a state belongs to these parameters, by number and shapes.
  public func fits(_ state: State) -> Bool {
    let shapes = parameters.map(\.parameter.shape)
    return state.step >= 0 && state.parameters.map(\.shape) == shapes
      && state.first.map(\.shape) == shapes && state.second.map(\.shape) == shapes
  }

  /// Restores a state that ``fits(_:)``: all later updates are bit-identical.
  public func restore(_ state: State) {
    precondition(fits(state), "the optimiser state belongs to other parameters")
    for (place, values) in zip(parameters, state.parameters) { place.parameter.load(values) }
    first = state.first.map(Self.copy)
    second = state.second.map(Self.copy)
    step = state.step
    (beta1Power, beta2Power) = (1, 1)
    // By the same products as on the way here; a power would round differently.
    for _ in 0..<state.step {
      beta1Power *= beta1
      beta2Power *= beta2
    }
  }

  private static func copy(_ tensor: Tensor) -> Tensor {
    Tensor(shape: tensor.shape, values: tensor.values)
  }

  /// All parameters in this optimiser's order.
  public var orderedParameters: [Parameter] { parameters.map(\.parameter) }
}
