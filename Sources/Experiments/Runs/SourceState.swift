import Canonical
import Foundation
import JSON

/// Which version of the sources a run used.
public struct SourceState: Hashable, Sendable {
  public let commit: String
  /// Changed or new files that are not in the commit; empty for a clean work tree.
  public let changedFiles: [String]
  /// The output of `git diff HEAD`; together with the commit it restores the tracked files.
  public let patch: String
  public var isDirty: Bool { !changedFiles.isEmpty }

  /// A longer patch is omitted from records.
  static let longestPatch = 1 << 18

  public init(commit: String, changedFiles: [String], patch: String = "") {
    self.commit = commit
    self.changedFiles = changedFiles
    self.patch = patch
  }

  /// Queries git about `folder`; nil if it is not a repository of the user or git is not installed.
  public static func current(in folder: String = ".") -> SourceState? {
    guard let git = GitQuestion(about: folder), let commit = git.answer("rev-parse", "HEAD"),
      !commit.isEmpty,
      let status = git.answer("status", "--porcelain", "--ignore-submodules=all")
    else { return nil }
    let files = status.split(separator: "\n").map { String($0.dropFirst(3)) }
    let patch =
      files.isEmpty
      ? ""
      : git.answer(
        "diff", "--no-color", "--no-ext-diff", "--no-textconv", "--ignore-submodules=all", "HEAD")
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
}
