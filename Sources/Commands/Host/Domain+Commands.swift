import ScriptChecker

/// Domains that several commands share.
extension Domain {
  /// What is kept of something: of no heads and of no words there is nothing to show or to align.
  static let share = Domain.above(0, atMost: 1)
  static let learningRate = Domain.above(0, atMost: 1)
  /// Counts clips, heads, repetitions from 0; how many there are is known when the script runs.
  static let number = Domain.ints(0...1_000_000)

  static func words(_ words: [String]) -> Domain { .oneOf(words.map { .string($0) }) }
}
