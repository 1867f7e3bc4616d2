import Reporting
import ScriptInterpreter

extension TensorHandle: ViewableHandle {
  static var parts: Set<String> { [] }

  /// Shape, range and, of up to three axes, a heat map (curves for one axis); of more axes the
  /// first place of the others is shown.
  func view(_ request: ViewRequest) throws -> View {
    let heading = "tensor float32 \(shapeText), \(rangeText)"
    guard count > 0, tensor.rank > 0 else { return View(text: "\(self)") }
    if tensor.rank == 1 {
      guard count > 1 else { return View(text: "\(self)") }
      let points = tensor.values.enumerated().map { CurvePlot.Point(Double($0), Double($1)) }
      let plot = CurvePlot(
        [.init("value", points, showsMarkers: count <= 40)], x: Axis(axes[0] ?? "index"),
        y: Axis(""))
      return View([.text(heading), .figure(Figure(.curves(plot)))])
    }
    let (height, width) = (shape[shape.count - 2], shape[shape.count - 1])
    let places = shape.dropLast(2).map { _ in "0" }
    let note = places.isEmpty ? "" : "; shown: [\(places.joined(separator: ", "))]"
    let map = HeatMap(
      Array(tensor.values.prefix(height * width)), height: height, width: width,
      xLabel: axes[shape.count - 1] ?? "", yLabel: axes[shape.count - 2] ?? "")
    return View([.text(heading + note), .figure(Figure(.map(map)))])
  }
}
