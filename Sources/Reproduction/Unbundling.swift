import Canonical
import Diagnostics
import Experiments
import Files
import Foundation
import ScriptInterpreter

/// Unpacks a bundle: everything is read and checked in memory before a file is written, and the
/// directory appears complete or not at all.
public struct Unbundling {
  public let manifest: BundleManifest
  private let contents: [ArchivedFile]

  public init(_ data: Data) throws {
    let files: [ArchivedFile]
    do {
      files = try Archive.files(data)
    } catch {
      throw ArchiveProblem("bundle rejected: \(error)")
    }
    guard let own = files.first(where: { $0.path == BundleManifest.name }) else {
      throw ArchiveProblem("not a bundle: the archive has no \(BundleManifest.name)")
    }
    manifest = try BundleManifest(own.data)
    let expected = Dictionary(
      manifest.files.filter(\.isIncluded).map { ($0.path, $0.hash) }
    ) { $1 }
    for file in files where file.path != BundleManifest.name && file.path != "record.json" {
      guard let hash = expected[file.path] else {
        throw ArchiveProblem("bundle rejected: \(file.path) is not in its list of files")
      }
      guard hash == ContentHash(of: file.data) else {
        throw ArchiveProblem("the bundle is corrupt: \(file.path) does not match its hash")
      }
    }
    let present = Set(files.map(\.path))
    if let lost = expected.keys.filter({ !present.contains($0) }).min() {
      throw ArchiveProblem("the bundle is corrupt: \(lost) is missing")
    }
    for file in manifest.files {
      if let problem = ArchivePath.problem(file.path) {
        throw ArchiveProblem("bundle rejected: the name \(file.path) \(problem)")
      }
    }
    if let problem = ArchivePath.repositoryFolder(in: manifest.files.map(\.path)) {
      throw ArchiveProblem("bundle rejected: \(problem)")
    }
    guard expected[manifest.script] != nil else {
      throw ArchiveProblem("the bundle has no script")
    }
    contents = files
  }

  /// Writes the files into a new folder.
  /// - Parameter sources: folders where files that are listed by hash alone may lie under the same
  ///   paths
  /// - Returns: the files that are still missing
  public func write(to folder: String, sources: [String]) throws -> [String] {
    guard !FileManager.default.fileExists(atPath: folder) else {
      throw CommandError("\(folder) already exists", suggestion: "choose a new directory with -o")
    }
    let staged = try StagedFolder(for: folder)
    for file in contents { try staged.write(file.data, as: file.path) }
    var missing: [String] = []
    for file in manifest.files where !file.isIncluded {
      let found = sources.lazy.compactMap {
        RegularFile.contents("\($0)/\(file.path)")
      }.first { ContentHash(of: $0) == file.hash }
      if let found {
        try staged.write(found, as: file.path)
      } else {
        missing.append(file.path)
      }
    }
    try staged.commit(replacing: false)
    return missing
  }
}
