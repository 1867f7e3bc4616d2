public import Layers
public import Tensors

extension TensorSource {
  /// Fills parameters with the tensors stored under their names, all or none.
  ///
  /// - Parameters:
  ///   - keys: from a parameter's name to the name in the checkpoint.
  ///   - ignored: stored names that may stay unused, such as those of another component.
  /// - Throws: ``CheckpointError/mismatch(location:_:)`` listing every missing, unused and
  ///   wrongly shaped tensor at once.
  public func load(
    into parameters: [Parameter], keys: KeyMap = KeyMap(),
    ignored: (String) -> Bool = { _ in false }
  ) throws {
    let report = KeyReport(
      expected: parameters.map { ($0.name, $0.shape) }, source: self, keys: keys,
      ignored: ignored)
    guard report.isEmpty else { throw CheckpointError.mismatch(location: location, report) }
    let tensors = try parameters.map { try tensor(keys($0.name)) }
    for (parameter, tensor) in zip(parameters, tensors) { parameter.load(tensor) }
  }
}

extension SafetensorsWriter {
  /// Writes the values of parameters under their names, as F32.
  public static func write(
    _ parameters: [Parameter], metadata: [String: String] = [:], to path: String
  ) throws {
    try write(parameters.map { Entry($0.name, $0.data) }, metadata: metadata, to: path)
  }
}

extension ParameterSource {
  /// The tensors of a checkpoint, after comparing all names, shapes and types with those that a
  /// model expects.
  /// - Parameters:
  ///   - ignored: stored names that may stay unused
  ///   - build: builds the model once, on placeholders, to list its parameters
  /// - Throws: ``CheckpointError/mismatch(location:_:)`` with all mismatches
  public static func stored(
    in weights: some TensorSource, ignored: (String) -> Bool = { _ in false },
    fitting build: (ParameterSource) throws -> Void
  ) throws -> ParameterSource {
    var wanted: [(name: String, shape: [Int])] = []
    let placeholder = Tensor(0)
    try build(
      .lookup { name, shape in
        wanted.append((name, shape))
        return placeholder
      })
    let report = KeyReport(expected: wanted, source: weights, ignored: ignored)
    guard report.isEmpty else {
      throw CheckpointError.mismatch(location: weights.location, report)
    }
    return .lookup { name, _ in try weights.tensor(name) }
  }
}
