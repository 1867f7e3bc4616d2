import Foundation
import Tensors
import TestSupport
import Testing

/// Functions of single elements, on every length around the width of a vector.
@Suite struct ElementwiseTests {
  struct Function: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let apply: @Sendable (Tensor) -> Tensor
    let reference: @Sendable (Double) -> Double
    var positive = false

    init(
      _ name: String, _ apply: @escaping @Sendable (Tensor) -> Tensor,
      positive: Bool = false, reference: @escaping @Sendable (Double) -> Double
    ) {
      testDescription = name
      self.apply = apply
      self.reference = reference
      self.positive = positive
    }
  }

  static let functions = [
    Function("exp", { $0.exp() }, reference: Foundation.exp),
    Function("tanh", { $0.tanh() }, reference: Foundation.tanh),
    Function("erf", { $0.erf() }, reference: Foundation.erf),
    Function("sin", { $0.sin() }, reference: Foundation.sin),
    Function("cos", { $0.cos() }, reference: Foundation.cos),
    Function("log", { $0.log() }, positive: true, reference: Foundation.log),
    Function(
      "squareRoot", { $0.squareRoot() }, positive: true, reference: { $0.squareRoot() }),
    Function("squared", { $0.squared() }, reference: { $0 * $0 }),
    Function("sigmoid", { $0.sigmoid() }, reference: { 1 / (1 + Foundation.exp(-$0)) }),
    Function("silu", { $0.silu() }, reference: { $0 / (1 + Foundation.exp(-$0)) }),
    Function("relu", { $0.relu() }, reference: { max($0, 0) }),
    Function("absolute", { $0.absolute() }, reference: { abs($0) }),
    Function(
      "gelu", { $0.gelu() },
      reference: { 0.5 * $0 * (1 + Foundation.erf($0 / 2.0.squareRoot())) }),
    Function(
      "geluTanh", { $0.geluTanh() },
      reference: { x in
        let inner = (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)
        return 0.5 * x * (1 + Foundation.tanh(inner))
      }),
    Function("plus a number", { $0 + 1.5 }, reference: { $0 + 1.5 }),
    Function("minus a number", { $0 - 1.5 }, reference: { $0 - 1.5 }),
    Function("times a number", { 1.5 * $0 }, reference: { $0 * 1.5 }),
    Function("over a number", { $0 / 1.5 }, reference: { $0 / 1.5 }),
    Function("negative", { -$0 }, reference: { -$0 }),
  ]

  @Test(arguments: functions) func valueAndGradient(_ function: Function) throws {
    for length in 0...33 {
      var x = drawAwayFromZero([length], length)
      if function.positive { x = x.absolute() }
      try checkOperation(
        function.testDescription, [x], { function.apply($0[0]) },
        reference: { $0[0].map(function.reference) })
    }
  }

  @Test func absoluteHasNoGradientAtZero() {
    let p = Parameter(name: "p", .zeros([1]))
    let gradients = Gradients()
    gradients.backward(from: p.tensor.absolute().sum())
    #expect(gradients[p]?.scalar == 0)
  }

  /// The scalar tail and the vectors of a long row give one element the same bits.
  @Test(arguments: functions) func bitsDoNotDependOnThePlace(_ function: Function) {
    let x = drawAwayFromZero([40]).absolute()
    let whole = bits(function.apply(x))
    for i in 0..<40 {
      #expect(bits(function.apply(x.slice(0, i..<i + 1))) == [whole[i]])
    }
  }
}
