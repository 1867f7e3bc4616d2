import Canonical
import Files
import Foundation
import JSON
import Synchronization

/// The cache of finished results on disk, by key.
///
/// ```
/// .merepl/journal.log        which key has which entry; the index is rebuilt from it
///         objects/ab/cdef..  entries and blobs, each named by the SHA-256 of its bytes
///         partial/<key>/     finished parts of results that are not whole
///         locks/  runs/      keys being computed; records of runs
/// ```
/// Files are written beside their place, synchronised and renamed, and the journal line is on disk
/// before the rename; so a crash at any point loses at most the result that was being stored.
/// Everything read is hashed again: a corrupt file is a miss with a warning, never a wrong result.
/// Any number of processes and threads may use one directory.
public final class ResultStore: Sendable {
  /// The directory of the store.
  public let root: String
  private let journal: Mutex<Journal>
  let warn: @Sendable (String) -> Void

  /// Opens the store and creates its directory if needed.
  /// - Parameter warn: receives one line for each corrupt or contradictory result
  public init(
    root: String = ".merepl", warn: @escaping @Sendable (String) -> Void = standardWarning
  ) throws(FileFault) {
    self.root = root
    self.warn = warn
    journal = Mutex(Journal(path: "\(root)/journal.log"))
    try Folders.make(root)
    for name in ["objects", "locks", "partial", "training", "runs", "scratch"] {
      try StoreDamage.clear("\(root)/\(name)", wanting: S_IFDIR, warn)
    }
    for name in ["journal.log", "lock"] {
      try StoreDamage.clear("\(root)/\(name)", wanting: S_IFREG, warn)
    }
    try Folders.make("\(root)/objects")
    try Folders.make("\(root)/locks")
  }

  /// Writes a warning to standard error.
  public static let standardWarning: @Sendable (String) -> Void = { message in
    FileHandle.standardError.write(Data("warning: \(message)\n".utf8))
  }

  // MARK: Reading

  /// The result of `key`, or nil if it was never stored or is corrupt.
  public func value(for key: CacheKey) throws -> StoredResult? {
    guard let entryHash = try withJournal({ $0.entries[key.hash] }) else { return nil }
    guard let data = object(entryHash, of: key) else { return nil }
    let entry: StoreEntry
    do {
      entry = try StoreEntry(parsing: data, source: objectPath(entryHash))
    } catch {
      warn("the cached result of \(key) cannot be read (\(error)); it will be recomputed")
      return nil
    }
    guard entry.key == key else {
      warn("the cached result of \(key) belongs to \(entry.key); it will be recomputed")
      return nil
    }
    var blobs: [String: Data] = [:]
    for blob in entry.blobs {
      guard let data = object(blob.hash, of: key) else { return nil }
      blobs[blob.name] = data
    }
    // When it was last of use, for cleaning up by age.
    utimensat(AT_FDCWD, objectPath(entryHash), nil, 0)
    return StoredResult(
      key: key, label: entry.label, summary: entry.summary, blobs: blobs,
      contentHash: try entry.contentHash(), inputs: entry.inputs)
  }

  /// Whether a result of `key` is recorded, without reading it; for plans.
  public func contains(_ key: CacheKey) throws -> Bool {
    try withJournal { journal in
      journal.entries[key.hash].map { access(objectPath($0), R_OK) == 0 } ?? false
    }
  }

  /// The keys and labels of all recorded results that can be read, sorted by command and label.
  public func contents() throws -> [(key: CacheKey, label: String)] {
    try items().map { ($0.key, $0.label) }.sorted {
      ($0.key.command, $0.label, $0.key.hex) < ($1.key.command, $1.label, $1.key.hex)
    }
  }

  // MARK: Writing

  /// Stores a result, on disk when this returns.
  /// - Parameters:
  ///   - blobs: large values by name
  ///   - summary: small values
  ///   - label: what to call the result in listings
  ///   - inputs: the content of every result that went into it, by key
  ///   - numbers: the floating-point values in the blobs; a result with none at all or with one
  ///     that is not finite is refused
  ///   - files: on the file system of the store already, to become objects under their hashes
  @discardableResult
  public func put(
    _ key: CacheKey, blobs: [String: Data] = [:], summary: JSONValue = .null,
    label: String = "", inputs: [ContentHash: ContentHash] = [:], numbers: ResultNumbers,
    adopting files: [(path: String, hash: ContentHash)] = []
  ) throws -> StoredResult {
    if let problem = Self.problem(blobs, summary, numbers) {
      throw StoreError.invalidResult(command: key.command, reason: problem)
    }
    let parts = blobs.sorted { $0.key < $1.key }.map { name, data in
      (StoreEntry.Blob(name: name, hash: ContentHash(of: data), size: data.count), data)
    }
    let entry = StoreEntry(
      key: key, label: label, summary: summary, blobs: parts.map(\.0), inputs: inputs)
    let entryData = try entry.serialized()
    let entryHash = ContentHash(of: entryData)
    let content = try entry.contentHash()
    try warnOfContradiction(key, content, blobs)

    try write(
      parts.map { ($0.0.hash, $0.1) } + [(entryHash, entryData)], adopting: files, key, entryHash)
    discardParts(of: key)
    Cancellation.noteKept()
    return StoredResult(
      key: key, label: label, summary: summary, blobs: blobs, contentHash: content,
      inputs: inputs)
  }

