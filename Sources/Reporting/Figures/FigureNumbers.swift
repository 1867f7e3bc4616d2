/// The numbers that a figure can show: so far from the ends of what a double holds that sums,
/// differences and squares of them are numbers, too.
public enum FigureNumbers {
  public static let largest = 1e150
  public static let smallest = 1e-150

  /// What is wrong with a number, as the end of a sentence; nil for one that can be shown.
  public static func fault(_ value: Double) -> String? {
    guard value.isFinite else { return "\(value), which is no place in a figure" }
    let size = value.magnitude
    if size > largest { return "\(value), but figures show numbers of up to \(largest) in size" }
    if size != 0, size < smallest {
      return "\(value), but figures show 0 and numbers of at least \(smallest) in size"
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
    if let fault = FigureNumbers.fault(base) { return "where the bars begin is \(fault)" }
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
      "a place on the axis \"\(label)\" is \($0)"
    }
  }
}

extension Figure {
  /// Refuses numbers that cannot be shown, before anything is made of them.
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
