import Foundation
import JSON

/// A finished result as the store gave it back: checked, complete, immutable.
public struct StoredResult: Sendable {
  public let key: CacheKey
  /// What the result was called when it was stored; no part of its key.
  public let label: String
  /// Small values, for instance accuracies.
  public let summary: JSONValue
  /// Large values by name, for instance a safetensors file. Mapped, not read, where possible.
  public let blobs: [String: Data]
  /// SHA-256 over the summary and all blobs: equal exactly when the results are bit-identical.
  public let contentHash: ContentHash

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
  /// Another check: a reason when the result must not be kept, nil when it is sound.
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
    ]
    return Data(try json.serialized(pretty: true).utf8)
  }

  init(key: CacheKey, label: String, summary: JSONValue, blobs: [Blob]) {
    self.key = key
    self.label = label
    self.summary = summary
    self.blobs = blobs
  }

  init(parsing data: Data, source: String) throws {
    let json = JSONNode(try JSONValue(parsing: [UInt8](data), source: source), path: source)
    key = try CacheKey(json: try json.object("key"))
    label = try json.string("label")
    summary = json.value["summary"] ?? .null
    blobs = try json.objects("blobs").map { node in
      let text = try node.string("sha256")
      guard let hash = ContentHash(hex: text) else {
        throw JSONError.mismatch(path: node.path, expected: "a SHA-256 hash", found: text)
      }
      return Blob(name: try node.string("name"), hash: hash, size: try node.int("bytes"))
    }
  }
}
