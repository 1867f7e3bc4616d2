import Experiments
import Foundation
import Reporting
import ScriptInterpreter
import Tensors

/// A tensor in a script: numbers on named axes, in memory order.
struct TensorHandle: HandleValue {
  let tensor: Tensor
  /// One name for each axis.
  let axes: [String]

  init(_ tensor: Tensor, axes: [String]) {
    precondition(axes.count == tensor.shape.count, "axes \(axes) of shape \(tensor.shape)")
    self.tensor = tensor
    self.axes = axes
  }

  let typeName = "tensor"

  /// SHA-256 of the axes, the shape and the bytes of the numbers.
  var contentHash: String {
    var encoder = CanonicalEncoder()
    encoder.encodeList { list in for axis in axes { list.encode(axis) } }
    encoder.encodeList { list in for extent in tensor.shape { list.encode(extent) } }
    encoder.encode(data: tensor.values.withUnsafeBytes { [UInt8]($0) })
    return encoder.digest.hex
  }

  /// `tensor float32 [frames 5, height 6, width 6], 0.0011 to 0.0338`
  var description: String {
    let shape = zip(axes, tensor.shape).map { "\($0) \($1)" }.joined(separator: ", ")
    let finite = tensor.values.lazy.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max() else {
      return "tensor float32 [\(shape)] without finite numbers"
    }
    let strange = tensor.values.lazy.filter { !$0.isFinite }.count
    return "tensor float32 [\(shape)], \(NumberText.short(Double(low))) to "
      + NumberText.short(Double(high)) + (strange > 0 ? ", \(strange) not finite" : "")
  }

  let fieldNames = ["shape", "axes", "min", "max", "mean", "sum", "values"]

  func field(_ name: String) throws -> Value? {
    let values = tensor.values
    switch name {
    case "shape": return .list(of: tensor.shape.map { .int($0) })
    case "axes": return .list(of: axes.map { .string($0) })
    case "min": return .float(Double(values.min() ?? .nan))
    case "max": return .float(Double(values.max() ?? .nan))
    case "sum": return .float(values.reduce(0) { $0 + Double($1) })
    case "mean":
      return .float(values.reduce(0) { $0 + Double($1) } / Double(max(values.count, 1)))
    case "values":
      guard values.count <= 100_000 else {
        throw CommandError("a list of \(values.count) numbers is too long; index the tensor first")
      }
      return .list(of: values.map { .float(Double($0)) })
    default: return nil
    }
  }

  /// `map[2]` is one place of the first axis, `map[1..3]` a part of it; -1 is the last.
  func element(_ index: Value) throws -> Value? {
    guard let count = tensor.shape.first else {
      throw CommandError("a tensor without axes has no elements", code: .wrongOperands)
    }
    func place(_ number: Int) throws -> Int {
      let place = number < 0 ? number + count : number
      guard place >= 0, place < count else {
        throw CommandError(
          "the index \(number) lies outside the axis \(axes[0]) of \(count)",
          code: .indexOutOfRange, suggestion: "indices go from 0 to \(count - 1)")
      }
      return place
    }
    switch index {
    case .int(let number):
      let place = try place(number)
      let part = tensor.slice(0, place..<place + 1).reshaped(Array(tensor.shape.dropFirst()))
      if part.shape.isEmpty { return .float(Double(part.values[0])) }
      return .handle(TensorHandle(part, axes: Array(axes.dropFirst())))
    case .range(.ints(let lower, let upper)):
      let (first, last) = (try place(lower), try place(upper))
      guard first <= last else { throw CommandError("the range \(index) is empty") }
      return .handle(TensorHandle(tensor.slice(0, first..<last + 1), axes: axes))
    default: return nil
    }
  }
}

extension TensorHandle: ViewableHandle {
  static var parts: Set<String> { [] }
  private static let mostPanels = 12

  /// A curve for one axis, a heat map for two, heat maps side by side for three; of more axes the
  /// first places.
  func view(_ request: ViewRequest) throws -> View {
    let finite = tensor.values.filter(\.isFinite).map { Double($0) }
    guard let low = finite.min(), let high = finite.max(), !axes.isEmpty else {
      return View(text: description)
    }
    if axes.count == 1 {
      let points = tensor.values.enumerated().filter { $1.isFinite }
        .map { CurvePlot.Point(Double($0), Double($1)) }
      let plot = CurvePlot(
        [.init("value", points, showsMarkers: points.count <= 40)], x: Axis(axes[0]), y: Axis(""))
      return View([.text(description), .figure(Figure(.curves(plot)))])
    }
    var maps = tensor
    var note = ""
    if axes.count > 3 {
      let rest = axes.count - 3
      note = "of \(axes[..<rest].joined(separator: ", ")) the first"
      for _ in 0..<rest { maps = maps.slice(0, 0..<1).reshaped(Array(maps.shape.dropFirst())) }
    }
    let (height, width) = (maps.shape[maps.shape.count - 2], maps.shape[maps.shape.count - 1])
    let count = maps.shape.count == 3 ? maps.shape[0] : 1
    let values = maps.values
    let panels = (0..<min(count, Self.mostPanels)).map { place in
      let part = Array(values[place * height * width..<(place + 1) * height * width])
      return Panel(
        .map(HeatMap(part, height: height, width: width, range: low...max(high, low))),
        title: count > 1 ? "\(axes[axes.count - 3]) \(place)" : "")
    }
    if count > Self.mostPanels { note += (note.isEmpty ? "" : "; ") + "\(count) in all" }
    let figure = Figure(
      rows: [panels], note: note, width: .page,
      colorBar: ColorBar(label: "", range: low...max(high, low)))
    return View([.text(description), .figure(figure)])
  }
}
