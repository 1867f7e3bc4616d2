import ArgumentParser
import Canonical
import Commands
import Experiments
import Files
import Foundation
import JSON
import ModelTools
import Reproduction
import ScriptInterpreter

/// `merepl bundle`
struct BundleCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle",
    abstract: "Packs a script and everything needed to verify it into one file.",
    discussion: """
      The bundle holds the script, its includes, its lock and figures, its inputs (large ones by \
      hash only), the tool's version and the run record, without paths, host names and \
      uncommitted changes. Files outside the project are never packed. The same files give the \
      same bytes.
      """)

  @OptionGroup var arguments: ScriptArguments

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "b.tar.gz"),
    completion: .file())
  var output: String

  @Option(help: ArgumentHelp("Largest file to include, in MiB.", valueName: "n"))
  var fileLimit = 16

  @Flag(help: "Include the names of changed files and the uncommitted patch in the record.")
  var withPatch = false

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    guard (0...64).contains(fileLimit) else {
      throw ValidationError("--file-limit: expected 0 to 64, got \(fileLimit)")
    }
  }

  func run(on console: Console) throws -> ExitStatus {
    Cancellation.install()
    try OutputPlace.check(output)
    let pass = try ScriptPass(arguments.script, arguments.assignments, console: console)
    let (data, missing) = try Bundle(
      pass, fileLimit: fileLimit << 20, withPatch: withPatch
    ).archive(arguments.assignments)
    try OutputPlace.write(data, to: output)
    for path in missing { console.remark("by hash only: \(path)") }
    let hash = ContentHash(of: data).hex
    try console.write(
      [
        "file": .string(output), "bytes": .int(data.count), "sha256": .string(hash),
        "by_hash_alone": .array(missing.map { .string($0) }),
      ], or: ["\(output): \(ByteText.short(data.count)), SHA-256 \(hash)"])
    return .ok
  }
}

/// `merepl unbundle`
struct UnbundleCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "unbundle", abstract: "Checks a bundle and unpacks it into a new directory.",
    discussion: """
      The complete archive is checked before anything is written. Rejected: paths that leave the \
      directory, links, devices, duplicate names, too many or too large files, files that differ \
      from the bundle's list, and directories that git would treat as a repository. Exit status 5 \
      if inputs are missing or changed. Verify and run bundles you do not trust with --untrusted.
      """)

  @ArgumentParser.Argument(help: "The bundle.", completion: .file())
  var file: String

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The directory to create.", valueName: "dir"),
    completion: .directory)
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Where to find inputs that the bundle has by hash only; repeatable.", valueName: "dir"),
    completion: .directory)
  var inputs: [String] = []

  @OptionGroup var options: GlobalOptions

  /// Larger archives are refused unread.
  private static let largest = 256 << 20

  func run(on console: Console) throws -> ExitStatus {
    guard let data = RegularFile.contents(file, limit: Self.largest) else {
      throw ArchiveProblem("\(file) does not exist, cannot be read or is larger than 256 MiB")
    }
    let unbundling = try Unbundling(data)
    let name = ((unbundling.manifest.script as NSString).lastPathComponent as NSString)
      .deletingPathExtension
    let folder = output ?? name
    let missing = try unbundling.write(
      to: folder, sources: inputs + ((try? Workspace.locate()).map { [$0] } ?? []))
    for path in missing {
      console.message("missing: \(TerminalText.clean(path)) (pass its directory with --inputs)")
    }
    let tool = TerminalText.clean(unbundling.manifest.tool)
    let next = Self.verification(unbundling.manifest, in: folder)
    try console.write(
      [
        "folder": .string(folder), "script": .string(unbundling.manifest.script),
        "files": .int(unbundling.manifest.files.count),
        "missing": .array(missing.map { .string($0) }),
        "made_by": .string(unbundling.manifest.tool), "verify": .string(next),
      ], or: ["unpacked into \(TerminalText.clean(folder)); to verify it:", "  \(next)"])
    if tool != ToolVersion.current {
      console.remark("created by merepl \(tool.prefix(80)); this is \(ToolVersion.current)")
    }
    return missing.isEmpty ? .ok : .inputMissing
  }

  /// A shell command line. Names come from the archive, so they are quoted and cannot be read as
  /// options; values with control characters are replaced by a note.
  private static func verification(_ manifest: BundleManifest, in folder: String) -> String {
    let texts = manifest.assignments.map { "\($0.name)=\($0.value)" }
    guard texts.allSatisfy({ TerminalText.clean($0) == $0 && !$0.contains("\n") }) else {
      return "(a value of --set has control characters; see bundle.json)"
    }
    let set = texts.map { " --set=\(ShellText.quoted($0))" }.joined()
    let script = manifest.script.hasPrefix("-") ? "./\(manifest.script)" : manifest.script
    let place = folder.hasPrefix("-") ? "./\(folder)" : folder
    return "cd \(ShellText.quoted(place)) && merepl verify --untrusted"
      + " \(ShellText.quoted(script))\(set)"
  }
}
