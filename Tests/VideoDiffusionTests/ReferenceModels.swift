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

/// NaN where anything is NaN.
func largestMagnitude(_ x: Tensor) -> Float {
  x.values.reduce(0) { $1.isNaN || $0.isNaN ? .nan : max($0, abs($1)) }
}

extension Tensor {
  /// One index of the first axis, without it.
  func row(_ index: Int) -> Tensor {
    slice(0, index..<index + 1).reshaped(Array(shape.dropFirst()))
  }

  var bits: [UInt32] { values.map(\.bitPattern) }
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
    sink.backward(from: output, cotangent: try tensor("cotangent." + key))
  }

  /// Compares attention maps of all layers; every row sums to 1.
  func checkAttentions(_ maps: [Tensor]) throws {
    #expect(names("attentions.").count == maps.count, "\(name): layers")
    for (layer, map) in maps.enumerated() {
      expectClose(
        map, try tensor("attentions.\(layer)"), forwardTolerance, "\(name): attentions.\(layer)")
      let sums = map.sum(axes: [-1]).values
      #expect(sums.allSatisfy { abs($0 - 1) <= 1e-5 }, "\(name): rows of attentions.\(layer)")
    }
  }

  /// Compares the gradients of all parameters, and the names of the parameters both ways.
  /// - Parameter buffers: what is stored and never trained
  func checkGradients(
    _ sink: Gradients, of store: ParameterStore, buffers: Set<String> = []
  ) throws {
    #expect(names("weight.") == Set(store.parameters.map(\.name)), "\(name): names")
    #expect(!names("grad.").isEmpty)
    // Some gradients are zero but for rounding: that of a bias before a norm, for one.
    let largest = try names("grad.").map { largestMagnitude(try tensor("grad.\($0)")) }.max() ?? 0
    let nothing = largest * 1e-5
    for parameter in store.parameters {
      guard has("grad." + parameter.name) else {
        let found = sink[parameter].map { $0.values.allSatisfy { $0 == 0 } } ?? true
        #expect(found, "\(name): \(parameter.name) should have no gradient")
        continue
      }
      let found = try #require(sink[parameter], "\(name): no gradient of \(parameter.name)")
      let expected = try tensor("grad." + parameter.name)
      if largestMagnitude(expected) <= nothing {
        #expect(largestMagnitude(found) <= nothing, "\(name): gradient of \(parameter.name)")
        continue
      }
      expectClose(
        found, expected, gradientTolerance, "\(name): gradient of \(parameter.name)")
    }
    for name in buffers {
      let buffer = store.parameters.first { $0.name == name }
      #expect(buffer.map { sink[$0] == nil } == true, "\(self.name): \(name)")
    }
  }
}
