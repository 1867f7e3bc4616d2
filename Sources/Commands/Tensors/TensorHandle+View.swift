import Reporting
import ScriptInterpreter

extension TensorHandle: ViewableHandle {
  static var parts: Set<String> { [] }
  private static let mostPanels = 12

  /// Shape and range with a curve for one axis, a heat map for two, heat maps side by side for
  /// three; of more axes the first places.
  func view(_ request: ViewRequest) throws -> View {
    let heading = "tensor float32 \(shapeText), \(rangeText)"
    let finite = tensor.values.filter(\.isFinite).map { Double($0) }
    guard let low = finite.min(), let high = finite.max(), tensor.rank > 0, count > 1 else {
      return View(text: "\(self)")
    }
    if tensor.rank == 1 {
      let points = tensor.values.enumerated().filter { $1.isFinite }
        .map { CurvePlot.Point(Double($0), Double($1)) }
      let plot = CurvePlot(
        [.init("value", points, showsMarkers: points.count <= 40)], x: Axis(axes[0] ?? "index"),
        y: Axis(""))
      return View([.text(heading), .figure(Figure(.curves(plot)))])
    }
    let (panels, note) = heatMaps(low...max(high, low))
    let figure = Figure(
      rows: [panels], note: note, width: .page,
      colorBar: ColorBar(label: "", range: low...max(high, low)))
    return View([.text(heading), .figure(figure)])
  }

  /// The last two axes as heat maps, one for each place of the axis before them.
  private func heatMaps(_ range: ClosedRange<Double>) -> (panels: [Panel], note: String) {
    let rest = max(0, tensor.rank - 3)
    let named = axes.enumerated().map { $1 ?? "axis \($0)" }
    var note = rest > 0 ? "first of \(named[..<rest].joined(separator: ", "))" : ""
    let extents = Array(shape.dropFirst(rest))
    let (height, width) = (extents[extents.count - 2], extents[extents.count - 1])
    let count = extents.count == 3 ? extents[0] : 1
    let values = tensor.values
    let panels = (0..<min(count, Self.mostPanels)).map { place in
      let part = Array(values[place * height * width..<(place + 1) * height * width])
      return Panel(
        .map(HeatMap(part, height: height, width: width, range: range)),
        title: count > 1 ? "\(named[named.count - 3]) \(place)" : "")
    }
    if count > Self.mostPanels { note += (note.isEmpty ? "" : "; ") + "\(count) in total" }
    return (panels, note)
  }
}
