/// The context of the cursor in an input, found by one pass over the text before it.
struct CompletionContext: Equatable {
  /// A call that is open at the cursor.
  struct OpenCall: Equatable {
    let name: String
    /// Labels of the arguments written so far.
    var labels: [String] = []
    /// The label of the argument at the cursor; nil for a positional one.
    var label: String?
    /// How many arguments are finished.
    var finished = 0
    /// The name that the first positional argument begins with, or that is piped into the call.
    var subject: String?
    /// What stands behind each label, where it is one word.
    var values: [String: String] = [:]
    /// Whether the call has no parentheses, so that spaces end its arguments.
    var isOpen = false
  }

  /// The beginning of a word, or of a string when `isInString`.
  private(set) var word = ""
  private(set) var isInString = false
  /// The innermost call around the cursor.
  private(set) var call: OpenCall?
  /// The name of the value, or of the call, before a `|>` that nothing but the word follows.
  private(set) var piped: String?

  init(_ text: String) {
    var scanner = Scanner()
    scanner.scan(Array(text.utf8))
    word = String(decoding: scanner.word, as: UTF8.self)
    isInString = scanner.isInString
    call = scanner.calls.last(where: { $0 != nil }) ?? nil
    if !isInString { piped = Self.piped(text.dropLast(word.count)) }
  }

  /// `clips |> ` -> `clips`, `f(a, b) |> ` -> `f`
  private static func piped(_ text: Substring) -> String? {
    func isBlank(_ letter: Character) -> Bool { letter == " " || letter == "\n" }
    var rest = text
    while rest.last.map(isBlank) == true { rest.removeLast() }
    guard rest.hasSuffix("|>") else { return nil }
    rest.removeLast(2)
    while rest.last.map(isBlank) == true { rest.removeLast() }
    var depth = 0
    while let last = rest.last, depth > 0 || last == ")" {
      rest.removeLast()
      if last == ")" { depth += 1 }
      if last == "(" { depth -= 1 }
      if depth == 0 { break }
    }
    let name = rest.reversed().prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    return name.isEmpty ? nil : String(name.reversed())
  }

  /// Where readline ends the word to complete: at a quote inside strings, which may hold paths, and
  /// at everything but letters, digits, `_` and `.` in code. Tool commands take paths.
  static func wordBreaks(_ typed: [UInt8]) -> WordBreaks {
    var scanner = Scanner()
    scanner.scan(typed)
    if scanner.isInString { return .quote }
    return typed.first == UInt8(ascii: ":") ? .space : .code
  }

  /// The characters that end a word.
  enum WordBreaks: String, CaseIterable {
    case quote = "\""
    case space = " "
    case code = " \t\n\"\\'`@$><=;|&{}()[],:+-*/%!?"
  }

  /// A rough lexer: it knows strings, comments, brackets, words and the rule that a statement may
  /// begin with a call without parentheses.
  private struct Scanner {
    private enum Bracket { case round, square, brace, interpolation }

    private(set) var word: [UInt8] = []
    private(set) var isInString = false
    /// The call that each open level belongs to; the first is that of the statement.
    private(set) var calls: [OpenCall?] = [nil]
    private var brackets: [Bracket] = []
    private var isAtStatementStart = true
    private var isEscaped = false
    private var isComment = false
    /// The last word, and the name that a pipe hands on.
    private var lastName: String?
    private var lastIndex: String?
    private var piped: (name: String, index: String?)?

    mutating func scan(_ bytes: [UInt8]) {
      for byte in bytes {
        if isComment {
          isComment = byte != UInt8(ascii: "\n")
          if !isComment { endStatement() }
        } else if isInString {
          scanString(byte)
        } else {
          scanCode(byte)
        }
      }
    }

