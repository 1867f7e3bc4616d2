import Reporting
import ScriptInterpreter

/// What there is to see of a value, before it is known where: lines, tables and figures, one under
/// the other.
struct View: Sendable {
  enum Part: Sendable {
    case text(String)
    case table(TextTable)
    /// Pictures and curves; drawn as graphics where the terminal has them.
    case figure(Figure)
    case ranking(HeadRanking)
  }

  var parts: [Part]

  init(_ parts: [Part] = []) { self.parts = parts }

  init(text: String) { parts = [.text(text)] }

  func text(in style: TerminalStyle) -> String {
    parts.map { part in
      switch part {
      case .text(let text): return text
      case .table(let table): return table.text(in: style)
      case .figure(let figure): return Self.drawn(figure, style)
      case .ranking(let ranking): return ranking.table(style).text(in: style)
      }
    }.joined(separator: "\n")
  }

  private static func drawn(_ figure: Figure, _ style: TerminalStyle) -> String {
    guard let cell = style.sixelCell, figure.isGraphic else { return figure.text(in: style) }
    do {
      return try FigureRenderer().sixel(figure, columns: style.columns, cell: cell)
    } catch {
      // Graphics are a bonus: what can be shown without them still is.
      return figure.text(in: style)
    }
  }
}

extension Figure {
  /// Whether there is more in it than text.
  fileprivate var isGraphic: Bool {
    rows.joined().contains { panel in
      switch panel.content {
      case .text, .empty: return false
      default: return true
      }
    }
  }
}

/// Which part of a value `show` is asked for.
struct ViewRequest: Sendable {
  /// Which of a dataset's clips.
  var clip: Int?
  /// A word of the sentence.
  var token: String?
  /// One head instead of the mean over the heads that are kept.
  var head: Int?
  /// The layer of that head, where heads of different layers are told apart.
  var layer: Int?
  /// Share of heads and words that count as selected.
  var keep = 0.5
  /// Pixels of an overlay for each pixel of the video.
  private(set) var scale = 1
  /// Whether a map can be told apart from the picture under it.
  private(set) var overlays = true

  /// Asks for what a place can show.
  mutating func adapt(to style: TerminalStyle) {
    scale = style.sixelCell == nil ? 1 : 4
    overlays = style.colors >= .palette
  }

  /// The names of the parts asked for, to complain where a value has no such parts.
  var given: [String] {
    let parts: [(name: String, isGiven: Bool)] = [
      ("clip", clip != nil), ("token", token != nil), ("head", head != nil),
      ("layer", layer != nil),
    ]
    return parts.filter(\.isGiven).map(\.name)
  }
}

/// A value of the host that shows more than its description.
protocol ViewableHandle: HandleValue {
  /// The parts of a request that mean something for this value.
  static var parts: Set<String> { get }
  func view(_ request: ViewRequest) throws -> View
}

/// A value that knows the valid values of a command's argument, for completion, which has no time
/// to compute anything.
public protocol ArgumentChoices: HandleValue {
  /// The values that make sense, as a script writes them; nil where the value has none to offer.
  func choices(for parameter: String, given clip: Int?) -> [String]?
}
