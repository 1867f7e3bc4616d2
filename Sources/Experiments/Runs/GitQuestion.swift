import Files
import Foundation
import Sandbox

/// Queries git about a repository without running programs that the repository configures.
///
/// A repository's configuration can name commands that git runs even for queries: file watchers,
/// filters, text converters, hooks. Each is turned off, the repository's directories are given
/// rather than searched for, and git runs confined: it can read but start nothing, in case
/// something was missed here.
struct GitQuestion {
  private let program: String
  private let repository: String
  private let workTree: String
  /// Options that turn off everything that could run a program.
  private var options: [String] = [
    "core.fsmonitor=false", "core.hooksPath=/dev/null", "core.untrackedCache=false",
    "core.attributesFile=/dev/null", "safe.bareRepository=explicit", "protocol.allow=never",
    "core.pager=cat", "diff.external=", "submodule.recurse=false", "core.alternateRefsCommand=",
  ]

  /// Nil if git is not installed or the repository around `folder` does not belong to the user.
  init?(about folder: String) {
    guard let program = SystemProgram.find("git"), let root = RealPath.of(folder) else {
      return nil
    }
    self.program = program
    var workTree = root
    while !FileManager.default.fileExists(atPath: "\(workTree)/.git") {
      let parent = (workTree as NSString).deletingLastPathComponent
      if parent == workTree || parent.isEmpty { return nil }
      workTree = parent
    }
    self.workTree = workTree
    guard Self.isOwn(workTree), let repository = Self.repository("\(workTree)/.git"),
      Self.isOwn(repository)
    else { return nil }
    self.repository = repository
    // Nothing is run by listing names.
    let names = answer("config", "--local", "--name-only", "--list") ?? ""
    for name in Set(names.split(separator: "\n")) where name.hasPrefix("filter.") {
      let isFlag = name.hasSuffix(".required")
      options.append("\(name)=\(isFlag ? "false" : "")")
    }
  }

  /// The output of git; nil if it fails.
  func answer(_ words: String...) -> String? {
    var bounds = Confinement(.alone)
    bounds.executables = [program]
    bounds.readable = [workTree, repository] + Self.commonFolder(repository)
    bounds.limits = [
      .memory(2 << 30), .fileSize(0), .processorSeconds(30), .noCoreFile, .openFiles(256),
    ]
    let command = ConfinedProgram(
      path: program,
      arguments: ["git"] + options.flatMap { ["-c", $0] } + words,
      environment: [
        "GIT_DIR": repository, "GIT_WORK_TREE": workTree, "GIT_CEILING_DIRECTORIES": workTree,
        "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_TERMINAL_PROMPT": "0",
        "GIT_PAGER": "cat", "HOME": "/nonexistent", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8",
      ])
    let output = try? command.output(bounds, in: workTree)
    return output.flatMap { $0 }.map { String(decoding: $0, as: UTF8.self) }
  }

  /// `.git`, or the folder that such a file names, as in further work trees.
  private static func repository(_ path: String) -> String? {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return nil }
    if isFolder.boolValue { return RealPath.of(path) }
    guard let text = Self.text(of: path),
      text.hasPrefix("gitdir: ")
    else { return nil }
    let name = text.dropFirst(8).trimmingCharacters(in: .whitespacesAndNewlines)
    return RealPath.of(
      name.hasPrefix("/") ? name : "\((path as NSString).deletingLastPathComponent)/\(name)")
  }

  private static func text(of path: String) -> String? {
    RegularFile.contents(path, limit: 4096).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The repository that a further work tree belongs to.
  private static func commonFolder(_ repository: String) -> [String] {
    guard let text = Self.text(of: "\(repository)/commondir") else {
      return []
    }
    let name = text.trimmingCharacters(in: .whitespacesAndNewlines)
    return [RealPath.of(name.hasPrefix("/") ? name : "\(repository)/\(name)")].compactMap { $0 }
  }

  /// As git itself requires, repositories of other users are not queried.
  private static func isOwn(_ path: String) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else { return false }
    let caller = ProcessInfo.processInfo.environment["SUDO_UID"].flatMap { uid_t($0) }
    return status.st_uid == geteuid() || geteuid() == 0 && status.st_uid == caller
  }
}
