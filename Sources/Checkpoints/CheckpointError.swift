/// Why a directory of weights cannot be loaded.
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
        : "\(folder): several weight files but no single index: "
          + candidates.joined(separator: ", ")
    case .missingShards(let index, let files):
      let count = files.count == 1 ? "1 shard is" : "\(files.count) shards are"
      return "\(index): \(count) missing: \(files.joined(separator: ", "))"
    case .notInShard(let index, let names):
      return "\(index): missing from the shard named in the index: " + names.joined(separator: ", ")
    case .inSeveralShards(let index, let names):
      return "\(index): in several shards with different values: "
        + names.joined(separator: ", ") + "; keep one copy of each"
    case .mismatch(let location, let report):
      return "\(location): the weights do not match the model:\n\(report)"
    }
  }
}
