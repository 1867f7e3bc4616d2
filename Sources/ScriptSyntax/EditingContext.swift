import Diagnostics

/// The context of a position in a script that is being edited: the word at the position and the
/// enclosing call. Derived from tokens alone, so it also works on incomplete code.
public struct EditingContext: Sendable {
  /// A call that is open at the place.
  public struct OpenCall: Sendable, Equatable {
    public let name: String
    /// The names of the arguments given so far.
    public var labels: [String] = []
    /// The name of the argument at the place; nil for a positional one.
    public var label: String?
    /// Number of arguments before the position.
    public var finished = 0
  }

  /// The word, or the text of the string, from its beginning to the place.
  public private(set) var prefix = ""
  /// The byte range of the complete word.
  public private(set) var word: Range<Int>
  public private(set) var isInString = false
  public private(set) var isInComment = false
  /// Whether a `.` precedes the word.
  public private(set) var isField = false
  /// Whether a `:` follows the word, which makes it the name of an argument or field.
  public private(set) var isLabel = false
  public private(set) var call: OpenCall?

  public init(_ file: SourceFile, at offset: Int) {
    let place = min(max(0, offset), file.bytes.count)
    word = place..<place
    var lexer = Lexer(file: SourceFile(path: file.path, bytes: Array(file.bytes[..<place])))
    var tokens = lexer.tokenise().dropLast()
    isInComment = lexer.comments.last.map { $0.span.end == place } ?? false
    if case .prose? = tokens.last?.kind, tokens.last?.end == place { isInComment = true }
    tokens = Self.opened(tokens, at: place, in: &lexer, &isInString)
    if isInString {
      if let string = tokens.popLast() {
        prefix = file.text(from: string.start + 1, to: string.end)
      }
    } else if let last = tokens.last, last.label != nil, last.end == place, !isInComment {
      tokens.removeLast()
      word = last.start..<Self.wordEnd(file, place, lexer)
      prefix = file.text(from: last.start, to: last.end)
    } else {
      word = place..<Self.wordEnd(file, place, lexer)
    }
    isField = tokens.last?.isSymbol(.dot) ?? false
    isLabel = Self.colonFollows(file, word.upperBound)
    call = Self.innermostCall(Array(tokens))
  }

  /// The tokens around the place: where it lies in an interpolation, those of the interpolation
  /// follow those before the string.
  private static func opened(
    _ tokens: ArraySlice<Token>, at place: Int, in lexer: inout Lexer, _ isInString: inout Bool
  ) -> ArraySlice<Token> {
    guard let last = tokens.last, case .string = last.kind, last.end >= place,
      let problem = lexer.diagnostics.last, problem.code == .unterminatedString,
      let open = problem.span, open.start >= last.start
    else { return tokens }
    // `"...{` without its brace: the string was cut in the middle of code.
    if open.text == "{" {
      let blank = [UInt8](repeating: 0x20, count: open.end)
      var inner = Lexer(
        file: SourceFile(path: "", bytes: blank + lexer.bytes[open.end...]))
      let code = inner.tokenise().dropLast()
      return (Array(tokens.dropLast()) + opened(code, at: place, in: &inner, &isInString))[...]
    }
    isInString = true
    return tokens
  }

  private static func wordEnd(_ file: SourceFile, _ start: Int, _ lexer: Lexer) -> Int {
    var end = start
    while end < file.bytes.count, case let byte = file.bytes[end],
      lexer.isLetter(byte) || lexer.isDigit(byte)
    {
      end += 1
    }
    return end
  }

  private static func colonFollows(_ file: SourceFile, _ start: Int) -> Bool {
    var place = start
    while place < file.bytes.count, file.bytes[place] == 0x20 { place += 1 }
    return place < file.bytes.count && file.bytes[place] == UInt8(ascii: ":")
  }

  private static func innermostCall(_ tokens: [Token]) -> OpenCall? {
    // One level for each open bracket, and one for the statement itself.
    var levels: [OpenCall?] = [nil]
    var isStatementStart = true
    for (index, token) in tokens.enumerated() {
      if token.isFirstOnLine, levels.count == 1 || isStatementStart {
        levels[levels.count - 1] = levels.count == 1 ? nil : levels[levels.count - 1]
        isStatementStart = true
      }
      let previous = index > 0 ? tokens[index - 1] : nil
      if isStatementStart, let name = token.identifier, levels.last == .some(nil) {
        levels[levels.count - 1] = OpenCall(name: name)
        isStatementStart = false
        continue
      }
      isStatementStart = false
      guard case .symbol(let symbol) = token.kind else { continue }
      switch symbol {
      case .openParenthesis:
        var call: OpenCall?
        if let name = previous?.identifier {
          call = OpenCall(name: name)
          // `x |> f(` has its first argument already.
          if index > 1, tokens[index - 2].isSymbol(.pipe) { call?.finished = 1 }
        }
        levels.append(call)
      case .openBracket, .openBrace:
        levels.append(nil)
        isStatementStart = symbol == .openBrace
      case .closeParenthesis, .closeBracket, .closeBrace:
        if levels.count > 1 { levels.removeLast() }
      case .comma:
        levels[levels.count - 1]?.label = nil
        levels[levels.count - 1]?.finished += 1
      case .colon:
        guard let name = previous?.label else { break }
        if levels.last??.label != nil { levels[levels.count - 1]?.finished += 1 }
        levels[levels.count - 1]?.label = name
        levels[levels.count - 1]?.labels.append(name)
      case .semicolon:
        levels[levels.count - 1] = nil
        isStatementStart = true
      case .assign, .pipe:
        if levels.count == 1 { levels[0] = nil }
      default: break
      }
    }
    return levels.last { $0 != nil } ?? nil
  }
}