    private mutating func scanString(_ byte: UInt8) {
      switch byte {
      case _ where isEscaped:
        isEscaped = false
        word.append(byte)
      case UInt8(ascii: "\\"):
        isEscaped = true
        word.append(byte)
      case UInt8(ascii: "\""), UInt8(ascii: "\n"):
        isInString = false
        endValue(String(decoding: word, as: UTF8.self))
        word = []
      case UInt8(ascii: "{"):
        isInString = false
        word = []
        open(.interpolation, call: nil)
      default:
        word.append(byte)
      }
    }

    private mutating func scanCode(_ byte: UInt8) {
      if isWord(byte) {
        word.append(byte)
        return
      }
      let finished = word
      word = []
      let name = String(decoding: finished, as: UTF8.self)
      if finished.first.map({ !(0x30...0x39).contains($0) }) == true {
        (lastName, lastIndex) = (name, nil)
      }
      if byte != UInt8(ascii: ":"), byte != UInt8(ascii: "(") { noteWord(name) }
      switch byte {
      case UInt8(ascii: "\""):
        noteCommand(name)
        isInString = true
      case UInt8(ascii: "("):
        open(.round, call: name.isEmpty ? nil : call(name))
      case UInt8(ascii: "|"): piped = lastName.map { ($0, lastIndex) }
      case UInt8(ascii: "["): open(.square, call: nil)
      case UInt8(ascii: "{"): open(.brace, call: nil)
      case UInt8(ascii: "]"):
        close()
        lastIndex = Int(name).map { String($0) }
        if let lastIndex, calls.last??.label == nil, calls.last??.subject != nil {
          calls[calls.count - 1]?.values["clip"] = lastIndex
        }
      case UInt8(ascii: ")"), UInt8(ascii: "}"): close()
      case UInt8(ascii: ":"):
        calls[calls.count - 1]?.label = name
        calls[calls.count - 1]?.labels.append(name)
      case UInt8(ascii: ","):
        calls[calls.count - 1]?.label = nil
        calls[calls.count - 1]?.finished += 1
      case UInt8(ascii: ";"), UInt8(ascii: "\n"): endStatement()
      case UInt8(ascii: "#"): isComment = true
      case UInt8(ascii: " "), UInt8(ascii: "\t"): noteCommand(name)
      default: if !name.isEmpty { isAtStatementStart = false }
      }
    }

    /// A call with what is piped into it.
    private mutating func call(_ name: String) -> OpenCall {
      var call = OpenCall(name: name, subject: piped?.name)
      call.values["clip"] = piped?.index
      piped = nil
      return call
    }

    /// A finished word: the beginning of the first argument, or the value behind a label.
    private mutating func noteWord(_ name: String) {
      guard !name.isEmpty, let call = calls[calls.count - 1] else { return }
      if call.label != nil {
        endValue(name)
      } else if call.finished == 0, call.subject == nil {
        calls[calls.count - 1]?.subject = name
      }
    }

    private mutating func endValue(_ text: String) {
      guard let call = calls[calls.count - 1], let label = call.label else { return }
      calls[calls.count - 1]?.values[label] = text
      if call.isOpen { calls[calls.count - 1]?.label = nil }
    }

    /// A word at the beginning of a statement calls that command, with what follows as arguments.
    private mutating func noteCommand(_ name: String) {
      guard !name.isEmpty else { return }
      if isAtStatementStart { calls[calls.count - 1] = OpenCall(name: name, isOpen: true) }
      isAtStatementStart = false
    }

    private mutating func endStatement() {
      guard brackets.last != .round, brackets.last != .square else { return }
      calls[calls.count - 1] = nil
      isAtStatementStart = true
    }

    private mutating func open(_ bracket: Bracket, call: OpenCall?) {
      brackets.append(bracket)
      calls.append(call)
      isAtStatementStart = bracket == .brace
    }

    private mutating func close() {
      isAtStatementStart = false
      guard let bracket = brackets.popLast() else { return }
      calls.removeLast()
      if bracket == .interpolation { isInString = true }
    }

    private func isWord(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."):
        return true
      default: return false
      }
    }
  }
}
