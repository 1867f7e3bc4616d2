import Diagnostics
import Tensors

extension ForwardInputs {
  /// A tensor of numbers of a rank; the model checks the extents.
  func tensor(_ name: String, rank: Int) throws -> Tensor {
    try tensor(
      name, shape: [Int?](repeating: nil, count: rank), "\(rank) \(rank == 1 ? "axis" : "axes")")
  }

  /// The gradients of `sum(output * cotangent)`, if they are wanted. A cotangent is checked even
  /// where no gradients are wanted.
  func gradients(
    of output: Tensor, named name: String, _ request: ForwardRequest
  ) throws -> Gradients? {
    let cotangent = try tensorIfPresent(
      "cotangent", shape: output.shape, "\(output.shape), the shape of \(name)")
    guard request.gradients else { return nil }
    guard let cotangent else { throw noCotangent(of: name) }
    let gradients = Gradients()
    gradients.backward(from: output, cotangent: cotangent)
    return gradients
  }

  func noCotangent(of name: String) -> CommandError {
    ForwardError.missing(
      "\(path): --gradients needs \"cotangent\", the gradient of the loss with respect to \(name)",
      suggestion: "add a tensor \"cotangent\" with the shape of \(name)")
  }
}
