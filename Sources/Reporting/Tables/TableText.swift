import Experiments

/// The text of cells, the same in every format.
enum TableText {
  /// `57.04 ± 0.51`; the half-width only when there are several values.
  static func cell(_ cell: ResultTable.Cell, digits: Int, plusMinus: String = " ± ") -> String {
    switch cell {
    case .measured(let values):
      let sample = Sample(values)
      let mean = NumberText.fixed(sample.mean, digits: digits)
      guard let half = sample.halfWidth() else { return mean }
      return mean + plusMinus + NumberText.fixed(half, digits: digits)
    case .published(let value): return NumberText.fixed(value, digits: digits)
    case .text(let text): return text
    case .empty: return ""
    }
  }

  /// Explanations of the table's notation, then its own notes.
  static func notes(_ table: ResultTable) -> [String] {
    let counts = Set(
      table.rows.flatMap(\.cells).compactMap { cell in
        if case .measured(let values) = cell { values.count } else { nil }
      })
    var notes: [String] = []
    if let most = counts.max(), most > 1 {
      let least = counts.min() ?? most
      let seeds = least == most ? "\(most)" : "\(least) to \(most)"
      notes.append("mean ± half the 95% confidence interval over \(seeds) seeds")
    }
    if table.columns.contains(where: { $0.origin == .published }) {
      notes.append("(paper): published number, not measured here")
    }
    return notes + table.notes
  }

  /// Columns a text takes in a terminal: combining marks take none, East Asian wide letters two.
  static func width(_ text: String) -> Int {
    text.reduce(0) { total, character in
      let wide =
        character.unicodeScalars.first.map {
          (0x1100...0x115F).contains($0.value)
            || (0x2E80...0xA4CF).contains($0.value) || (0xAC00...0xD7A3).contains($0.value)
            || (0xF900...0xFAFF).contains($0.value) || (0xFF00...0xFF60).contains($0.value)
            || (0x1F300...0x1FAFF).contains($0.value)
        } ?? false
      return total + (wide ? 2 : 1)
    }
  }

  /// A heading in lines of at most `width` columns, broken at spaces and behind underscores; a
  /// longer word has a line of its own.
  static func wrapped(_ heading: String, to width: Int) -> [String] {
    var words: [String] = [""]
    for character in heading {
      words[words.count - 1].append(character)
      if character == " " || character == "_" { words.append("") }
    }
    var lines: [String] = []
    for word in words where !word.isEmpty {
      let shown = Self.width(word) - (word.last == " " ? 1 : 0)
      if let last = lines.last, Self.width(last) + shown <= width {
        lines[lines.count - 1] += word
      } else {
        lines.append(word)
      }
    }
    return lines.map { $0.last == " " ? String($0.dropLast()) : $0 }
  }

  static func padded(_ text: String, to width: Int, right: Bool) -> String {
    let space = String(repeating: " ", count: max(0, width - Self.width(text)))
    return right ? space + text : text + space
  }
}

extension ResultTable {
  /// All cells as texts: the heading first, then the rows.
  private func grid(plusMinus: String = " ± ") -> [[String]] {
    let body = rows.map { row in
      [row.label]
        + zip(columns, row.cells).map {
          TableText.cell($1, digits: $0.digits, plusMinus: plusMinus)
        }
    }
    return [[key] + columns.map(\.heading)] + body
  }

  /// Narrowest column that headings are broken for.
  private static let narrowest = 12

  /// For the terminal: aligned columns, numbers to the right, long headings in several lines.
  public var text: String { text(columns: .max) }

