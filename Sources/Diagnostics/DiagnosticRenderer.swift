/// Writes diagnostics for people: the message, the line with a caret, notes and help.
///
/// ```
/// error[E0201]: unknown name `modle`
///   --> table5.me:7:12
///    |
///  7 | let vdm  = modle("cogvideox-1.5-5b")
///    |            ^^^^^
///    = help: did you mean `model`?
/// ```
public struct DiagnosticRenderer: Sendable {
  /// Whether to use ANSI colours; the caller knows whether it writes to a terminal.
  public var usesColor: Bool
  /// Longer source lines are cut around the caret.
  public var maximumWidth: Int
  /// Where messages, notes and help break into lines, at a space; nil leaves that to the reader.
  public var textWidth: Int?

  public init(usesColor: Bool = false, maximumWidth: Int = 160) {
    self.usesColor = usesColor
    self.maximumWidth = maximumWidth
  }

  public func render(_ diagnostics: some Sequence<Diagnostic>) -> String {
    diagnostics.map(render).joined(separator: "\n\n")
  }

  public func render(_ diagnostic: Diagnostic) -> String {
    let tint: Tint = diagnostic.severity == .error ? .red : .yellow
    let title = paint("\(diagnostic.severity.rawValue)[\(diagnostic.code.rawValue)]", tint)
    let code = "\(diagnostic.severity.rawValue)[\(diagnostic.code.rawValue)]: "
    var lines = broken("\(title): ", code.count, printable(diagnostic.message))
    let margin = marginWidth(diagnostic)
    if let span = diagnostic.span {
      lines += snippet(span, tint: tint, margin: margin)
    }
    let gutter = String(repeating: " ", count: margin + 1)
    for note in diagnostic.notes {
      lines += broken("\(gutter)= note: ", gutter.count + 8, printable(note.message))
      if let span = note.span { lines += snippet(span, tint: .blue, margin: margin) }
    }
    if let suggestion = diagnostic.suggestion {
      let head = "\(gutter)= \(paint("help", .green)): "
      lines += broken(head, gutter.count + 8, printable(suggestion))
    }
    return lines.joined(separator: "\n")
  }

  /// The place, the line and a caret under the span, in lines of their own.
  private func snippet(_ span: SourceSpan, tint: Tint, margin: Int) -> [String] {
    let start = span.location
    let blank = String(repeating: " ", count: margin + 1)
    let bar = paint("|", .blue)
    // Reading all of a long line for each message would take quadratic time.
    let excerpt = span.file.excerpt(around: span.start, reach: 8 * maximumWidth)
    let line = Array(excerpt.text.unicodeScalars)
    let first = excerpt.before
    let end = span.endLocation
    let last = end.line == start.line ? first + end.column - start.column : line.count
    let window = visibleRange(of: line.count, around: first)
    let shown = line[window].map { $0 == "\t" ? " " : String(printable($0)) }.joined()
    let place = "\(printable(span.file.path)):\(start)"
    let indent = String(repeating: " ", count: max(0, first - window.lowerBound))
    let width = max(1, min(last, window.upperBound) - first)
    let number = String(start.line)
    let label = String(repeating: " ", count: margin - number.count) + number
    return [
      "\(String(repeating: " ", count: margin))\(paint("-->", .blue)) \(place)",
      "\(blank)\(bar)",
      "\(label) \(bar) \(shown)",
      "\(blank)\(bar) \(indent)\(paint(String(repeating: "^", count: width), tint))",
    ]
  }

  /// A text behind its head, in lines that fit; those after the first are indented.
  /// - Parameter indent: how wide the head is
  private func broken(_ head: String, _ indent: Int, _ text: String) -> [String] {
    guard let textWidth, indent + text.count > textWidth else { return [head + text] }
    let room = max(20, textWidth - indent)
    var lines: [String] = []
    for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
      var line = ""
      for word in paragraph.split(separator: " ", omittingEmptySubsequences: false) {
        if !line.isEmpty, line.count + 1 + word.count > room {
          lines.append(line)
          line = String(word)
        } else {
          line += line.isEmpty ? String(word) : " \(word)"
        }
      }
      lines.append(line)
    }
    let gap = String(repeating: " ", count: indent)
    return lines.enumerated().map { ($0 == 0 ? head : gap) + $1 }
  }

  private func visibleRange(of count: Int, around column: Int) -> Range<Int> {
    guard count > maximumWidth else { return 0..<count }
    let start = min(max(0, column - maximumWidth / 2), count - maximumWidth)
    return start..<(start + maximumWidth)
  }

  /// Messages may have several lines.
  private func printable(_ text: String) -> String {
    text.unicodeScalars.map { $0 == "\n" ? "\n" : String(printable($0)) }.joined()
  }

  /// Control characters of a stranger's script never reach the terminal.
  private func printable(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar.value {
    case 0..<0x20, 0x7F, 0x80..<0xA0, 0x200B...0x200F, 0x202A...0x202E, 0x2066...0x2069:
      return "\u{FFFD}"
    default: return scalar
    }
  }

  private func marginWidth(_ diagnostic: Diagnostic) -> Int {
    let spans = [diagnostic.span] + diagnostic.notes.map(\.span)
    let line = spans.compactMap { $0?.location.line }.max() ?? 1
    return max(2, String(line).count)
  }

  private enum Tint: String {
    case red = "31"
    case green = "32"
    case yellow = "33"
    case blue = "34"
  }

  private func paint(_ text: String, _ tint: Tint) -> String {
    usesColor ? "\u{1B}[1;\(tint.rawValue)m\(text)\u{1B}[0m" : text
  }
}
