import Tensors

/// What an operation got wrong.
public struct OperationMismatch: Error, CustomStringConvertible, Sendable {
  public let description: String
}

/// Compares an operation with a straightforward reference in double precision: its values
/// elementwise, and its gradients with central differences of the reference. It also demands that
/// the values have the same bits without recording, and that a second backward pass doubles the
/// gradients. NaN never passes.
/// - Parameters:
///   - inputs: the point of comparison; away from kinks, or the differences are meaningless
///   - constant: positions of inputs that get no gradient
///   - tolerance: on values, relative to 1 + |reference|
///   - gradientTolerance: on gradients, likewise
public func checkOperation(
  _ name: String, _ inputs: [Tensor], constant: Set<Int> = [], tolerance: Double = 1e-5,
  gradientTolerance: Double = 3e-5, _ operation: ([Tensor]) -> Tensor,
  reference: ([Grid]) -> Grid
) throws {
  let label = "\(name) of \(inputs.map(\.shape))"
  let parameters = inputs.enumerated().map {
    Parameter(name: "input \($0.offset)", $0.element, isTrainable: !constant.contains($0.offset))
  }
  let result = operation(parameters.map(\.tensor))
  let exact = inputs.map { Grid($0) }
  let expected = reference(exact)
  try compare("\(label): value", result, expected, tolerance)
  let silent = withoutGradients { operation(parameters.map(\.tensor)) }
  guard silent.values.map(\.bitPattern) == result.values.map(\.bitPattern) else {
    throw OperationMismatch(description: "\(label): recording changes the bits")
  }

  let cotangent = Tensor.uniform(
    result.shape, in: -1...1, key: StreamKey(seed: 1, command: "cotangent"))
  let weights = cotangent.values.map(Double.init)
  func objective(_ inputs: [Grid]) -> Double {
    zip(reference(inputs).values, weights).reduce(0) { $0 + $1.0 * $1.1 }
  }
  let gradients = Gradients()
  for pass in 1...2 {
    gradients.backward(from: result, cotangent: cotangent)
    for (i, parameter) in parameters.enumerated() where !constant.contains(i) {
      if inputs[i].count == 0 { continue }
      guard let gradient = gradients[parameter] else {
        throw OperationMismatch(description: "\(label): no gradient of input \(i)")
      }
      let numeric = derivative(of: objective, exact, with: i).map { $0 * Double(pass) }
      try compare(
        "\(label): gradient of input \(i), pass \(pass)", gradient, numeric,
        gradientTolerance * Double(pass))
    }
  }
}

/// Central differences of `objective` with respect to the elements of one input.
private func derivative(of objective: ([Grid]) -> Double, _ inputs: [Grid], with i: Int) -> Grid {
  var moved = inputs
  let values = inputs[i].values.indices.map { j in
    let x = inputs[i].values[j]
    let step = 1e-5 * max(1, abs(x))
    moved[i].values[j] = x + step
    let above = objective(moved)
    moved[i].values[j] = x - step
    let below = objective(moved)
    moved[i].values[j] = x
    return (above - below) / (2 * step)
  }
  return Grid(shape: inputs[i].shape, values: values)
}

/// Throws unless every element is within `tolerance (1 + |expected|)`.
public func compare(
  _ label: String, _ got: Tensor, _ expected: Grid, _ tolerance: Double
) throws {
  guard got.shape == expected.shape else {
    throw OperationMismatch(
      description: "\(label): shape \(got.shape) instead of \(expected.shape)")
  }
  for (i, (a, b)) in zip(got.values, expected.values).enumerated() {
    if !(abs(Double(a) - b) <= tolerance * (1 + abs(b))) {
      throw OperationMismatch(description: "\(label): \(a) instead of \(b) at element \(i)")
    }
  }
}
