import Canonical
import Files
import Foundation

/// What a clean-up removed.
public struct CollectedGarbage: Hashable, Sendable {
  public var results = 0
  public var files = 0
  public var bytes = 0
}

/// A stored result as a clean-up sees it.
public struct StoredItem: Hashable, Sendable {
  public let key: CacheKey
  public let label: String
  /// Size of its files on disk; files shared with other results count in full.
  public let bytes: Int
  /// Seconds since 1970 at which it was stored or last read.
  public let lastUse: Double

  public init(key: CacheKey, label: String, bytes: Int, lastUse: Double) {
    self.key = key
    self.label = label
    self.bytes = bytes
    self.lastUse = lastUse
  }
}

/// Which results a clean-up may remove.
public struct CollectionRules: Sendable {
  /// Removes results not used for this many seconds.
  public var age: Double?
  /// Removes least recently used results until at most this many bytes remain.
  public var bytes: Int?
  /// Results that are never removed: those named in a lock.
  public var isNamed: @Sendable (CacheKey) -> Bool

  public init(
    age: Double? = nil, bytes: Int? = nil, isNamed: @escaping @Sendable (CacheKey) -> Bool
  ) {
    self.age = age
    self.bytes = bytes
    self.isNamed = isNamed
  }

  /// The items to remove.
  /// - Parameter now: seconds since 1970; an item from the future, as after a clock set back, is
  ///   new
  public func removals(of items: [StoredItem], now: Double) -> [StoredItem] {
    var removed: [StoredItem] = []
    var total = items.reduce(0) { $0 + $1.bytes }
    for item in items.sorted(by: { ($0.lastUse, $0.key.hex) < ($1.lastUse, $1.key.hex) }) {
      let isOld = age.map { now - item.lastUse > $0 } ?? false
      let isTooMuch = bytes.map { total > $0 } ?? false
      guard isOld || isTooMuch, !isNamed(item.key) else { continue }
      removed.append(item)
      total -= item.bytes
    }
    return removed
  }
}

extension ResultStore {
  /// Every result that can be read, with its size and last use.
  public func items() throws -> [StoredItem] {
    try entryHashes().compactMap { hash in
      let path = objectPath(hash)
      var status = stat()
      guard stat(path, &status) == 0, let data = RegularFile.contents(path),
        let entry = try? StoreEntry(parsing: data, source: path)
      else { return nil }
      return StoredItem(
        key: entry.key, label: entry.label,
        bytes: data.count + entry.blobs.reduce(0) { $0 + $1.size }
          + parts(of: entry).reduce(0) { $0 + $1.bytes },
        lastUse: Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9)
    }
  }

  /// Removes results by age and size, never one that a lock names; see ``CollectionRules``.
  public func collectGarbage(_ rules: CollectionRules, now: Double) throws -> CollectedGarbage {
    let removals = Set(rules.removals(of: try items(), now: now).map(\.key))
    return try collectGarbage { key, _ in !removals.contains(key) }
  }

  /// Removes results that `keep` refuses, objects no result refers to, and temporary files that a
  /// crash left behind an hour ago or more (younger ones may belong to a running process).
  public func collectGarbage(
    keep: (_ key: CacheKey, _ label: String) -> Bool
  ) throws -> CollectedGarbage {
    var removed = CollectedGarbage()
    var referenced: Set<String> = []
    try replaceJournal { entries in
      let kept = entries.filter { _, hash in
        let path = objectPath(hash)
        guard let data = RegularFile.contents(path),
          let entry = try? StoreEntry(parsing: data, source: path), keep(entry.key, entry.label)
        else { return false }
        referenced.insert(path)
        for blob in entry.blobs { referenced.insert(objectPath(blob.hash)) }
        for part in parts(of: entry) { referenced.insert(objectPath(part.hash)) }
        return true
      }
      removed.results = entries.count - kept.count
      return kept
    } after: {
      try removeFiles(otherThan: referenced, &removed)
    }
    return removed
  }

  /// Removes partial results that were not resumed for `age` seconds, and those whose result is
  /// complete because the run was killed before it could remove them.
  /// - Returns: how many results had some
  public func collectParts(age: Double, now: Double) throws -> Int {
    let folder = "\(root)/partial"
    let names = StoreDamage.names(in: folder)
    let whole = names.isEmpty ? [] : try recordedKeys()
    var removed = 0
    for name in names {
      guard let key = ContentHash(hex: name),
        let lock = try FileLock(ifFree: "\(root)/locks/\(name)")
      else { continue }
      var status = stat()
      let path = partsFolder(key)
      guard lstat(path, &status) == 0,
        whole.contains(key) || now - Double(status.st_mtim.tv_sec) > age
      else { continue }
      if Folders.remove(path) { removed += 1 }
      extendLifetime(lock)
    }
    return removed
  }

  private func removeFiles(
    otherThan referenced: Set<String>, _ removed: inout CollectedGarbage
  ) throws {
    let folder = "\(root)/objects"
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    for name in names {
      let path = "\(folder)/\(name)"
      var status = stat()
      guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
        !referenced.contains(path)
      else { continue }
      if name.hasPrefix(".tmp-") && time(nil) - status.st_mtim.tv_sec < 3600 { continue }
      guard unlink(path) == 0 else { throw FileFault.system("remove", path, errno) }
      removed.files += 1
      removed.bytes += Int(status.st_size)
    }
  }
}
