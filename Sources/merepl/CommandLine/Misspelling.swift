import ArgumentParser
import Diagnostics
import Foundation

extension Merepl {
  /// Reads the command line. A first word that is no subcommand would otherwise reach the prompt,
  /// which takes no arguments and could only say so.
  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if let word = arguments.first, let message = complaint(about: word) {
      let text = """
        Error: \(message)
        Usage: merepl <subcommand>
          See 'merepl --help' for more information.

        """
      FileHandle.standardError.write(Data(text.utf8))
      Foundation.exit(ExitCode.validationFailure.rawValue)
    }
    main(arguments)
  }

  /// What is wrong with a word that stands where a subcommand belongs; nil when nothing is.
  static func complaint(about word: String) -> String? {
    let names = configuration.subcommands.map { $0._commandName } + ["help"]
    guard !word.hasPrefix("-"), !names.contains(word) else { return nil }
    var suggestion = Spelling.suggestion(for: word, among: names)
    if suggestion == nil, word.hasSuffix(".me") {
      suggestion = "to run a script write `merepl run \(word)`"
    }
    let known = "the subcommands are \(names.joined(separator: ", "))"
    return "there is no subcommand `\(word)`; \(suggestion ?? known)"
  }
}
