import Foundation
import TestSupport
import Tensors
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
      positive: Bool = false, _ reference: @escaping @Sendable (Double) -> Double
    ) {
      testDescription = name
      self.apply = apply
      self.reference = reference
      self.positive = positive
    }
  }

  static let functions = [
    Function("exp", { $0.exp() }, Foundation.exp),
    Function("tanh", { $0.tanh() }, Foundation.tanh),
    Function("erf", { $0.erf() }, Foundation.erf),
    Function("sin", { $0.sin() }, Foundation.sin),
    Function("cos", { $0.cos() }, Foundation.cos),
    Function("log", { $0.log() }, positive: true, Foundation.log),
    Function("squareRoot", { $0.squareRoot() }, positive: true) { $0.squareRoot() },
    Function("squared", { $0.squared() }) { $0 * $0 },
    Function("sigmoid", { $0.sigmoid() }) { 1 / (1 + Foundation.exp(-$0)) },
    Function("silu", { $0.silu() }) { $0 / (1 + Foundation.exp(-$0)) },
    Function("relu", { $0.relu() }) { max($0, 0) },
    Function("absolute", { $0.absolute() }) { abs($0) },
    Function("gelu", { $0.gelu() }) { 0.5 * $0 * (1 + Foundation.erf($0 / 2.0.squareRoot())) },
    Function("geluTanh", { $0.geluTanh() }) { x in
      0.5 * x * (1 + Foundation.tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    },
    Function("plus a number", { $0 + 1.5 }) { $0 + 1.5 },
    Function("minus a number", { $0 - 1.5 }) { $0 - 1.5 },
    Function("times a number", { 1.5 * $0 }) { $0 * 1.5 },
    Function("over a number", { $0 / 1.5 }) { $0 / 1.5 },
    Function("negative", { -$0 }) { -$0 },
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
