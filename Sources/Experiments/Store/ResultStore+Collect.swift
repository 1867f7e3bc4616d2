import Foundation

/// What a clean-up removed.
public struct CollectedGarbage: Hashable, Sendable {
  public var results = 0
  public var files = 0
  public var bytes = 0
}

extension ResultStore {
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
        guard let data = try? Data(contentsOf: URL(filePath: path)),
          let entry = try? StoreEntry(parsing: data, source: path), keep(entry.key, entry.label)
        else { return false }
        referenced.insert(path)
        for blob in entry.blobs { referenced.insert(objectPath(blob.hash)) }
        return true
      }
      removed.results = entries.count - kept.count
      return kept
    } after: {
      try removeFiles(otherThan: referenced, &removed)
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
      guard unlink(path) == 0 else { throw StoreError.system("remove", path, errno) }
      removed.files += 1
      removed.bytes += Int(status.st_size)
    }
  }
}
