/// Sizes and colours of all figures. Lengths are in pixels of 1/96 inch.
///
/// Every series differs from its neighbours in colour (Okabe and Ito's set, told apart by readers
/// with any common colour vision), in lightness, and in dash and marker or in fill; so figures also
/// read when printed in grey.
enum Theme {
  static let font = "DejaVu Sans"
  static let monospacedFont = "DejaVu Sans Mono"
  static let fontSize = 10.0
  static let smallFontSize = 8.5
  /// Advance of a character in ems: exact for the monospaced font, a mean for the other.
  static let monospacedAdvance = 0.602
  static let meanAdvance = 0.58
  static let lineHeight = 1.3

  static let ink = "#000000"
  static let faint = "#8C8C8C"
  static let selection = "#D55E00"
  static let selectionGround = "#FFD28A"

  struct SeriesStyle {
    let color: String
    let dash: String
    let marker: Int
    /// gnuplot's fill style.
    let fill: String
  }

  private static let styles = [
    SeriesStyle(color: "#0060A0", dash: "solid", marker: 7, fill: "solid 1.0"),
    SeriesStyle(color: "#E69F00", dash: "(12,4)", marker: 5, fill: "solid 1.0"),
    SeriesStyle(color: "#009E73", dash: "(3,3)", marker: 9, fill: "solid 1.0"),
    SeriesStyle(color: "#CC79A7", dash: "(12,4,3,4)", marker: 13, fill: "solid 0.4"),
    SeriesStyle(color: "#000000", dash: "(6,3)", marker: 6, fill: "pattern 5"),
    SeriesStyle(color: "#56B4E9", dash: "(12,4,3,4,3,4)", marker: 4, fill: "solid 0.6"),
    SeriesStyle(color: "#D55E00", dash: "(20,4)", marker: 8, fill: "pattern 4"),
    SeriesStyle(color: "#7A6A00", dash: "(2,5)", marker: 12, fill: "pattern 2"),
  ]

  static func style(_ series: Int) -> SeriesStyle { styles[series % styles.count] }

  /// Width of a text set in the proportional font.
  static func width(_ text: String, size: Double = fontSize) -> Double {
    // Equal letters are counted, not added up: widths decide places, and sums of them differ.
    let wide = text.unicodeScalars.count(where: isWide)
    let none = text.unicodeScalars.count { $0.value >= 0x300 && isMark($0) }
    let usual = text.unicodeScalars.count - wide - none
    return Double(usual) * meanAdvance * size + Double(wide) * size
  }

  /// Letters of other scripts than Latin, Greek and Cyrillic, and the mark of letters without font.
  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value >= 0x900 && !(0x1E00...0x2BFF).contains(scalar.value)
      && !scalar.properties.isDefaultIgnorableCodePoint
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isDefaultIgnorableCodePoint
      || scalar.value < 0x900 && scalar.properties.generalCategory == .nonspacingMark
  }
}

/// A rectangle in pixels, from the upper left corner of the figure.
struct Rect: Hashable {
  var left: Double
  var top: Double
  var width: Double
  var height: Double

  var right: Double { left + width }
  var bottom: Double { top + height }
  var middleX: Double { left + width / 2 }
  var middleY: Double { top + height / 2 }

  func inset(left l: Double = 0, top t: Double = 0, right r: Double = 0, bottom b: Double = 0)
    -> Rect
  {
    Rect(
      left: left + l, top: top + t, width: max(1, width - l - r), height: max(1, height - t - b))
  }
}