  /// Writes the pieces of a result to disk; the last one is its entry. Leaves nothing behind if
  /// that fails, for example on a full disk.
  private func write(
    _ pieces: [(hash: ContentHash, data: Data)],
    adopting files: [(path: String, hash: ContentHash)], _ key: CacheKey, _ entry: ContentHash
  ) throws {
    // The bytes that get names below; before the lock is taken, for it may take a while.
    if !files.isEmpty { try FileSystem.sync("\(root)/objects") }
    let staged = try pieces.map { piece in
      let file = try StagedFile(in: "\(root)/objects")
      try file.append(piece.data)
      try file.finish()
      return file
    }
    try withJournal { journal in
      // In the hold of the lock, so that no clean-up takes them for unused.
      for file in files { try adopt(file.path, as: file.hash) }
      try journal.append(put: key.hash, entry: entry)
      for (piece, file) in zip(pieces, staged) {
        try file.move(to: try clearedPath(piece.hash))
      }
    }
  }

  private static func problem(
    _ blobs: [String: Data], _ summary: JSONValue, _ numbers: ResultNumbers
  ) -> String? {
    if blobs.isEmpty && summary.isEmptyResult { return "it is empty" }
    if let empty = blobs.filter({ $0.value.isEmpty }).keys.min() {
      return "its part '\(empty)' is empty"
    }
    return numbers.problem ?? summary.nonFinitePlace.map { "\($0) in its summary is not finite" }
  }

  /// Warns if the same key gave different bits before: then something is not deterministic.
  private func warnOfContradiction(
    _ key: CacheKey, _ content: ContentHash, _ blobs: [String: Data]
  ) throws {
    // A sequence of an earlier version was one blob: other bytes of the same numbers.
    let isSequence = blobs.keys.contains(StoredParts.blob)
    if let earlier = try value(for: key), earlier.contentHash != content,
      isSequence == earlier.blobs.keys.contains(StoredParts.blob)
    {
      warn(
        "\(key) gave different bits than before (\(earlier.contentHash.short), now "
          + "\(content.short)): the command is not deterministic or its numerics version is stale")
    }
  }

  // MARK: Computing once

  /// The stored result of `key`, or the result of `compute`. Other processes that need the same key
  /// wait for this one and then read its result.
  /// - Parameters:
  ///   - isUsable: whether a stored result can be decoded; otherwise it is recomputed
  ///   - poll: called while waiting for another process; may throw to give up
  public func value(
    for key: CacheKey, isUsable: (StoredResult) -> Bool = { _ in true },
    poll: () throws -> Void = {}, compute: (ResultStore) throws -> StoredResult
  ) throws -> (result: StoredResult, cached: Bool) {
    let lock = try FileLock(
      "\(root)/locks/\(key.hex)", removesFile: true,
      onWait: { warn("another run is computing \(key); waiting for it") }, poll: poll)
    defer { extendLifetime(lock) }
    if let found = try value(for: key), isUsable(found) { return (found, true) }
    return (try compute(self), false)
  }

  // MARK: Objects

  /// The keys of all recorded results.
  func recordedKeys() throws -> Set<ContentHash> {
    try withJournal { Set($0.entries.keys) }
  }

  /// The entries of all recorded results.
  func entryHashes() throws -> [ContentHash] {
    try withJournal { $0.entries.values.sorted() }
  }

  private func withJournal<T>(_ body: (inout Journal) throws -> T) throws -> T {
    try journal.withLock { journal in
      let lock = try FileLock("\(root)/lock")
      defer { extendLifetime(lock) }
      try journal.refresh()
      return try body(&journal)
    }
  }

  /// Replaces the journal by one with the entries that `body` returns, then calls `after`, holding
  /// the lock throughout.
  func replaceJournal(
    _ body: ([ContentHash: ContentHash]) -> [ContentHash: ContentHash], after: () throws -> Void
  ) throws {
    try withJournal { journal in
      let kept = body(journal.entries)
      let lines = kept.sorted { $0.key < $1.key }.map { Journal.line(put: $0.key, entry: $0.value) }
      try WholeFile.write(text: lines.joined(), to: journal.path)
      try journal.refresh()
      try after()
    }
  }

  /// The place of an object that is to be written: what does not belong there is moved aside.
  func clearedPath(_ hash: ContentHash) throws -> String {
    let place = objectPath(hash)
    let folder = PathText.folder(of: place)
    try StoreDamage.clear(folder, wanting: S_IFDIR, warn)
    try StoreDamage.clear(place, wanting: S_IFREG, warn)
    try Folders.make(folder)
    return place
  }

  func objectPath(_ hash: ContentHash) -> String {
    "\(root)/objects/\(hash.hex.prefix(2))/\(hash.hex.dropFirst(2))"
  }

  /// The bytes of an object, or nil with a warning if they are missing or corrupt.
  func object(_ hash: ContentHash, of key: CacheKey) -> Data? {
    let path = objectPath(hash)
    guard let data = RegularFile.contents(path) else {
      warn("a file of the cached result of \(key) is missing (\(path)); it will be recomputed")
      return nil
    }
    guard ContentHash(of: data) == hash else {
      warn("a file of the cached result of \(key) is corrupt (\(path)); it will be recomputed")
      return nil
    }
    return data
  }
}

extension JSONValue {
  /// Whether there is nothing in it: null, or an empty text, array or object.
  var isEmptyResult: Bool {
    switch self {
    case .null: true
    case .string(let text): text.isEmpty
    case .array(let elements): elements.isEmpty
    case .object(let members): members.isEmpty
    case .bool, .int, .double: false
    }
  }

  /// Where a NaN or an infinity is, or nil.
  fileprivate var nonFinitePlace: String? {
    switch self {
    case .double(let number): number.isFinite ? nil : "the number"
    case .array(let elements):
      elements.enumerated().lazy.compactMap { index, element in
        element.nonFinitePlace.map { _ in "element \(index)" }
      }.first
    case .object(let members):
      members.lazy.compactMap { name, member in
        member.nonFinitePlace.map { _ in "'\(name)'" }
      }.first
    case .null, .bool, .int, .string: nil
    }
  }
}
