import Commands
import Experiments
import Foundation
import ScriptChecker
import ScriptSyntax
import Testing

/// The signatures, their examples and `docs/commands.md` say the same.
///
/// With RECORD_SNAPSHOTS=1 in the environment the page is rewritten; that run fails.
struct CommandReferenceTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The host's registry, in a workspace of its own.
  static let signatures: SignatureRegistry = {
    let folder = NSTemporaryDirectory() + "merepl-commands-\(UUID().uuidString)"
    let files = FileManager.default
    defer { try? files.removeItem(atPath: folder) }
    do {
      try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try files.createSymbolicLink(
        atPath: "\(folder)/data", withDestinationPath: root.appending(path: "data").path)
      let workspace = try Workspace(
        root: folder, progress: ProgressDisplay(mode: .automatic(quiet: true, color: .never)))
      return ScriptHost(workspace: workspace).signatures
    } catch {
      Issue.record(error)
      return SignatureRegistry()
    }
  }()

  /// The host's own.
  static let commands = signatures.commands.filter { command in
    !CoreSignatures.all.contains { $0.name == command.name }
  }

  /// What the examples call things.
  static let names: [String: ValueType] = [
    "vdm": .handle("model"), "vlm": .handle("model"), "vae": .handle("model"),
    "tower": .handle("model"), "clips": .handle("dataset"), "priors": .handle("priors"),
    "targets": .handle("targets"), "tuned": .function,
  ]

  @Test func everyTopicHasCommands() {
    let topics = Set(Self.commands.map(\.topic))
    #expect(topics.isSuperset(of: ["data", "training", "alignment", "measures"]), "\(topics)")
  }

  @Test(arguments: commands)
  func theExamplePassesTheCheck(_ command: CommandSignature) {
    #expect(command.example.contains(command.name))
    let line = Program.load(Script.parseLine(command.example, path: command.name))
    let found = Checker.check(line: line, signatures: Self.signatures, bindings: Self.names)
      .filter { $0.severity == .error }
    #expect(found.isEmpty, "\(found)")
  }

  /// Numbers of which every one has a meaning.
  static let free: Set = ["better.first", "better.second", "better.by", "line.x", "bars.from"]

  @Test(arguments: commands)
  func everyNumberHasARange(_ command: CommandSignature) {
    for parameter in command.parameters where parameter.type.takesPlainNumbers {
      let name = "\(command.name).\(parameter.name)"
      #expect((parameter.domain != nil) != Self.free.contains(name), "\(name)")
      guard let domain = parameter.domain else { continue }
      let outside: [Literal]
      switch domain {
      case .ints(let range): outside = [.int(range.lowerBound - 1), .int(range.upperBound + 1)]
      case .floats(let range): outside = [.float(range.lowerBound - 1), .float(2e300)]
      case .above(let lower, _): outside = [.float(lower), .float(2e300)]
      case .oneOf: outside = []
      }
      for value in outside { #expect(!domain.contains(.list([value])), "\(name) \(value)") }
    }
  }

  @Test func thePageIsUpToDate() throws {
    let page = Self.root.appending(path: "docs/commands.md")
    let text = Self.page
    #expect(
      (try? String(contentsOf: page, encoding: .utf8)) == text,
      "docs/commands.md is out of date; run with RECORD_SNAPSHOTS=1")
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
      try text.write(to: page, atomically: true, encoding: .utf8)
    }
  }

  private static var page: String {
    var lines = [
      "# Commands", "",
      "Commands for scripts, in addition to the [core commands](language.md#core-commands). The "
        + "positional argument comes first, the others are named. `help NAME` shows the same at "
        + "the prompt. The tests generate this page from the signatures.", "",
    ]
    var topics: [String] = []
    for command in commands where !topics.contains(command.topic) { topics.append(command.topic) }
    for topic in topics {
      lines += ["## \(topic.prefix(1).uppercased() + topic.dropFirst())", ""]
      for command in commands where command.topic == topic {
        lines += ["### \(command.name)", "", "```", command.help, "```", ""]
      }
    }
    return lines.joined(separator: "\n")
  }
}

extension ValueType {
  /// Whether an int or float, alone or in a list, is all there is to give.
  fileprivate var takesPlainNumbers: Bool {
    switch self {
    case .int, .float: true
    case .list(let element): element.takesPlainNumbers
    case .either(let members):
      members.contains { $0.takesPlainNumbers } && !members.contains(.tensor)
        && !members.contains(.list)
    default: false
    }
  }
}
