import Canonical
import Files
import Foundation
import Synchronization

/// Finished parts of a result that is being computed, saved until the result is complete, so that a
/// killed run can resume.
///
/// A part is the file `partial/<key>/<index>-<SHA-256 of its bytes>`: a truncated or corrupted one
/// no longer matches the hash in its name and is recomputed. Parts are renamed into place without
/// waiting for the disk: a power cut may lose the last ones, which costs only time. Used while the
/// lock of the key is held (``ResultStore/value(for:poll:compute:)``).
public final class PartialResult: Sendable {
  private let folder: String
  private let key: CacheKey
  private let warn: @Sendable (String) -> Void
  /// Hash of each part that an earlier run kept.
  private let found: [Int: ContentHash]
  /// Hash of each part that this run kept.
  private let kept = Mutex<[Int: ContentHash]>([:])

  init(_ key: CacheKey, folder: String, warn: @escaping @Sendable (String) -> Void) {
    self.key = key
    self.folder = folder
    self.warn = warn
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    found = Dictionary(names.sorted().compactMap(Self.parse)) { $1 }
  }

  /// How many parts there were at the start.
  public var count: Int { found.count }

  /// The bytes of a part that an earlier run saved; nil if there is none, or, with a warning, if it
  /// is corrupted.
  public func part(_ index: Int) -> Data? {
    guard let hash = found[index] else { return nil }
    let path = path(index, hash)
    guard let data = RegularFile.contents(path) else { return nil }
    if ContentHash(of: data) == hash { return data }
    warn("a saved part of \(key) is corrupt (\(path)); it will be recomputed")
    unlink(path)
    return nil
  }

  public func keep(_ data: Data, as index: Int) throws {
    let file = try StagedFile(in: folder, .unsynced)
    try file.append(data)
    let hash = ContentHash(of: data)
    try file.move(to: path(index, hash))
    kept.withLock { $0[index] = hash }
    Cancellation.noteKept()
  }

  /// The hash of a part that was kept, in this run or before.
  func hash(_ index: Int) -> ContentHash? { kept.withLock { $0[index] } ?? found[index] }

  func path(_ index: Int, _ hash: ContentHash) -> String {
    "\(folder)/\(index)-\(hash.hex)"
  }

  private static func parse(_ name: String) -> (Int, ContentHash)? {
    let words = name.split(separator: "-", maxSplits: 1)
    guard words.count == 2, let index = Int(words[0]), let hash = ContentHash(hex: words[1])
    else { return nil }
    return (index, hash)
  }
}

extension ResultStore {
  /// The parts of a result that is not whole.
  public func parts(of key: CacheKey) -> PartialResult {
    PartialResult(key, folder: partsFolder(key.hash), warn: warn)
  }

  func partsFolder(_ key: ContentHash) -> String { "\(root)/partial/\(key.hex)" }

  /// Removes the parts of a result that is stored.
  func discardParts(of key: CacheKey) {
    let folder = partsFolder(key.hash)
    if access(folder, F_OK) == 0 { Folders.remove(folder) }
  }
}
