import Diagnostics

/// Words that can never be names.
public enum Keyword: String, Sendable, CaseIterable {
  case `let`, fn, `for`, `in`, `if`, `else`, and, or, not, `true`, `false`, none

  /// The keyword of a spelling; nil for any other word.
  init?(_ word: ArraySlice<UInt8>) {
    guard word.count <= Keyword.longest else { return nil }
    let packed = Keyword.pack(word)
    guard let entry = Keyword.spellings.first(where: { $0.packed == packed }) else { return nil }
    self = entry.keyword
  }

  private static let spellings = allCases.map { (packed: pack($0.rawValue.utf8), keyword: $0) }
  private static let longest = 5

  /// Up to eight bytes as one number, which compares faster than a string.
  private static func pack(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }
}

/// Punctuation, longest spelling first where one begins another.
public enum Symbol: String, Sendable, CaseIterable {
  case pipe = "|>"
  case power = "**"
  case floorDivide = "//"
  case range = ".."
  case equal = "=="
  case notEqual = "!="
  case lessOrEqual = "<="
  case greaterOrEqual = ">="
  case openParenthesis = "("
  case closeParenthesis = ")"
  case openBracket = "["
  case closeBracket = "]"
  case openBrace = "{"
  case closeBrace = "}"
  case comma = ","
  case colon = ":"
  case semicolon = ";"
  case dot = "."
  case assign = "="
  case less = "<"
  case greater = ">"
  case plus = "+"
  case minus = "-"
  case times = "*"
  case divide = "/"
  case remainder = "%"

  /// By the first byte of their spelling: the second one, if any, and the sign; longer ones first.
  static let byFirstByte: [[(second: UInt8?, symbol: Symbol)]] = {
    var table = Array(repeating: [(second: UInt8?, symbol: Symbol)](), count: 256)
    for symbol in allCases {
      let spelling = Array(symbol.rawValue.utf8)
      precondition(spelling.count <= 2, "\(symbol.rawValue) is too long a sign")
      table[Int(spelling[0])].append((spelling.count > 1 ? spelling[1] : nil, symbol))
    }
    return table
  }()

  var isOpening: Bool {
    self == .openParenthesis || self == .openBracket || self == .openBrace
  }

  var isClosing: Bool { closes != nil }

  /// The bracket that this one closes.
  var closes: Symbol? {
    switch self {
    case .closeParenthesis: return .openParenthesis
    case .closeBracket: return .openBracket
    case .closeBrace: return .openBrace
    default: return nil
    }
  }
}

/// One word, number, string or sign of a script.
struct Token: Sendable {
  enum Kind: Sendable {
    case identifier(String)
    case keyword(Keyword)
    case int(Int)
    case float(Double)
    case string([StringPiece])
    case symbol(Symbol)
    /// A `##` line, without its marks.
    case prose(String)
    case end
  }

  /// A part of a string literal.
  enum StringPiece: Sendable {
    case text(String)
    /// The tokens between braces, closed by an `end` token.
    case code([Token])
  }

  let kind: Kind
  /// The bytes `start..<end` of the file. A token holds no reference to the file, which would be
  /// counted at each copy.
  let start: Int
  let end: Int
  /// Whether a line ended between the token before and this one.
  let isFirstOnLine: Bool
  let hasSpaceBefore: Bool

  func isSymbol(_ symbol: Symbol) -> Bool {
    if case .symbol(let own) = kind { return own == symbol }
    return false
  }

  func isKeyword(_ keyword: Keyword) -> Bool {
    if case .keyword(let own) = kind { return own == keyword }
    return false
  }

  var isEnd: Bool {
    if case .end = kind { return true }
    return false
  }

  var identifier: String? {
    if case .identifier(let name) = kind { return name }
    return nil
  }

  /// The word that may stand before the colon of a named argument or field: keywords too.
  var label: String? {
    switch kind {
    case .identifier(let name): return name
    case .keyword(let keyword): return keyword.rawValue
    default: return nil
    }
  }

  /// How messages name the token.
  func summary(in file: SourceFile) -> String {
    switch kind {
    case .identifier(let name): return "`\(name)`"
    case .keyword(let keyword): return "`\(keyword.rawValue)`"
    case .int, .float: return "the number \(file.text(from: start, to: end))"
    case .string: return "a string"
    case .symbol(let symbol): return "`\(symbol.rawValue)`"
    case .prose: return "a prose line"
    case .end: return "end of input"
    }
  }
}

/// A `#` comment; the formatter puts comments back where they were.
struct Comment: Sendable {
  let text: String
  let span: SourceSpan
  /// Whether nothing but spaces stands before it on its line.
  let standsAlone: Bool
}
