import Diagnostics
import ScriptInterpreter
import Tensors

extension TensorHandle {
  /// `t[2]`, `t[1..3]`, `t[0, 1..2]`, `t[head: 0, layer: 1..2]`: an int removes its axis, a range
  /// (both ends belong to it, negative numbers count from the end) keeps it. A tensor without axes
  /// is a float.
  func element(_ index: Value) throws -> Value? {
    switch index {
    case .int, .range: return try taking([(0, index)])
    case .list(let list):
      guard list.count <= tensor.rank else {
        throw CommandError(
          "too many indices (\(list.count)) for the tensor \(shapeText)", code: .indexOutOfRange)
      }
      return try taking(list.enumerated().map { ($0, $1) })
    case .record(let record):
      return try taking(record.fields.map { (try axis(.string($0.key)), $0.value) })
    default: return nil
    }
  }

  private func taking(_ indices: [(axis: Int, index: Value)]) throws -> Value {
    var part = tensor
    var names = axes
    // From the last axis to the first, so that removed axes do not move those still to come.
    for (axis, index) in indices.sorted(by: { $0.axis > $1.axis }) {
      guard axis < tensor.rank else {
        throw CommandError("a tensor without axes has no elements", code: .indexOutOfRange)
      }
      let (range, removes) = try positions(index, on: axis)
      part = part.slice(axis, range)
      if removes {
        var shape = part.shape
        shape.remove(at: axis)
        part = part.reshaped(shape)
        names.remove(at: axis)
      }
    }
    return TensorHandle.value(part, axes: names)
  }

  private func positions(_ index: Value, on axis: Int) throws -> (Range<Int>, removes: Bool) {
    func place(_ number: Int) throws -> Int {
      let place = number < 0 ? number + shape[axis] : number
      guard place >= 0, place < shape[axis] else {
        let name = axes[axis].map { "`\($0)`" } ?? "\(axis)"
        throw CommandError(
          "index \(number) is out of range for axis \(name) of the tensor \(shapeText)",
          code: .indexOutOfRange,
          suggestion: shape[axis] == 0 ? "the axis is empty" : "valid: 0 to \(shape[axis] - 1)")
      }
      return place
    }
    switch index {
    case .int(let number):
      let first = try place(number)
      return (first..<(first + 1), true)
    case .range(.ints(let lower, let upper)):
      let first = try place(lower)
      let last = try place(upper)
      return (first..<max(first, last + 1), false)
    default:
      throw CommandError(
        "expected an int or a range of ints as index, got \(index.summary)",
        code: .wrongType)
    }
  }

  /// A tensor, or the number when there is no axis left.
  static func value(_ tensor: Tensor, axes: [String?]) -> Value {
    tensor.rank == 0
      ? .float(Double(tensor.scalar)) : .handle(TensorHandle(tensor, axes: axes))
  }
}
