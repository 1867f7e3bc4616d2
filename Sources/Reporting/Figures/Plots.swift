import Experiments

/// Lines with markers over a numeric axis, with error bars where values were repeated.
public struct CurvePlot: Sendable {
  public struct Curve: Sendable {
    public var name: String
    public var points: [Point]
    public var showsMarkers: Bool

    /// - Parameter showsMarkers: false for dense curves such as a training loss
    public init(_ name: String, _ points: [Point], showsMarkers: Bool = true) {
      self.name = name
      self.points = points
      self.showsMarkers = showsMarkers
    }
  }

  public struct Point: Sendable, Hashable {
    public var x: Double
    public var y: Double
    /// Half the width of the confidence interval.
    public var halfWidth: Double?

    public init(_ x: Double, _ y: Double, halfWidth: Double? = nil) {
      self.x = x
      self.y = y
      self.halfWidth = halfWidth
    }
  }

  /// A horizontal line to compare with, for instance chance.
  public struct Reference: Sendable, Hashable {
    public var name: String
    public var y: Double

    public init(_ name: String, at y: Double) {
      self.name = name
      self.y = y
    }
  }

  public var curves: [Curve]
  public var x: Axis
  public var y: Axis
  public var references: [Reference]

  public init(_ curves: [Curve], x: Axis, y: Axis, references: [Reference] = []) {
    self.curves = curves
    self.x = x
    self.y = y
    self.references = references
  }
}

/// Bars in groups, one colour and fill for each series, with intervals.
public struct BarPlot: Sendable {
  public struct Series: Sendable {
    public var name: String
    /// One value for each group; nil where there is none.
    public var values: [Value?]

    public init(_ name: String, _ values: [Value?]) {
      self.name = name
      self.values = values
    }
  }

  public struct Value: Sendable, Hashable {
    public var mean: Double
    /// Half the width of the confidence interval.
    public var halfWidth: Double?

    public init(_ mean: Double, halfWidth: Double? = nil) {
      self.mean = mean
      self.halfWidth = halfWidth
    }
  }

  /// Names of the groups.
  public var groups: [String]
  public var series: [Series]
  public var y: Axis
  public var references: [CurvePlot.Reference]
  /// The height at which bars begin: zero, or what stands for nothing, such as chance.
  public var base: Double

  public init(
    groups: [String], series: [Series], y: Axis, references: [CurvePlot.Reference] = [],
    base: Double = 0
  ) {
    self.groups = groups
    self.series = series
    self.y = y
    self.references = references
    self.base = base
  }
}

extension BarPlot {
  /// Bars of a table's measured numbers: the rows are the series, the columns the groups.
  /// - Parameter columns: which measured columns to show; all when nil
  public init(_ table: ResultTable, columns: [String]? = nil, y: Axis) throws(TableError) {
    let measured = table.columns.filter { $0.origin == .measured }.map(\.name)
    let groups = columns ?? measured
    var series: [Series] = []
    for row in table.rows {
      var values: [Value?] = []
      for group in groups {
        let cell = try table.cell(row.label, group)
        if case .measured(let numbers) = cell {
          let sample = Sample(numbers)
          values.append(Value(sample.mean, halfWidth: sample.halfWidth()))
        } else {
          values.append(nil)
        }
      }
      series.append(Series(row.label, values))
    }
    self.init(groups: groups, series: series, y: y)
  }
}
