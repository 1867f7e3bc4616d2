import Foundation

/// Text as HTML.
public enum HTMLText {
  /// The text with every character that HTML gives a meaning escaped.
  public static func escaped(_ text: String) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n", "\t": result.unicodeScalars.append(character)
      // Pages hold no other control characters.
      case "\0"..."\u{1F}", "\u{7F}"..."\u{9F}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }

  /// The small part of Markdown that prose in scripts uses: headings, paragraphs, lists, code,
  /// strong and emphasised words. Everything else, HTML above all, is shown as it is written.
  public static func prose(_ lines: [String]) -> String {
    var html: [String] = []
    var paragraph: [String] = []
    var items: [String] = []
    func flush() {
      if !paragraph.isEmpty { html.append("<p>\(inline(paragraph.joined(separator: " ")))</p>") }
      if !items.isEmpty {
        html.append("<ul>\(items.map { "<li>\(inline($0))</li>" }.joined())</ul>")
      }
      (paragraph, items) = ([], [])
    }
    for line in lines {
      let level = line.prefix { $0 == "#" }.count
      if (1...6).contains(level), line.dropFirst(level).first == " " {
        flush()
        html.append("<h\(level)>\(inline(String(line.dropFirst(level + 1))))</h\(level)>")
      } else if line.hasPrefix("- ") {
        if items.isEmpty { flush() }
        items.append(String(line.dropFirst(2)))
      } else if line.allSatisfy(\.isWhitespace) {
        flush()
      } else {
        if !items.isEmpty { flush() }
        paragraph.append(line)
      }
    }
    flush()
    return html.joined(separator: "\n")
  }

  /// Code, strong and emphasised words inside a paragraph.
  private static func inline(_ text: String) -> String {
    // Every second part stands between back-quotes.
    let parts = text.split(separator: "`", omittingEmptySubsequences: false)
    return parts.enumerated().map { index, part in
      let isCode = index % 2 == 1 && index < parts.count - 1
      let escaped = escaped(String(part))
      if isCode { return "<code>\(escaped)</code>" }
      let mark = index % 2 == 1 ? "`" : ""
      return mark + wrapped(wrapped(escaped, in: "**", as: "strong"), in: "*", as: "em")
    }.joined()
  }

  private static func wrapped(_ text: String, in mark: String, as tag: String) -> String {
    let parts = text.components(separatedBy: mark)
    guard parts.count > 2 else { return text }
    return parts.enumerated().map { index, part in
      guard index % 2 == 1 else { return part }
      return index < parts.count - 1 ? "<\(tag)>\(part)</\(tag)>" : mark + part
    }.joined()
  }
}

extension ResultTable {
  /// For pages: measured and published columns, then the notes.
  public var html: String {
    let heading = ([key] + columns.map(\.heading)).map { "<th>\(HTMLText.escaped($0))</th>" }
    let body = rows.map { row in
      let cells = zip(columns, row.cells).map { column, cell in
        let text = HTMLText.escaped(TableText.cell(cell, digits: column.digits))
        return "<td class=\"\(column.origin.rawValue)\">\(text)</td>"
      }
      return "<tr><th>\(HTMLText.escaped(row.label))</th>\(cells.joined())</tr>"
    }
    let notes = TableText.notes(self).map { "<p class=\"note\">\(HTMLText.escaped($0))</p>" }
    return """
      <figure><table><caption>\(HTMLText.escaped(title))</caption>
      <thead><tr>\(heading.joined())</tr></thead>
      <tbody>\(body.joined(separator: "\n"))</tbody></table>
      \(notes.joined())</figure>
      """
  }
}
