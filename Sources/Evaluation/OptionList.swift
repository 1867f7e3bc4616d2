/// A question with its options, as multiple-choice benchmarks show them to a model.
public struct OptionList: Sendable {
  /// Names of the options, in order.
  public static let letters: [Character] = ["A", "B", "C", "D", "E", "F"]

  public let question: String
  public let options: [String]

  /// - Parameter options: from one to six
  public init(question: String, options: [String]) {
    precondition(
      1...Self.letters.count ~= options.count,
      "\(options.count) options; there are letters for 1 to \(Self.letters.count)")
    self.question = question
    self.options = options
  }

  /// The question, a line for each option, and the request for a letter.
  public var prompt: String {
    let lines = zip(Self.letters, options).map { "\($0). \($1)" }
    let request = "Answer with only the option letter."
    return ([question] + lines + [request]).joined(separator: "\n")
  }

  /// Index of the option that an answer repeats, ignoring case and surrounding spaces; nil if it
  /// repeats none.
  public func option(repeatedBy answer: String) -> Int? {
    func plain(_ text: String) -> String {
      text.split(whereSeparator: \.isWhitespace).joined(separator: " ").lowercased()
    }
    let said = plain(answer)
    return options.firstIndex { plain($0) == said }
  }
}
