import Canonical
import Diagnostics
import Experiments
import MotionEnhancer
import OrderedCollections
import Reporting
import ScriptInterpreter

/// The heads of a prior, best first: `heads(prior)`.
struct HeadRanking: HandleValue {
  struct Row: Sendable {
    let head: Int
    let metrics: HeadMetrics
    let score: Double
    let isSelected: Bool
  }

  let source: String
  let keep: Double
  let rows: [Row]

  init(_ choice: PriorChoice) {
    let kept = Set(choice.heads)
    source = choice.handle.description
    keep = choice.keep
    rows = choice.prior.metrics.indices
      .sorted { (choice.selection.headScores[$0], $1) > (choice.selection.headScores[$1], $0) }
      .map {
        Row(
          head: $0, metrics: choice.prior.metrics[$0], score: choice.selection.headScores[$0],
          isSelected: kept.contains($0))
      }
  }

  let typeName = "head_ranking"
  var description: String { "heads of the \(source)\n" + table(.plain).text(in: .plain) }
  var contentHash: String {
    let text = rows.map { "\($0.head) \($0.metrics) \($0.score) \($0.isSelected)" }
    return ContentHash(of: Array(text.joined(separator: "\n").utf8)).hex
  }

  let fieldNames = ["rows", "selected"]

  func field(_ name: String) throws -> Value? {
    switch name {
    case "rows": return .list(of: rows.map(record))
    case "selected":
      return .list(of: rows.filter(\.isSelected).map(\.head).sorted().map { .int($0) })
    default: return nil
    }
  }

  func element(_ index: Value) throws -> Value? {
    try rankedElement(index, of: rows, record)
  }

  private func record(_ row: Row) -> Value {
    .record(of: [
      "head": .int(row.head), "dfc": .float(row.metrics.focus),
      "tcs": .float(row.metrics.continuity), "dsr": .float(row.metrics.saliency),
      "score": .float(row.score), "selected": .bool(row.isSelected),
    ])
  }

  func table(_ style: TerminalStyle) -> TextTable {
    let scores = rows.map(\.score)
    let (low, high) = (scores.min() ?? 0, scores.max() ?? 1)
    return TextTable(
      [
        .init("rank"), .init("head"), .init("DFC"), .init("TCS"), .init("DSR"), .init("score"),
        .init("", isNumber: false), .init("selected", isNumber: false),
      ],
      rows: rows.enumerated().map { rank, row in
        .init(
          [
            "\(rank + 1)", "\(row.head)", NumberText.fixed(row.metrics.focus, digits: 4),
            NumberText.fixed(row.metrics.continuity, digits: 3),
            NumberText.fixed(row.metrics.saliency, digits: 3),
            NumberText.fixed(row.score, digits: 2),
            TextBar.text(
              high > low ? (row.score - low) / (high - low) : 1, width: 16, style: style),
            row.isSelected ? (style.isUnicode ? "●" : "*") : "",
          ], isSelected: row.isSelected)
      })
  }
}

extension HeadRanking: ViewableHandle {
  static var parts: Set<String> { [] }
  func view(_ request: ViewRequest) throws -> View {
    View([
      .text("heads of the \(source)"), .ranking(self),
      .text("score: sum of the standardised metrics; selected: top \(percent(keep)) (MHS)"),
    ])
  }
}

/// The words of a prior's sentence with their motion scores: `tokens(prior)`.
struct WordRanking: HandleValue {
  struct Row: Sendable {
    let token: Int
    let word: String
    let score: Double
    let isSelected: Bool
  }

  let source: String
  let keep: Double
  /// In the order of the sentence.
  let rows: [Row]
  private let sentence: StyledText

  init(_ choice: PriorChoice) {
    let kept = Set(choice.tokens)
    source = choice.handle.description
    keep = choice.keep
    rows = choice.prior.words.map { token, text in
      Row(
        token: token, word: text, score: choice.selection.motionScores[token],
        isSelected: kept.contains(token))
    }
    sentence = choice.sentence(withScores: true)
  }

  let typeName = "word_ranking"
  var description: String { (try? view(ViewRequest()).text(in: .plain)) ?? source }
  var contentHash: String {
    let text = rows.map { "\($0.token) \($0.word) \($0.score) \($0.isSelected)" }
    return ContentHash(of: Array(text.joined(separator: "\n").utf8)).hex
  }

  let fieldNames = ["rows", "selected"]

  func field(_ name: String) throws -> Value? {
    switch name {
    case "rows": return .list(of: rows.map(record))
    case "selected": return .list(of: rows.filter(\.isSelected).map { .string($0.word) })
    default: return nil
    }
  }

  func element(_ index: Value) throws -> Value? {
    try rankedElement(index, of: rows, record)
  }

  private func record(_ row: Row) -> Value {
    .record(of: [
      "token": .int(row.token), "word": .string(row.word), "score": .float(row.score),
      "selected": .bool(row.isSelected),
    ])
  }
}

extension WordRanking: ViewableHandle {
  static var parts: Set<String> { [] }
  func view(_ request: ViewRequest) throws -> View {
    View([
      .text("words of the \(source)"), .figure(Figure(.text(sentence))),
      .text("motion scores in thousandths; highlighted: top \(percent(keep)) (MTTI)"),
    ])
  }
}

extension HandleValue {
  fileprivate func percent(_ share: Double) -> String {
    "\(NumberText.short(share * 100))%"
  }

  fileprivate func rankedElement<Row>(
    _ index: Value, of rows: [Row], _ record: (Row) -> Value
  ) throws -> Value? {
    guard case .int(let number) = index else { return nil }
    let place = number < 0 ? number + rows.count : number
    guard rows.indices.contains(place) else {
      throw CommandError(
        "index \(number) is out of range for \(rows.count) rows", code: .indexOutOfRange)
    }
    return record(rows[place])
  }
}
