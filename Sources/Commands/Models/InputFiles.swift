import Canonical
import Diagnostics
import Experiments
import Files
import Foundation
import ScriptInterpreter

/// A file or the files of a folder that a result is made from, as they were when the command was
/// called: the hash of their bytes goes into its key.
///
/// They are read again when somebody needs the result, which may be hours later, and have to be the
/// same bytes still. Links are followed, so weights may lie on another disk.
struct InputFiles: Sendable {
  /// As the project names it.
  let name: String
  /// Over the bytes of a file, or over the names and bytes of a folder's files.
  let hash: ContentHash
  /// Of a folder: the paths of its files.
  let names: Set<String>
  private let location: String

  /// - Parameter location: where it lies
  /// - Throws: ``CommandError`` with exit status 5 for what is missing or cannot be read
  init(_ location: String, name: String) throws {
    self.name = name
    self.location = location
    let files = try Self.settled(location, name)
    hash = files.hash
    names = Set(files.bytes.keys)
  }

  /// The bytes of the files.
  /// - Throws: ``CommandError`` with exit status 5 where they changed since the command was called
  func read() throws -> CheckpointFiles {
    let files = try Self.settled(location, name)
    guard files.hash == hash else {
      throw CommandError(
        "\(name) changed after the script opened it",
        notes: ["hash when opened: \(hash.short), now: \(files.hash.short)"],
        suggestion: "do not modify inputs during a run; run the script again",
        exitCode: 5)
    }
    return files
  }

  /// The files, all of them of one moment: a folder that was replaced while it was read is read
  /// again.
  private static func settled(_ location: String, _ name: String) throws -> CheckpointFiles {
    for _ in 1...5 {
      let before = identity(location)
      let result = Result { () throws(FileFault) in try CheckpointFiles(reading: location) }
      // Of a folder that was replaced meanwhile, neither the files nor the fault count.
      guard identity(location) == before else { continue }
      switch result {
      case .success(let files): return files
      case .failure(let fault):
        throw CommandError(
          fault.text(naming: name, at: location), suggestion: suggestion(fault), exitCode: 5)
      }
    }
    throw CommandError("\(name) keeps changing while it is read", exitCode: 5)
  }

  private static func suggestion(_ fault: FileFault) -> String? {
    guard case .missing = fault else { return nil }
    return "create the checkpoints with: merepl run experiments/pretrain.me"
  }

  private static func identity(_ path: String) -> [UInt64] {
    var status = stat()
    return stat(path, &status) == 0 ? [UInt64(status.st_dev), UInt64(status.st_ino)] : []
  }
}

extension FileFault {
  /// The same words with the name that the user knows the files by.
  fileprivate func text(naming name: String, at location: String) -> String {
    description.replacingOccurrences(of: location, with: name)
  }
}
