import Foundation
import Testing

/// docs/tutorial.md says what the program says.
///
/// With RECORD_SNAPSHOTS=1 in the environment the answers in the page are rewritten; that run
/// fails when they change.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct TutorialTests {
  private static let page = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/tutorial.md")

  @Test func everyAnswerIsWhatTheProgramGives() throws {
    let text = try String(contentsOf: Self.page, encoding: .utf8)
    let tutorial = try Transcript(text, in: Program())
    let answered = try tutorial.answered()
    #expect(tutorial.inputCount > 25)
    for (expected, given) in zip(text.split(separator: "\n"), answered.split(separator: "\n")) {
      #expect(expected == given)
      if expected != given { break }
    }
    #expect(answered == text, "docs/tutorial.md is out of date; run with RECORD_SNAPSHOTS=1")
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1", answered != text {
      try answered.write(to: Self.page, atomically: true, encoding: .utf8)
    }
  }
}

/// A page with sessions in it: lines that begin with `me> ` and `..> ` are typed at the prompt,
/// those that begin with `$ ` in a shell, all others in the same block are answers.
private final class Transcript {
  private let lines: [String]
  private let program: Program
  /// What was typed so far and gave no error.
  private var session: [String] = []
  private(set) var inputCount = 0

  init(_ text: String, in program: Program) throws {
    lines = text.components(separatedBy: "\n")
    self.program = program
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    // `$ merepl` finds the program.
    try FileManager.default.createDirectory(
      atPath: "\(program.folder)/bin", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: "\(program.folder)/bin/merepl", withDestinationPath: Program.path)
    environment = ["PATH": "\(program.folder)/bin:\(path)"]
  }

  private let environment: [String: String?]

  /// The page with the answers that come now.
  func answered() throws -> String {
    var result: [String] = []
    var isInBlock = false
    var index = 0
    while index < lines.count {
      let line = lines[index]
      if line.hasPrefix("```") { isInBlock.toggle() }
      guard isInBlock, line.hasPrefix("me> ") || line.hasPrefix("$ ") else {
        // Old answers.
        if !isInBlock || line.hasPrefix("```") { result.append(line) }
        index += 1
        continue
      }
      var input = [line]
      while index + 1 < lines.count, lines[index + 1].hasPrefix("..> ") {
        index += 1
        input.append(lines[index])
      }
      result += input
      result += try answer(input)
      index += 1
    }
    return result.joined(separator: "\n")
  }

  private func answer(_ input: [String]) throws -> [String] {
    inputCount += 1
    if input[0].hasPrefix("$ ") { return try shell(String(input[0].dropFirst(2))) }
    let typed = input.map { String($0.dropFirst(4)) }.joined(separator: "\n")
    if typed == ":quit" { return [] }
    // What came before is there already, so its answers are told from this one by a mark.
    let mark = "-- here --"
    let before = (session + ["print(\"\(mark)\")"]).joined(separator: "\n")
    let outcome = try program.run(
      "--quiet", input: before + "\n" + typed + "\n", environment: environment)
    let parts = outcome.output.components(separatedBy: mark + "\n")
    let output = parts.count > 1 ? parts[1] : ""
    if outcome.status == 0 {
      // Pictures and tables again would only take time.
      if !typed.hasPrefix("show") && !typed.hasPrefix("help") { session.append(typed) }
      return Self.lines(output)
    }
    return Self.lines(outcome.errors)
  }

  private func shell(_ command: String) throws -> [String] {
    if command == "merepl" { return [] }
    let process = program.process(["-c", command], environment: environment)
    process.executableURL = URL(filePath: "/bin/sh")
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(command)")
    return Self.lines(String(decoding: data, as: UTF8.self))
  }

  private static func lines(_ text: String) -> [String] {
    var lines = text.components(separatedBy: "\n").map { line in
      var line = line
      while line.last == " " { line.removeLast() }
      return line
    }
    while lines.last == "" { lines.removeLast() }
    return lines
  }
}
