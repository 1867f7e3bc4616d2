import Diagnostics
import ScriptSyntax

/// Matches arguments to parameters, for both the checker and the interpreter.
public struct ArgumentMatch: Sendable {
  /// For each parameter the index of its argument, or nil where none was given.
  public private(set) var arguments: [Int?]
  public private(set) var diagnostics: [Diagnostic] = []

  /// - Parameters:
  ///   - callee: The name used in messages.
  ///   - span: The place of the call, for arguments that are missing.
  public init(
    _ arguments: [Argument], to slots: [ParameterSlot], of callee: String, at span: SourceSpan
  ) {
    self.arguments = Array(repeating: nil, count: slots.count)
    // Those that may be given by position come first.
    let positional = slots.firstIndex { !$0.isPositional } ?? slots.count
    var given = 0
    for (index, argument) in arguments.enumerated() {
      if let label = argument.label {
        matchNamed(label, index, slots, callee)
      } else {
        if given < positional {
          self.arguments[given] = index
        } else if given == positional {
          reportTooMany(argument, slots, positional, callee)
        }
        given += 1
      }
    }
    guard diagnostics.isEmpty else { return }
    for (slot, argument) in zip(slots, self.arguments) where slot.isRequired && argument == nil {
      diagnostics.append(
        Diagnostic(
          .missingArgument, "`\(callee)` is missing the argument `\(slot.name)`", at: span,
          suggestion: slot.isPositional ? nil : "add `\(slot.name): ...`"))
    }
  }

  private mutating func matchNamed(
    _ label: Identifier, _ index: Int, _ slots: [ParameterSlot], _ callee: String
  ) {
    guard let slot = slots.firstIndex(where: { $0.name == label.name }) else {
      let free = slots.indices.filter { arguments[$0] == nil }.map { slots[$0].name }
      var suggestion = Spelling.suggestion(for: label.name, among: free)
      if suggestion == nil {
        let names = slots.map(\.name).joined(separator: ", ")
        suggestion = names.isEmpty ? "it takes no arguments" : "it takes \(names)"
      }
      diagnostics.append(
        Diagnostic(
          .unknownArgument, "`\(callee)` has no argument `\(label.name)`", at: label.span,
          suggestion: suggestion))
      return
    }
    if arguments[slot] != nil {
      diagnostics.append(
        Diagnostic(
          .duplicateArgument, "the argument `\(label.name)` of `\(callee)` is given twice",
          at: label.span))
      return
    }
    arguments[slot] = index
  }

  private mutating func reportTooMany(
    _ argument: Argument, _ slots: [ParameterSlot], _ limit: Int, _ callee: String
  ) {
    let count = limit == 0 ? "no" : String(limit)
    let noun = limit == 1 ? "argument" : "arguments"
    let names = slots.filter { !$0.isPositional }.map { "`\($0.name):`" }
    diagnostics.append(
      Diagnostic(
        .tooManyArguments, "`\(callee)` takes \(count) positional \(noun)", at: argument.span,
        suggestion: names.isEmpty ? nil : "name the others: \(names.joined(separator: ", "))"))
  }
}
