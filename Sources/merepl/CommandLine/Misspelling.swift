import ArgumentParser
import Diagnostics
import Foundation
import Reproduction
import ScriptInterpreter

extension Merepl {
  /// Parses the command line and runs it. An unknown subcommand is reported here: otherwise it
  /// would reach the prompt, which takes no arguments and has no better message.
  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      if let word = arguments.first, let message = complaint(about: word) {
        throw ValidationError(message)
      }
      var command = try parseAsRoot(arguments)
      try command.run()
    } catch {
      let writesJSON = arguments.prefix { $0 != "--" }.contains("--json")
      Foundation.exit(end(with: error, on: Console(writesJSON: writesJSON)))
    }
  }

  /// The error for a first word that is not a subcommand; nil if it is one.
  static func complaint(about word: String) -> String? {
    let names = configuration.subcommands.map { $0._commandName } + ["help"]
    guard !word.hasPrefix("-"), !names.contains(word) else { return nil }
    var suggestion = Spelling.suggestion(for: word, among: names)
    if suggestion == nil, word.hasSuffix(".me") {
      suggestion = "to run a script, use `merepl run \(word)`"
    }
    let known = "the subcommands are \(names.joined(separator: ", "))"
    return "unknown subcommand `\(word)`; \(suggestion ?? known)"
  }

  /// Writes a help page or a usage error.
  /// - Returns: the exit status
  private static func end(with error: any Error, on console: Console) -> Int32 {
    let code = exitCode(for: error)
    let text = fullMessage(for: error)
    if code == .success {
      if !text.isEmpty { console.write(text) }
      guard let problem = Console.outputProblem else { return code.rawValue }
      return console.report(CommandError(problem, exitCode: 1)).code
    }
    // An error of a subcommand has been reported.
    if text.isEmpty { return code.rawValue }
    let lines = withoutFarGuess(text).split(separator: "\n", omittingEmptySubsequences: false)
    let message = lines[0].hasPrefix("Error: ") ? lines[0].dropFirst(7) : lines[0]
    if console.writesJSON {
      let usage = lines.first { $0.lowercased().hasPrefix("usage: ") }.map { [String($0)] }
      return console.report(
        CommandError(String(message), notes: usage ?? [], exitCode: code.rawValue)
      ).code
    }
    console.message((["error: \(message)"] + lines.dropFirst()).joined(separator: "\n"))
    return code.rawValue
  }

  /// Removes a suggested option that is not similar to the one given.
  private static func withoutFarGuess(_ text: String) -> String {
    guard let guess = text.firstMatch(of: /'-*([^']+)'\. Did you mean '-*([^']+)'\?/),
      Spelling.suggestion(for: String(guess.1), among: [String(guess.2)]) == nil
    else { return text }
    return text.replacing(guess.0, with: guess.0.prefix { $0 != "." })
  }
}
