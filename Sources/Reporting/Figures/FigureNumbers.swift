/// The numbers that a figure can show: far enough from the limits of a double that their sums,
/// differences and squares do not overflow.
public enum FigureNumbers {
  public static let largest = 1e150
  public static let smallest = 1e-150

  /// Why a number cannot be shown, as the end of a sentence; nil if it can.
  public static func fault(_ value: Double) -> String? {
    guard value.isFinite else { return "\(value), which cannot be drawn" }
    let size = value.magnitude
    if size > largest { return "\(value); the largest magnitude in a figure is \(largest)" }
    if size != 0, size < smallest {
      return "\(value); the smallest magnitude in a figure, except 0, is \(smallest)"
    }
    return nil
  }
}

extension CurvePlot {
  /// The first number that cannot be shown, with its place.
  var fault: String? {
    for curve in curves {
      for point in curve.points {
        for (name, value) in [("x", point.x), ("y", point.y), ("interval", point.halfWidth ?? 0)] {
          if let fault = FigureNumbers.fault(value) {
            return "\(name) in the curve \"\(curve.name)\" is \(fault)"
          }
        }
      }
    }
    return x.fault ?? y.fault ?? Reference.fault(references)
  }
}

extension BarPlot {
  /// The first number that cannot be shown, with its place.
  var fault: String? {
    for series in self.series {
      for (group, value) in zip(groups, series.values) {
        guard let value else { continue }
        for (name, number) in [("the bar", value.mean), ("the interval", value.halfWidth ?? 0)] {
          if let fault = FigureNumbers.fault(number) {
            return "\(name) \"\(series.name)\" of the group \"\(group)\" is \(fault)"
          }
        }
      }
    }
    if let fault = FigureNumbers.fault(base) { return "the base of the bars is \(fault)" }
    return y.fault ?? CurvePlot.Reference.fault(references)
  }
}

extension CurvePlot.Reference {
  fileprivate static func fault(_ references: [Self]) -> String? {
    for reference in references {
      if let fault = FigureNumbers.fault(reference.y) {
        return "the reference \"\(reference.name)\" is \(fault)"
      }
    }
    return nil
  }
}

extension Axis {
  fileprivate var fault: String? {
    let ends = range.map { [$0.lowerBound, $0.upperBound] } ?? []
    return (ends + ticks.map(\.place)).lazy.compactMap(FigureNumbers.fault).first.map {
      "a value on the axis \"\(label)\" is \($0)"
    }
  }
}

extension Figure {
  /// Throws if a number cannot be shown, before anything is drawn.
  func requireDrawable() throws(FigureError) {
    for panel in rows.joined() {
      let fault: String?
      switch panel.content {
      case .curves(let plot): fault = plot.fault
      case .bars(let plot): fault = plot.fault
      case .map, .image, .text, .empty: fault = nil
      }
      if let fault { throw .outOfRange(fault) }
    }
  }
}
