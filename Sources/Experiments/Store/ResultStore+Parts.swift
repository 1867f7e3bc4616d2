import Canonical
import Files
import Foundation
import JSON

/// The parts of a stored result that is a sequence, in order. Its index is a blob of the result, so
/// that the content of the result is the content of all its parts.
public struct StoredParts: Hashable, Sendable {
  public struct Part: Hashable, Sendable {
    public let hash: ContentHash
    public let bytes: Int
  }

  public let parts: [Part]

  /// The name of the blob that is the index: a line with hash and size for each part.
  static let blob = "parts"

  init(_ parts: [Part]) { self.parts = parts }

  init(parsing index: Data, of key: CacheKey) throws(StoreError) {
    var parts: [Part] = []
    for line in String(decoding: index, as: UTF8.self).split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 2, let hash = ContentHash(hex: words[0]), let bytes = Int(words[1]),
        0..<1 << 48 ~= bytes
      else {
        throw .invalidResult(
          command: key.command, reason: "line \(parts.count + 1) of its index is not valid")
      }
      parts.append(Part(hash: hash, bytes: bytes))
    }
    self.parts = parts
  }

  var index: Data {
    Data(parts.map { "\($0.hash.hex) \($0.bytes)\n" }.joined().utf8)
  }
}

extension StoredResult {
  /// The parts of a result that is a sequence.
  /// - Throws: ``StoreError`` where it is none
  public func parts() throws(StoreError) -> StoredParts {
    try StoredParts(parsing: blob(StoredParts.blob), of: key)
  }
}

extension ResultStore {
  /// Stores a result whose parts were kept one by one. Their bytes are on disk already and are not
  /// written again: each becomes an object of the store.
  /// - Parameters:
  ///   - partial: the parts `0..<count`, all of them kept
  ///   - summary: small values
  @discardableResult
  public func put(
    _ key: CacheKey, partsOf partial: PartialResult, count: Int, summary: JSONValue,
    label: String = "", inputs: [ContentHash: ContentHash] = [:]
  ) throws -> StoredResult {
    let parts = try (0..<count).map { index in
      guard let hash = partial.hash(index),
        let bytes = Self.fileSize(partial.path(index, hash))
      else {
        throw StoreError.invalidResult(
          command: key.command, reason: "its part \(index) of \(count) is missing")
      }
      return StoredParts.Part(hash: hash, bytes: bytes)
    }
    return try put(
      key, blobs: [StoredParts.blob: StoredParts(parts).index], summary: summary, label: label,
      inputs: inputs, numbers: .none,
      adopting: parts.enumerated().map { (partial.path($0, $1.hash), $1.hash) })
  }

  /// The bytes of a part; nil, with a warning, where they are missing or no longer what they were.
  public func part(_ index: Int, of parts: StoredParts, _ key: CacheKey) -> Data? {
    object(parts.parts[index].hash, of: key)
  }

  /// Puts a part back that was recomputed.
  /// - Throws: ``StoreError`` where the bytes are not those that it had
  public func restore(
    _ data: Data, asPart index: Int, of parts: StoredParts, _ key: CacheKey
  ) throws {
    let hash = parts.parts[index].hash
    guard ContentHash(of: data) == hash else {
      throw StoreError.invalidResult(
        command: key.command,
        reason: "part \(index) was recomputed and has other bits: the command is not deterministic")
    }
    let file = try StagedFile(in: "\(root)/objects")
    try file.append(data)
    try file.move(to: try clearedPath(hash))
  }

  /// Makes a finished file an object without copying it: a second name, where the file system has
  /// them. The first one stays until the result is stored, so that a run that is killed resumes.
  func adopt(_ path: String, as hash: ContentHash) throws {
    let place = try clearedPath(hash)
    let temporary = "\(root)/objects/.tmp-\(getpid())-\(hash.hex)"
    unlink(temporary)
    guard link(path, temporary) == 0 else {
      guard let data = RegularFile.contents(path) else {
        throw FileFault.system("read", path, errno)
      }
      let copy = try StagedFile(in: "\(root)/objects")
      try copy.append(data)
      return try copy.move(to: place)
    }
    // Of two names of one file, as when a part was adopted before, rename(2) leaves both.
    defer { unlink(temporary) }
    guard Glibc.rename(temporary, place) == 0 else {
      throw FileFault.system("write", place, errno)
    }
  }

  /// The parts of a result, as far as its index can be read; none for other results.
  func parts(of entry: StoreEntry) -> [StoredParts.Part] {
    guard let blob = entry.blobs.first(where: { $0.name == StoredParts.blob }),
      let data = RegularFile.contents(objectPath(blob.hash)), ContentHash(of: data) == blob.hash,
      let parts = try? StoredParts(parsing: data, of: entry.key)
    else { return [] }
    return parts.parts
  }

  private static func fileSize(_ path: String) -> Int? {
    var status = stat()
    return lstat(path, &status) == 0 ? Int(status.st_size) : nil
  }
}
