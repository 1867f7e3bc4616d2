import Foundation
import JSON

/// Which version of the sources a run used.
public struct SourceState: Hashable, Sendable {
  public let commit: String
  /// Changed or new files that the commit does not have; empty for a clean folder.
  public let changedFiles: [String]
  /// What `git diff HEAD` prints: with the commit it gives the tracked files as they were.
  public let patch: String
  public var isDirty: Bool { !changedFiles.isEmpty }

  /// A longer patch is left out of records.
  static let longestPatch = 1 << 18

  public init(commit: String, changedFiles: [String], patch: String = "") {
    self.commit = commit
    self.changedFiles = changedFiles
    self.patch = patch
  }

  /// Asks git about `folder`; nil when it is no repository or git is not installed.
  public static func current(in folder: String = ".") -> SourceState? {
    guard let commit = git(["rev-parse", "HEAD"], folder), !commit.isEmpty,
      let status = git(["status", "--porcelain"], folder)
    else { return nil }
    let files = status.split(separator: "\n").map { String($0.dropFirst(3)) }
    let patch = files.isEmpty ? "" : git(["diff", "--no-color", "--no-ext-diff", "HEAD"], folder)
    return SourceState(
      commit: commit.trimmingCharacters(in: .whitespacesAndNewlines), changedFiles: files,
      patch: patch ?? "")
  }

  public var json: JSONValue {
    let isShort = patch.utf8.count <= Self.longestPatch
    return [
      "commit": .string(commit), "dirty": .bool(isDirty),
      "changed_files": .array(changedFiles.map { .string($0) }),
      "patch": isShort ? .string(patch) : .null,
      "patch_sha256": .string(ContentHash(of: Array(patch.utf8)).hex),
    ]
  }

  private static func git(_ arguments: [String], _ folder: String) -> String? {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["git", "-C", folder] + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let output = Pipe()
    process.standardOutput = output
    guard (try? process.run()) != nil else { return nil }
    let data = (try? output.fileHandleForReading.readToEnd()) ?? nil
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    return String(decoding: data ?? Data(), as: UTF8.self)
  }
}