  /// - Parameter columns: of the terminal; the notes are broken to fit
  public func text(columns: Int) -> String {
    let grid = self.grid()
    let headings = grid[0].indices.map { column in
      let widest = grid.dropFirst().map { TableText.width($0[column]) }.max() ?? 0
      return TableText.wrapped(grid[0][column], to: max(widest, Self.narrowest))
    }
    let widths = grid[0].indices.map { column in
      (headings[column] + grid.dropFirst().map { $0[column] }).map(TableText.width).max() ?? 0
    }
    let depth = headings.map(\.count).max() ?? 1
    let heads = (0..<depth).map { row in
      headings.map { lines in
        let place = row - (depth - lines.count)
        return place >= 0 ? lines[place] : ""
      }
    }
    func line(_ cells: [String]) -> String {
      let padded = zip(0..., cells).map { index, cell in
        TableText.padded(cell, to: widths[index], right: index > 0)
      }
      var line = padded.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
    let rule = String(repeating: "─", count: widths.reduce(0, +) + 2 * (widths.count - 1))
    let lines = [title, rule] + heads.map(line) + [rule] + grid.dropFirst().map(line) + [rule]
    let notes = TableText.notes(self).flatMap { TextWrap.lines($0, columns: columns) }
    return (lines + notes).joined(separator: "\n") + "\n"
  }

  /// For documents and issues.
  public var markdown: String {
    func line(_ cells: [String]) -> String {
      let safe = cells.map {
        $0.replacingScalars { ["\\": "\\\\", "|": "\\|", "\n": " ", "\r": " "][$0] }
      }
      return "| \(safe.joined(separator: " | ")) |"
    }
    let grid = self.grid()
    let rule = "| --- |" + String(repeating: " ---: |", count: columns.count)
    let table = ([line(grid[0]), rule] + grid.dropFirst().map(line)).joined(separator: "\n")
    let notes = TableText.notes(self).map { "\n*\($0)*\n" }.joined()
    return "**\(title)**\n\n\(table)\n\(notes)"
  }

  /// For other programs: full precision; the values of all seeds, their mean and half-width.
  public var csv: String {
    let headings = columns.flatMap { column in
      column.origin == .published
        ? [column.heading]
        : [column.name, "\(column.name) half-width", "\(column.name) values"]
    }
    let lines = rows.map { row in
      [row.label]
        + zip(columns, row.cells).flatMap { column, cell -> [String] in
          column.origin == .published ? [Self.plain(cell)] : Self.fields(cell)
        }
    }
    return CSV.text([[key.isEmpty ? "row" : key] + headings] + lines)
  }

  private static func plain(_ cell: Cell) -> String {
    switch cell {
    case .published(let value): value.description
    case .text(let text): text
    case .measured, .empty: ""
    }
  }

  private static func fields(_ cell: Cell) -> [String] {
    guard case .measured(let values) = cell else { return [plain(cell), "", ""] }
    let sample = Sample(values)
    return [
      sample.mean.description, sample.halfWidth()?.description ?? "",
      values.map(\.description).joined(separator: " "),
    ]
  }

  /// For papers; needs the package booktabs.
  public var latex: String {
    func line(_ cells: [String]) -> String {
      cells.map(LaTeX.escaped).joined(separator: " & ") + " \\\\"
    }
    let grid = self.grid()
    let notes = TableText.notes(self).map { "\\\\ \\footnotesize \(LaTeX.escaped($0))" }
    return """
      \\begin{table}
      \\caption{\(LaTeX.escaped(title))}
      \\begin{tabular}{l\(String(repeating: "r", count: columns.count))}
      \\toprule
      \(line(grid[0]))
      \\midrule
      \(grid.dropFirst().map(line).joined(separator: "\n"))
      \\bottomrule
      \\end{tabular}
      \(notes.joined(separator: "\n"))
      \\end{table}

      """
  }
}

enum LaTeX {
  /// A text whose signs LaTeX prints as they are.
  static func escaped(_ text: String) -> String {
    text.replacingScalars { scalar in
      switch scalar {
      case "\\": "\\textbackslash{}"
      case "&", "%", "$", "#", "_", "{", "}": "\\\(scalar)"
      case "~": "\\textasciitilde{}"
      case "^": "\\textasciicircum{}"
      case "±": "$\\pm$"
      case "\u{2212}": "$-$"
      case "<", ">": "$\(scalar)$"
      default: nil
      }
    }
  }
}
