import ScriptInterpreter
import Tensors

/// The numbers of lists in lists, one level for each axis; a range is a list, too.
struct NestedNumbers {
  private(set) var shape: [Int] = []
  private(set) var numbers: [Float] = []

  private let arguments: BoundArguments
  private let meter: Meter

  /// - Parameter meter: is asked before the lists of long ranges and the numbers take memory
  init(_ value: Value, _ arguments: BoundArguments, _ meter: Meter) throws {
    self.arguments = arguments
    self.meter = meter
    var level = value
    while let list = try elements(of: level) {
      shape.append(list.count)
      guard let first = list.first else { break }
      level = first
    }
    let count = try CheckedSize.product(shape)
    guard count <= TensorHandle.largestCount else {
      throw arguments.failure(
        "values", "has \(count) numbers; the limit is \(TensorHandle.largestCount)",
        code: .sizeLimit)
    }
    try meter.require(count, times: 4)
    numbers.reserveCapacity(count)
    try collect(value, 0)
  }

  private mutating func collect(_ value: Value, _ axis: Int) throws {
    guard axis < shape.count else {
      guard let number = value.number else {
        throw arguments.failure("values", "contains \(value.summary); expected a number")
      }
      numbers.append(Float(number))
      return
    }
    guard let list = try elements(of: value), list.count == shape[axis] else {
      throw arguments.failure(
        "values", "has lists of different lengths along axis \(axis)", code: .shapeMismatch)
    }
    for element in list { try collect(element, axis + 1) }
  }

  /// The elements of a list or of a range of integers; nil for anything else.
  private func elements(of value: Value) throws -> [Value]? {
    switch value {
    case .list(let list):
      try meter.charge(1 + list.count / 16)
      return list.elements
    case .range(let range):
      guard case .ints = range else { return nil }
      try meter.requireCount(range.count)
      try meter.charge(1 + (range.count ?? 0) / 16)
      return range.integers.map { $0.map(Value.int) }
    default: return nil
    }
  }
}
