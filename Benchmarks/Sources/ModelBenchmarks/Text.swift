import Foundation

/// Numbers and tables in words.
enum Text {
  /// Three or four significant digits.
  static func digits(_ value: Double) -> String {
    let size = abs(value)
    let places = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3
    return String(format: "%.\(places)f", value)
  }

  /// Without zeros at the end.
  static func short(_ value: Double) -> String { String(format: "%g", value) }

  static func scientific(_ value: Double) -> String { String(format: "%.1e", value) }

  static func percent(_ share: Double) -> String { String(format: "%.0f%%", 100 * share) }

  /// A Markdown table; with `aligned`, columns are padded for a terminal.
  static func table(_ header: [String], _ rows: [[String]], aligned: Bool = false) -> String {
    let lines = [header, header.map { _ in "---" }] + rows
    let widths = header.indices.map { column in
      aligned ? lines.map { $0[column].count }.max() ?? 0 : 0
    }
    return lines.enumerated().map { index, line in
      let cells = zip(line, widths).map { cell, width in
        let fill = String(repeating: index == 1 ? "-" : " ", count: max(0, width - cell.count))
        return cell + fill
      }
      return "| " + cells.joined(separator: " | ") + " |"
    }.joined(separator: "\n")
  }
}
