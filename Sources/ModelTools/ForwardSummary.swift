public import JSON

/// What `merepl forward` ran and wrote.
public struct ForwardSummary: Sendable {
  public let className: String
  public let output: String
  /// In the order of the model: outputs, attention maps, activations, gradients. All are F32.
  public let tensors: [(name: String, shape: [Int])]

  /// One line for each output; attention maps and gradients are counted.
  public var lines: [String] {
    let (attentions, gradients) = ("attentions.", "grad.")
    func counted(_ prefix: String, _ what: String) -> [String] {
      let found = tensors.filter { $0.name.hasPrefix(prefix) }
      guard let first = found.first else { return [] }
      return found.count == 1
        ? ["\(first.name) \(first.shape)"]
        : ["\(first.name) \(first.shape) and \(found.count - 1) more \(what)"]
    }
    return tensors.filter { !$0.name.hasPrefix(attentions) && !$0.name.hasPrefix(gradients) }
      .map { "\($0.name) \($0.shape)" }
      + counted(attentions, "layers") + counted(gradients, "gradients")
  }

  public var json: JSONValue {
    [
      "class": .string(className),
      "file": .string(output),
      "tensors": .array(
        tensors.map {
          ["name": .string($0.name), "dtype": "F32", "shape": .array($0.shape.map { .int($0) })]
        }),
    ]
  }
}
