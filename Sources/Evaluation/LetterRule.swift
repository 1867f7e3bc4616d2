/// How the letter of an option is read from what a model wrote. Public evaluations disagree about
/// it, so the rule has a name, and scores say which one was used.
public enum LetterRule: String, Sendable, CaseIterable {
  /// MotionBench's own clean-up of answers: what stands before the first closing parenthesis,
  /// behind the opening one if there is one; of that the first character. Never changes case.
  case motionBench = "motionbench"
  /// The first character of the answer, as lmms-eval reads SEED-Bench.
  case firstCharacter = "first-character"

  /// The character that marks the answer; nil if there is none. It need not be a letter.
  public func character(in answer: String) -> Character? {
    let text = answer.drop(while: \.isWhitespace)
    switch self {
    case .firstCharacter: return text.first
    case .motionBench:
      let upToBracket = text.prefix { $0 != ")" }
      let inside = upToBracket.firstIndex(of: "(").map {
        upToBracket[upToBracket.index(after: $0)...]
      }
      return (inside ?? upToBracket).drop(while: \.isWhitespace).first
    }
  }

  /// Index of the option that an answer names; nil if it names none of `count` options.
  public func option(in answer: String, of count: Int) -> Int? {
    guard let character = character(in: answer) else { return nil }
    return OptionList.letters.prefix(count).firstIndex(of: character)
  }
}
