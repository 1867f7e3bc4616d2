import Tensors

/// How likely a model finds one answer.
public struct OptionScore: Hashable, Sendable {
  /// Log-probability of each token of the answer, given everything before it.
  public let logProbabilities: [Double]

  public var sum: Double { logProbabilities.reduce(0, +) }
  /// The mean over tokens, which does not favour short answers.
  public var mean: Double { sum / Double(logProbabilities.count) }
}

extension VisionLanguageModel {
  /// Scores several answers to one question. The question is read once.
  /// - Parameters:
  ///   - input: everything before the answer
  ///   - options: the tokens of each answer, at least one
  ///   - features: what ``visionFeatures(_:)`` gave; computed here when nil
  public func scores(
    of options: [[Int]], after input: PreparedInput, features: Tensor? = nil
  ) throws -> [OptionScore] {
    let vocabulary = decoder.configuration.vocabulary
    for option in options {
      guard !option.isEmpty else { throw VisionLanguageError.empty("an answer option") }
      if let at = option.firstIndex(where: { $0 < 0 || $0 >= vocabulary }) {
        throw VisionLanguageError.token(id: option[at], at: at, vocabulary: vocabulary)
      }
    }
    let question = try Continuation(self, input, features: features)
    let first = question.logits.logSoftmaxValues()
    return try options.map { option in
      var scores = [Double(first[0, option[0]])]
      if option.count > 1 {
        var answer = question
        let rest = try answer.read(Array(option.dropLast())).logSoftmaxValues()
        for (row, token) in option.dropFirst().enumerated() {
          scores.append(Double(rest[row, token]))
        }
      }
      return OptionScore(logProbabilities: scores)
    }
  }
}
