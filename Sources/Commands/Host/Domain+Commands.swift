import Diagnostics
import ScriptChecker
import ScriptInterpreter

/// Domains that several commands share.
extension Domain {
  /// What is kept of something: of no heads and of no words there is nothing to show or to align.
  static let share = Domain.above(0, atMost: 1)
  static let learningRate = Domain.above(0, atMost: 1)
  /// Counts clips, heads, repetitions from 0; how many there are is known when the script runs.
  static let number = Domain.ints(0...1_000_000)

  /// The raw values of an enumeration, in the order of its declaration.
  static func cases<T: RawRepresentable & CaseIterable>(
    _ type: T.Type
  ) -> Domain where T.RawValue == String {
    .oneOf(T.allCases.map { .string($0.rawValue) })
  }

  static func words(_ words: [String]) -> Domain { .oneOf(words.map { .string($0) }) }
}

extension ParameterSignature {
  /// A parameter that takes one of the cases of an enumeration. The default stands only here; the
  /// body reads the argument with ``BoundArguments/choice(_:_:)``.
  static func choice<T: RawRepresentable & CaseIterable>(
    _ name: String, _ summary: String = "", default value: T
  ) -> ParameterSignature where T.RawValue == String {
    ParameterSignature(
      name, .string, summary, default: .string(value.rawValue), in: .cases(T.self))
  }
}

extension BoundArguments {
  /// The case that an argument names.
  func choice<T: RawRepresentable>(_ name: String, _ type: T.Type = T.self) throws -> T
  where T.RawValue == String {
    let text = try string(name)
    guard let value = T(rawValue: text) else {
      throw failure(name, "is \(quoted(text)), which is not one of its values")
    }
    return value
  }
}
