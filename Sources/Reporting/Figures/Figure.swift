/// A figure as data: panels in rows and columns, with everything a reader must be told.
///
/// Nothing in it depends on how it is drawn. ``FigureRenderer`` turns it into svg and png files
/// with the same bytes on every run.
public struct Figure: Sendable {
  /// How wide the figure is in print.
  public enum Width: Sendable {
    /// One column of a two-column paper, 3.4 inches.
    case column
    /// The full page, 7 inches.
    case page

    var inches: Double { self == .column ? 3.4 : 7 }
  }

  /// Panels by row; rows may differ in length.
  public var rows: [[Panel]]
  /// A heading over the whole figure; papers put it into the caption instead.
  public var title: String
  /// Headings over the columns of panels, for instance times.
  public var columnTitles: [String]
  /// Names at the left of the rows of panels, for instance `video`, `noise`, `reconstruction`.
  public var rowTitles: [String]
  /// A line under the figure, for instance what its scale is.
  public var note: String
  public var width: Width
  /// Drawn once at the right when the panels share one colour scale.
  public var colorBar: ColorBar?

  public init(
    rows: [[Panel]], title: String = "", columnTitles: [String] = [], rowTitles: [String] = [],
    note: String = "", width: Width = .column, colorBar: ColorBar? = nil
  ) {
    self.rows = rows
    self.title = title
    self.columnTitles = columnTitles
    self.rowTitles = rowTitles
    self.note = note
    self.width = width
    self.colorBar = colorBar
  }

  /// A figure of one panel.
  public init(
    _ content: Panel.Content, title: String = "", note: String = "", width: Width = .column
  ) {
    self.init(rows: [[Panel(content)]], title: title, note: note, width: width)
  }

  /// Panels laid out in rows of `columns`, in reading order.
  public init(
    grid panels: [Panel], columns: Int, title: String = "", note: String = "",
    width: Width = .page, colorBar: ColorBar? = nil
  ) {
    precondition(columns > 0, "a grid of \(columns) columns")
    let rows = stride(from: 0, to: panels.count, by: columns).map {
      Array(panels[$0..<min($0 + columns, panels.count)])
    }
    self.init(rows: rows, title: title, note: note, width: width, colorBar: colorBar)
  }
}

/// A legend of colours.
public struct ColorBar: Sendable {
  public var label: String
  public var range: ClosedRange<Double>
  public var colors: ColorScale

  public init(label: String, range: ClosedRange<Double>, colors: ColorScale = .sequential) {
    self.label = label
    self.range = range
    self.colors = colors
  }
}

/// One part of a figure.
public struct Panel: Sendable {
  public enum Content: Sendable {
    case curves(CurvePlot)
    case bars(BarPlot)
    case map(HeatMap)
    case image(Frame)
    case text(StyledText)
    /// Leaves its place free.
    case empty
  }

  public var content: Content
  public var title: String
  /// Draws a heavy frame: this panel was selected.
  public var isFramed: Bool

  public init(_ content: Content, title: String = "", isFramed: Bool = false) {
    self.content = content
    self.title = title
    self.isFramed = isFramed
  }
}

/// One axis of a plot.
public struct Axis: Sendable {
  public enum Scale: Sendable {
    case linear
    /// Only for positive numbers.
    case logarithmic
  }

  /// What is shown, with its unit: `accuracy (%)`.
  public var label: String
  public var range: ClosedRange<Double>?
  public var scale: Scale
  /// Named places instead of numbers.
  public var ticks: [(place: Double, name: String)]

  public init(
    _ label: String, range: ClosedRange<Double>? = nil, scale: Scale = .linear,
    ticks: [(place: Double, name: String)] = []
  ) {
    self.label = label
    self.range = range
    self.scale = scale
    self.ticks = ticks
  }
}
