import FoundationEssentials
public import JSON

/// A model on disk in Hugging Face layout: `config.json` and weights in one safetensors file or in
/// several with an index.
///
/// The shards decide what is stored: a tensor that the index does not name counts as well.
///
/// Weights are searched in this order: `model.safetensors`,
/// `diffusion_pytorch_model.safetensors.index.json`, which diffusers prefers to
/// `diffusion_pytorch_model.safetensors`, that file itself, the only `*.safetensors.index.json`,
/// the only `*.safetensors`.
public final class CheckpointDirectory: TensorSource {
  public let path: String
  public let names: [String]

  private let shards: [SafetensorsFile]
  private let shardOfName: [String: Int]

  /// - Parameter path: the directory with the weights (for a pipeline, that of one component).
  public init(_ path: String) throws {
    self.path = path
    var shards: [SafetensorsFile] = []
    var shardOfName: [String: Int] = [:]
    switch try Weights.locate(in: path) {
    case .file(let file):
      let shard = try SafetensorsFile("\(path)/\(file)")
      for name in shard.names { shardOfName[name] = 0 }
      shards = [shard]
    case .index(let index):
      let map = try Weights.shardNames("\(path)/\(index)")
      let files = Set(map.values).sorted(by: utf8Precedes)
      let absent = files.filter { !FileManager.default.fileExists(atPath: "\(path)/\($0)") }
      guard absent.isEmpty else {
        throw CheckpointError.missingShards(index: "\(path)/\(index)", files: absent)
      }
      shards = try files.map { try SafetensorsFile("\(path)/\($0)") }
      shardOfName = try Weights.places(
        map, shards: shards, files: files, index: "\(path)/\(index)")
    }
    self.shards = shards
    self.shardOfName = shardOfName
    names = shardOfName.keys.sorted(by: utf8Precedes)
  }

  public var location: String { path }

  /// The directory's `config.json`.
  public func configuration() throws -> JSONNode {
    try JSONNode(contentsOfFile: "\(path)/config.json")
  }

  public func find(_ name: String) -> TensorEntry? {
    shardOfName[name].flatMap { shards[$0].find(name) }
  }

  public func withUnsafeBytes<Result>(
    _ name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    _ = try entry(name)
    return try shards[shardOfName[name] ?? 0].withUnsafeBytes(name, body)
  }

  public func owner(of name: String) -> (any AnyObject & Sendable)? {
    shardOfName[name].flatMap { shards[$0].owner(of: name) }
  }

  /// The paths of the weight files, sorted.
  public var files: [String] { shards.map(\.path) }
}

/// Finding the weight files of a folder.
private enum Weights {
  case file(String)
  case index(String)

  static func locate(in folder: String) throws -> Weights {
    guard let contents = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw CheckpointError.noWeights(folder: folder, candidates: [])
    }
    let names = contents.sorted(by: utf8Precedes)
    let diffusers = "diffusion_pytorch_model.safetensors"
    if names.contains("model.safetensors") { return .file("model.safetensors") }
    if names.contains("\(diffusers).index.json") { return .index("\(diffusers).index.json") }
    if names.contains(diffusers) { return .file(diffusers) }
    let indices = names.filter { $0.hasSuffix(".safetensors.index.json") }
    if indices.count == 1 { return .index(indices[0]) }
    let files = names.filter { $0.hasSuffix(".safetensors") && !$0.hasPrefix(".") }
    if indices.isEmpty, files.count == 1 { return .file(files[0]) }
    throw CheckpointError.noWeights(folder: folder, candidates: indices + files)
  }

  /// The `weight_map` of an index: tensor name to file name in the same folder.
  static func shardNames(_ index: String) throws -> [String: String] {
    let map = try JSONNode(contentsOfFile: index).object("weight_map")
    var result: [String: String] = [:]
    for name in try map.keys() {
      let file = try map.string(name)
      guard !file.contains("/"), file.hasSuffix(".safetensors") else {
        throw JSONError.mismatch(
          path: "\(index): weight_map.\(name)", expected: "a .safetensors file in this directory",
          found: "\"\(file)\"")
      }
      result[name] = file
    }
    return result
  }

  /// The number of the shard of every tensor, named by the index or not.
  ///
  /// The reference library, too, reads whatever the shards hold. Of copies it takes the last one
  /// and not the one that the index names, so copies have to be equal.
  static func places(
    _ map: [String: String], shards: [SafetensorsFile], files: [String], index: String
  ) throws -> [String: Int] {
    let numbers = Dictionary(uniqueKeysWithValues: files.enumerated().map { ($1, $0) })
    var places = map.compactMapValues { numbers[$0] }
    let wrong = places.filter { shards[$1].find($0) == nil }.keys.sorted(by: utf8Precedes)
    guard wrong.isEmpty else { throw CheckpointError.notInShard(index: index, names: wrong) }
    var unequal: Set<String> = []
    for (number, shard) in shards.enumerated() {
      for name in shard.names {
        if let other = places[name] {
          let isSame = try other == number || shards[other].isSame(name, as: name, in: shard)
          if !isSame { unequal.insert(name) }
        } else {
          places[name] = number
        }
      }
    }
    guard unequal.isEmpty else {
      throw CheckpointError.inSeveralShards(
        index: index, names: unequal.sorted(by: utf8Precedes))
    }
    return places
  }
}
