import Layers
import Tensors
import TestSupport
import Testing

/// Of the largest magnitude, for every element of an output.
let forwardTolerance: Float = 1e-4
/// Of the largest magnitude, for every element of a gradient.
let gradientTolerance: Float = 1e-3

func expectClose(
  _ found: Tensor, _ expected: Tensor, _ tolerance: Float, _ what: String,
  _ location: SourceLocation = #_sourceLocation
) {
  let closeness = Closeness(found, expected)
  #expect(closeness.isWithin(tolerance), "\(what): \(closeness)", sourceLocation: location)
}

extension ReferenceFixture {
  /// Finds parameters in the fixture; a parameter that is missing or has another shape fails.
  var parameters: ParameterSource {
    .lookup { name, shape in
      let found = try tensor("weight." + name)
      #expect(found.shape == shape, "\(self.name): \(name)")
      return found
    }
  }

  /// Checks an output, and adds the gradient of its product with its cotangent to the sink.
  func check(_ output: Tensor, _ key: String, _ sink: Gradients) throws {
    expectClose(output, try tensor("out." + key), forwardTolerance, "\(name): \(key)")
    sink.backward(from: output, cotangent: try tensor("in.\(key)_cotangent"))
  }

  /// Compares the gradients of all parameters, and the names of the parameters both ways.
  func checkGradients(_ sink: Gradients, of store: ParameterStore) throws {
    #expect(names("weight.") == Set(store.parameters.map(\.name)), "\(name): names")
    #expect(!names("grad.").isEmpty)
    for parameter in store.parameters {
      guard has("grad." + parameter.name) else {
        let found = sink[parameter].map { $0.values.allSatisfy { $0 == 0 } } ?? true
        #expect(found, "\(name): \(parameter.name) should have no gradient")
        continue
      }
      let found = try #require(sink[parameter], "\(name): no gradient of \(parameter.name)")
      expectClose(
        found, try tensor("grad." + parameter.name), gradientTolerance,
        "\(name): gradient of \(parameter.name)")
    }
  }
}
