/// Why a folder of weights does not serve.
public enum CheckpointError: Error, Hashable, Sendable, CustomStringConvertible {
  /// No weight files, or several without an index.
  case noWeights(folder: String, candidates: [String])
  case missingShards(index: String, files: [String])
  case notInShard(index: String, names: [String])
  /// Tensors that lie in several shards with other values in each.
  case inSeveralShards(index: String, names: [String])
  /// The weights are not those of the model.
  case mismatch(location: String, KeyReport)

  public var description: String {
    switch self {
    case .noWeights(let folder, let candidates):
      return candidates.isEmpty
        ? "\(folder): no .safetensors file; expected model.safetensors or an index of shards"
        : "\(folder): several weight files and no single index: "
          + candidates.joined(separator: ", ")
    case .missingShards(let index, let files):
      let count = files.count == 1 ? "1 shard is" : "\(files.count) shards are"
      return "\(index): \(count) missing: \(files.joined(separator: ", "))"
    case .notInShard(let index, let names):
      return "\(index): not in the shard it names: " + names.joined(separator: ", ")
    case .inSeveralShards(let index, let names):
      return "\(index): these lie in several shards, with other values in each: "
        + names.joined(separator: ", ") + "; keep one of each"
    case .mismatch(let location, let report):
      return "\(location): the weights do not fit the model:\n\(report)"
    }
  }
}
