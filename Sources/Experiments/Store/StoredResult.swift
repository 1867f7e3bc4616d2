import Canonical
import Foundation
import JSON

/// A finished result loaded from the store: checked, complete, immutable.
public struct StoredResult: Sendable {
  public let key: CacheKey
  /// The label under which the result was stored; not part of its key.
  public let label: String
  /// Small values, for instance accuracies.
  public let summary: JSONValue
  /// Large values by name, for instance a safetensors file. Mapped, not read, where possible.
  public let blobs: [String: Data]
  /// SHA-256 of the summary and all blobs: equal exactly if the results are bit-identical.
  public let contentHash: ContentHash
  /// The content of every result it depends on, directly or not, by key.
  public let inputs: [ContentHash: ContentHash]

  /// The blob called `name`.
  public func blob(_ name: String) throws(StoreError) -> Data {
    if let data = blobs[name] { return data }
    let present = blobs.keys.sorted().joined(separator: ", ")
    throw .invalidResult(
      command: key.command,
      reason: "it has no part '\(name)'; its parts are: \(present.isEmpty ? "none" : present)")
  }

  static func contentHash(
    blobs: [(name: String, hash: ContentHash)], summary: String
  ) -> ContentHash {
    var encoder = CanonicalEncoder()
    encoder.encodeRecord(
      blobs.map { blob in (blob.name, CanonicalEncoder.bytes { $0.encode(blob.hash.hex) }) })
    encoder.encode(summary)
    return encoder.digest
  }
}

/// The numbers inside a result, for the check that each of them is finite.
public enum ResultNumbers: Sendable {
  case floats([Float])
  case doubles([Double])
  /// The result holds no floating-point numbers (texts, token ids) or only those of its summary.
  case none
  /// Another check: returns why the result must not be cached, or nil.
  case check(@Sendable () -> String?)

  /// Why these numbers must not be stored, or nil.
  var problem: String? {
    switch self {
    case .floats(let values): Self.problem(values.count, values.firstIndex { !$0.isFinite })
    case .doubles(let values): Self.problem(values.count, values.firstIndex { !$0.isFinite })
    case .none: nil
    case .check(let check): check()
    }
  }

  private static func problem(_ count: Int, _ bad: Int?) -> String? {
    if count == 0 { return "it is empty" }
    return bad.map { "value \($0) of \(count) is not finite" }
  }
}

/// The small file that names the parts of a result.
struct StoreEntry {
  struct Blob {
    let name: String
    let hash: ContentHash
    let size: Int
  }

  let key: CacheKey
  let label: String
  let summary: JSONValue
  /// Sorted by name.
  let blobs: [Blob]
  /// Contents by key; no part of the content of the result.
  let inputs: [ContentHash: ContentHash]

  func contentHash() throws -> ContentHash {
    StoredResult.contentHash(
      blobs: blobs.map { ($0.name, $0.hash) }, summary: try summary.serialized())
  }

  func serialized() throws -> Data {
    let list = blobs.map { blob -> JSONValue in
      ["name": .string(blob.name), "sha256": .string(blob.hash.hex), "bytes": .int(blob.size)]
    }
    let json: JSONValue = [
      "key": key.json, "label": .string(label), "blobs": .array(list), "summary": summary,
      "inputs": JSONValue(
        members: inputs.sorted { $0.key < $1.key }.map { ($0.hex, .string($1.hex)) }),
    ]
    return Data(try json.serialized(pretty: true).utf8)
  }

  init(
    key: CacheKey, label: String, summary: JSONValue, blobs: [Blob],
    inputs: [ContentHash: ContentHash]
  ) {
    self.key = key
    self.label = label
    self.summary = summary
    self.blobs = blobs
    self.inputs = inputs
  }

  init(parsing data: Data, source: String) throws {
    let json = JSONNode(try JSONValue(parsing: [UInt8](data), source: source), path: source)
    key = try CacheKey(json: try json.object("key"))
    label = try json.string("label")
    summary = json.value["summary"] ?? .null
    blobs = try json.objects("blobs").map { node in
      Blob(
        name: try node.string("name"), hash: try Self.hash(node.string("sha256"), node.path),
        size: try node.int("bytes"))
    }
    var names: Set<String> = []
    if let twice = blobs.first(where: { !names.insert($0.name).inserted }) {
      throw JSONError.mismatch(
        path: json.path, expected: "distinct part names", found: "'\(twice.name)' twice")
    }
    if blobs.isEmpty && summary.isEmptyResult {
      throw JSONError.mismatch(path: json.path, expected: "a result", found: "an empty one")
    }
    inputs = try Dictionary(
      json.object("inputs").asObject().map { key, content in
        (
          try Self.hash(key, json.path), try Self.hash(content.asString(), json.path)
        )
      }
    ) { $1 }
  }

  private static func hash(_ text: String, _ place: String) throws -> ContentHash {
    guard let hash = ContentHash(hex: text) else {
      throw JSONError.mismatch(path: place, expected: "a SHA-256 hash", found: text)
    }
    return hash
  }
}
