import Diagnostics
import ScriptInterpreter
import Tensors

extension TensorHandle {
  func applying(
    _ command: String, _ arguments: BoundArguments, _ meter: Meter
  ) throws -> Value? {
    try meter.charge(count / 32)
    switch command {
    case "abs":
      try meter.require(bytes: byteCount)
      return .handle(TensorHandle(tensor.absolute(), axes: axes))
    case "sqrt":
      if let low = tensor.values.first(where: { $0 < 0 }) {
        throw arguments.failure("value", "contains a negative value: \(low)")
      }
      try meter.require(bytes: byteCount)
      return .handle(TensorHandle(tensor.squareRoot(), axes: axes))
    default:
      guard let reduction = Self.reductions[command] else { return nil }
      return try reducing(reduction, arguments, meter)
    }
  }

  /// What becomes of the numbers along the reduced axes; nil where there are too few.
  private typealias Reduction = @Sendable ([Double]) -> Double?

  /// Sums go from the first number to the last in double precision.
  private static let reductions: [String: Reduction] = [
    "sum": { $0.reduce(0, +) },
    "mean": { $0.isEmpty ? nil : $0.reduce(0, +) / Double($0.count) },
    "min": { extreme($0, by: <) },
    "max": { extreme($0, by: >) },
    "median": { line in
      guard !line.isEmpty else { return nil }
      if line.contains(where: \.isNaN) { return .nan }
      let sorted = line.sorted()
      let middle = sorted.count / 2
      return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    },
    "deviation": { line in
      guard line.count > 1 else { return nil }
      let mean = line.reduce(0, +) / Double(line.count)
      let squares = line.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return (squares / Double(line.count - 1)).squareRoot()
    },
  ]

  private static func extreme(
    _ line: [Double], by precedes: (Double, Double) -> Bool
  ) -> Double? {
    guard var best = line.first else { return nil }
    for value in line {
      if value.isNaN { return .nan }
      if precedes(value, best) { best = value }
    }
    return best
  }

  private func reducing(
    _ reduction: Reduction, _ arguments: BoundArguments, _ meter: Meter
  ) throws -> Value {
    let gone = try reducedAxes(arguments["axis"])
    let kept = (0..<tensor.rank).filter { !gone.contains($0) }
    let length = try CheckedSize.product(gone.map { shape[$0] })
    let keptShape = kept.map { shape[$0] }
    let lineCount = try CheckedSize.product(keptShape)
    // The permuted copy, one line in double precision, and the results.
    try meter.require(bytes: byteCount)
    try meter.require(length, times: 8)
    try meter.require(lineCount, times: 16)
    let lines = tensor.permuted(kept + gone)
    var results: [Double] = []
    for line in 0..<lineCount {
      try meter.charge(1 + length / 64)
      let numbers = lines.withElements { elements in
        (0..<length).map { Double(elements[line * length + $0]) }
      }
      guard let result = reduction(numbers) else {
        throw arguments.failure("values", "has too few values along the reduced axes: \(length)")
      }
      results.append(result)
    }
    if kept.isEmpty { return .float(results[0]) }
    return .handle(
      TensorHandle(
        Tensor(shape: keptShape, values: results.map(Float.init)), axes: kept.map { axes[$0] }))
  }

  /// The axes that go, in memory order; all where none is named.
  private func reducedAxes(_ argument: Value) throws -> [Int] {
    switch argument {
    case .none: return Array(0..<tensor.rank)
    case .list(let list):
      guard list.count <= tensor.rank else {
        throw CommandError(
          "cannot reduce \(list.count) axes of the tensor \(shapeText)", code: .indexOutOfRange)
      }
      return Set(try list.map { try axis($0) }).sorted()
    default: return [try axis(argument)]
    }
  }
}
