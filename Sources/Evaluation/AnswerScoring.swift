import MiniWorld
import Tensors
import VisionLanguage

/// How a model's answer to a multiple-choice question is found.
public enum AnswerScoring: String, CaseIterable, Sendable {
  /// The option whose words the model finds most likely.
  case likelihood
  /// The option whose words the model writes after the question alone.
  case words
  /// The option whose letter the model writes after the question and its lettered options.
  case letter

  /// Longer than any answer of the mini world.
  private static let longestReply = 12

  /// The option that a model chooses; nil where its answer names none.
  /// - Parameters:
  ///   - model: what `student` gave
  ///   - features: of `video`, as the model's `visionFeatures` gives them
  public func choice(
    _ question: Question, _ student: StudentModel, _ model: any VisionLanguageModel,
    _ video: VisionInput, features: Tensor
  ) throws -> Int? {
    let list = OptionList(question: question.prompt, options: question.options)
    func reply(to prompt: String) throws -> String {
      try student.reply(
        to: prompt, video, features: features, model, maxNewTokens: Self.longestReply)
    }
    switch self {
    case .likelihood:
      let likelihoods = try student.logLikelihoods(
        of: question.options, prompt: question.prompt, video, features: features, model)
      return likelihoods.indices.max { likelihoods[$0] < likelihoods[$1] }
    case .words: return list.option(repeatedBy: try reply(to: list.question))
    case .letter:
      return LetterRule.motionBench.option(
        in: try reply(to: list.prompt), of: question.options.count)
    }
  }
}
