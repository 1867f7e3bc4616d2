import ArgumentParser
import Canonical
import Commands
import Experiments
import Files
import Foundation
import JSON
import ScriptInterpreter

/// `merepl bundle`
struct BundleCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle",
    abstract: "Packs a script with all that somebody else needs to verify it into one file.",
    discussion: """
      The bundle holds the script, what it includes, its lock and figures, its inputs (large ones \
      by their hash alone), the tool's version and the record of the run, without paths, names of \
      machines and uncommitted changes. Nothing from outside the project is packed. The same \
      files give the same bytes.
      """)

  @OptionGroup var arguments: ScriptArguments

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "b.tar.gz"),
    completion: .file())
  var output: String

  @Option(help: ArgumentHelp("Largest file that goes in as a whole, in MiB.", valueName: "n"))
  var fileLimit = 16

  @Flag(help: "Let the record name changed files and hold the patch that is not committed.")
  var withPatch = false

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    guard (0...64).contains(fileLimit) else {
      throw ValidationError("--file-limit is 0 to 64, not \(fileLimit)")
    }
  }

  func run(on console: Console) throws -> ExitStatus {
    try PortableMode.enter()
    Cancellation.install()
    try OutputPlace.check(output)
    let pass = try ScriptPass(arguments.script, arguments.assignments, console: console)
    let (data, missing) = try Bundle(
      pass, fileLimit: fileLimit << 20, withPatch: withPatch
    ).archive(arguments.assignments)
    try OutputPlace.write(data, to: output)
    for path in missing { console.remark("by its hash alone: \(path)") }
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
    commandName: "unbundle", abstract: "Unpacks a bundle into a new folder, if all of it is sound.",
    discussion: """
      The archive is checked as a whole before anything is written: names that lead elsewhere, \
      links, devices, repeated names, too many or too large files and files that differ from what \
      the bundle lists are refused, and so are folders that git would take for a repository. \
      Status 5 if inputs are missing or changed. What you do not know, verify and run with \
      --untrusted.
      """)

  @ArgumentParser.Argument(help: "The bundle.", completion: .file())
  var file: String

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The folder to make.", valueName: "dir"),
    completion: .directory)
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Where to look for inputs that the bundle has by hash alone; repeatable.", valueName: "dir"),
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
      console.message("missing: \(TerminalText.clean(path)) (give its folder with --inputs)")
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
    if tool != Merepl.version {
      console.remark("made by merepl \(tool.prefix(80)), this is \(Merepl.version)")
    }
    return missing.isEmpty ? .ok : .inputMissing
  }

  /// A line for a shell. Names come from the archive: they are quoted, cannot be taken for options,
  /// and what a line cannot hold is left out with a word.
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
