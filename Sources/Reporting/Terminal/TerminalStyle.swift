import Experiments
import Foundation

/// What an output (terminal, file or pipe) can display.
public struct TerminalStyle: Hashable, Sendable {
  public enum Colors: Int, Hashable, Sendable, Comparable {
    case none
    /// The eight colours that every colour terminal has; too few for maps.
    case basic
    /// 256 fixed colours.
    case palette
    /// 24 bits.
    case full

    public static func < (a: Colors, b: Colors) -> Bool { a.rawValue < b.rawValue }
  }

  /// Pixels of one character's cell.
  public struct Cell: Hashable, Sendable {
    public var width: Int
    public var height: Int

    public init(width: Int, height: Int) {
      self.width = width
      self.height = height
    }
  }

  /// Characters in a line.
  public var columns: Int
  public var colors: Colors
  /// Whether block and box characters arrive as such; else everything is ASCII.
  public var isUnicode: Bool
  /// The size of a character where the terminal draws sixel pictures, else nil.
  public var sixelCell: Cell?

  public init(
    columns: Int = 80, colors: Colors = .none, isUnicode: Bool = true, sixelCell: Cell? = nil
  ) {
    self.columns = columns
    self.colors = colors
    self.isUnicode = isUnicode
    self.sixelCell = sixelCell
  }

  /// For files and pipes: no escape sequences, 80 columns.
  public static let plain = TerminalStyle()

  /// What suits a stream, as far as the environment tells. Whether it draws sixel pictures only
  /// the terminal itself knows.
  /// - Parameter file: the stream written to, 1 or 2
  public static func current(
    for file: Int32 = STDOUT_FILENO, color: ColorChoice = .auto,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> TerminalStyle {
    let colors =
      color.isOn(for: file, environment: environment) ? Self.colors(environment) : .none
    var size = winsize()
    let isKnown = ioctl(file, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return TerminalStyle(
      columns: isKnown ? max(20, Int(size.ws_col)) : 80, colors: colors,
      isUnicode: isUnicode(environment))
  }

  static func colors(_ environment: [String: String]) -> Colors {
    let terminal = environment["TERM"] ?? ""
    if ["truecolor", "24bit"].contains(environment["COLORTERM"] ?? "") { return .full }
    if ["direct", "kitty", "alacritty", "foot", "wezterm", "ghostty"].contains(where: {
      terminal.contains($0)
    }) {
      return .full
    }
    if terminal.contains("256") { return .palette }
    // Colour that was asked for without naming a terminal is for a file or a pager.
    return terminal.isEmpty || terminal == "dumb" ? .palette : .basic
  }

  /// The first of the variables that is set decides, as in C's `setlocale`.
  static func isUnicode(_ environment: [String: String]) -> Bool {
    let name = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }
      .first { !$0.isEmpty }
    let locale = (name ?? "").lowercased()
    return locale.contains("utf-8") || locale.contains("utf8")
  }
}
