import Diagnostics
import ScriptInterpreter
import ScriptSyntax
import Tensors

extension TensorHandle {
  func combined(
    _ operation: BinaryOperator, with other: Value, isLeft: Bool, _ meter: Meter
  ) throws -> Value? {
    if operation == .power {
      guard isLeft, case .int(let exponent) = other else { return nil }
      try meter.require(bytes: byteCount)
      return .handle(
        TensorHandle(
          Tensor(shape: shape, values: tensor.values.map { integerPower($0, exponent) }), axes: axes
        ))
    }
    let partner: TensorHandle
    if case .handle(let handle as TensorHandle) = other {
      partner = handle
    } else if let number = other.number {
      partner = TensorHandle(Tensor(Float(number)))
    } else {
      return nil
    }
    let (left, right) = isLeft ? (self, partner) : (partner, self)
    let (names, size) = try left.axes(with: right)
    try meter.require(size, times: 4)
    try meter.charge(max(left.count, right.count, size) / 64)
    switch operation {
    case .add: return .handle(TensorHandle(left.tensor + right.tensor, axes: names))
    case .subtract: return .handle(TensorHandle(left.tensor - right.tensor, axes: names))
    case .multiply: return .handle(TensorHandle(left.tensor * right.tensor, axes: names))
    case .divide:
      if right.tensor.values.contains(0) {
        throw CommandError("the divisor contains a zero", code: .divisionByZero)
      }
      return .handle(TensorHandle(left.tensor / right.tensor, axes: names))
    default: return nil
    }
  }

  func negated(_ meter: Meter) throws -> Value {
    try meter.require(bytes: byteCount)
    return .handle(TensorHandle(tensor * -1, axes: axes))
  }

  /// The axis names of the result and the number of its values.
  /// - Throws: where the shapes cannot be broadcast
  private func axes(with other: TensorHandle) throws -> (names: [String?], size: Int) {
    let rank = max(tensor.rank, other.tensor.rank)
    func entry(_ handle: TensorHandle, _ axis: Int) -> (extent: Int, name: String?) {
      let own = axis - (rank - handle.tensor.rank)
      return own < 0 ? (1, nil) : (handle.shape[own], handle.axes[own])
    }
    var names: [String?] = []
    var size = 1
    for axis in 0..<rank {
      let (a, b) = (entry(self, axis), entry(other, axis))
      guard a.extent == b.extent || a.extent == 1 || b.extent == 1 else {
        throw mismatch(other, "axis \(axis - rank) has sizes \(a.extent) and \(b.extent)")
      }
      if let first = a.name, let second = b.name, first != second {
        throw mismatch(other, "axis \(axis - rank) is named `\(first)` and `\(second)`")
      }
      names.append(a.name ?? b.name)
      let (product, overflow) = size.multipliedReportingOverflow(
        by: a.extent == 1 ? b.extent : a.extent)
      guard !overflow, product <= TensorHandle.largestCount else {
        throw CommandError(
          "the result would have more than \(TensorHandle.largestCount) values", code: .sizeLimit)
      }
      size = product
    }
    return (names, size)
  }

  private func mismatch(_ other: TensorHandle, _ reason: String) -> CommandError {
    CommandError(
      "\(shapeText) and \(other.shapeText) cannot be broadcast: \(reason)", code: .shapeMismatch,
      suggestion: "axes are aligned from the last; sizes must be equal or 1")
  }
}
