import Checkpoints
import Diagnostics
import Tensors

/// What a model takes under one name.
struct InputDescription: Hashable, Sendable {
  var name: String
  /// Shape and kind, in words: `[batch, tokens] integers`.
  var contents: String
  var isRequired = false
}

/// The tensors of the file given with `--in`, read by name.
///
/// Every error names the file, the tensor, what was expected and what was found.
struct ForwardInputs {
  private let file: SafetensorsFile

  /// Compares the names in a file with those that the model knows.
  init(_ file: SafetensorsFile, known: [InputDescription], model: String) throws {
    self.file = file
    let path = file.path
    let names = Set(known.map(\.name))
    let unknown = file.names.filter { !names.contains($0) }
    let list = known.map { "\($0.name) \($0.contents)\($0.isRequired ? "" : ", optional")" }
    guard unknown.isEmpty else {
      throw ForwardError.unfit(
        "\(path): \(model) has no input named "
          + Self.list(unknown),
        notes: ["inputs:"] + list, suggestion: "remove the unknown inputs")
    }
    let missing = known.filter { $0.isRequired && file.find($0.name) == nil }.map(\.name)
    guard missing.isEmpty else {
      throw ForwardError.missing(
        "\(path): \(model) needs " + missing.map { "\"\($0)\"" }.joined(separator: ", ")
          + ", but the file has " + (file.names.isEmpty ? "nothing" : Self.list(file.names)),
        notes: ["inputs:"] + list)
    }
  }

  var path: String { file.path }

  func has(_ name: String) -> Bool { file.find(name) != nil }

  func shape(_ name: String) -> [Int]? { file.find(name)?.shape }

  /// Says that one tensor does not fit.
  func unfit(_ name: String, expected: String, found: String? = nil) -> CommandError {
    let entry = file.find(name)
    let stored = entry.map { "\($0.elementType.rawValue) \($0.shape)" } ?? "nothing"
    return ForwardError.unfit(
      "\(path): \(name): expected \(expected), found \(found ?? stored)")
  }

  // MARK: - Numbers

  /// A tensor of numbers as float32; integers count, too.
  /// - Parameter shape: what it has to be; nil for an axis of any extent
  func tensor(_ name: String, shape: [Int?], _ expected: String) throws -> Tensor {
    try require(name, shape, expected)
    return try ForwardError.withStatus(1) {
      Tensor(shape: file.find(name)?.shape ?? [], values: try file.floats(name))
    }
  }

  func tensorIfPresent(_ name: String, shape: [Int?], _ expected: String) throws -> Tensor? {
    try has(name) ? tensor(name, shape: shape, expected) : nil
  }

  /// One number for each row of a batch; a single number stands for all of them.
  func numbers(_ name: String, batch: Int) throws -> [Float] {
    let expected = "one number, or [\(batch)] numbers"
    let shape = shape(name) ?? []
    guard shape.isEmpty || shape == [1] || shape == [batch] else {
      throw unfit(name, expected: expected)
    }
    let values = try ForwardError.withStatus(1) { try file.floats(name) }
    if let number = values.first(where: { !$0.isFinite }) {
      throw unfit(name, expected: "finite numbers", found: "\(number)")
    }
    return values.count == batch ? values : [Float](repeating: values[0], count: batch)
  }

  /// As ``numbers(_:batch:)``, without loss, and how their type rounds a product.
  func exactNumbers(
    _ name: String, batch: Int
  ) throws -> (values: [Double], round: (Double) -> Double) {
    let values = try numbers(name, batch: batch)
    switch try file.entry(name).elementType {
    case .float64:
      let exact = try file.doubles(name)
      let isOne = shape(name)?.product == 1
      return (values.indices.map { exact[isOne ? 0 : $0] }, { $0 })
    case .float16: return (values.map(Double.init), { Double(Float16(Float($0))) })
    case .bfloat16:
      return (
        values.map(Double.init),
        { Double(Float(bitPattern: UInt32(FloatConversion.bfloat16(Float($0))) << 16)) }
      )
    default: return (values.map(Double.init), { Double(Float($0)) })
    }
  }

  // MARK: - Integers

  /// A matrix of integers, row by row.
  func rows(_ name: String, shape: [Int?], _ expected: String) throws -> [[Int]] {
    try require(name, shape, expected)
    let values = try integers(name, expected)
    let extents = self.shape(name) ?? []
    return (0..<extents[0]).map { Array(values[$0 * extents[1]..<($0 + 1) * extents[1]]) }
  }

  func rowsIfPresent(_ name: String, shape: [Int?], _ expected: String) throws -> [[Int]]? {
    try has(name) ? rows(name, shape: shape, expected) : nil
  }

  /// A mask of the shape `[batch, tokens]`: true where a token counts. Numbers other than 0 are
  /// true, whatever their type.
  func mask(_ name: String, batch: Int, tokens: Int) throws -> [[Bool]]? {
    guard has(name) else { return nil }
    try require(name, [batch, tokens], "[\(batch), \(tokens)], 1 for tokens and 0 for padding")
    let values = try ForwardError.withStatus(1) { try file.floats(name) }
    return (0..<batch).map { row in
      (0..<tokens).map { values[row * tokens + $0] != 0 }
    }
  }

  private func integers(_ name: String, _ expected: String) throws -> [Int] {
    let entry = try file.entry(name)
    guard !entry.elementType.isFloating else {
      throw unfit(name, expected: "\(expected) (I64, I32, ...)")
    }
    return try ForwardError.withStatus(1) { try file.integers(name) }
  }

  private func require(_ name: String, _ shape: [Int?], _ expected: String) throws {
    guard let entry = file.find(name) else {
      throw ForwardError.missing(
        "\(path): \"\(name)\" is missing; expected \(expected)",
        notes: ["the file has \(Self.list(file.names))"])
    }
    let fits =
      entry.shape.count == shape.count
      && zip(entry.shape, shape).allSatisfy { $1 == nil || $0 == $1 }
    guard fits else { throw unfit(name, expected: expected) }
    guard entry.count > 0 else { throw unfit(name, expected: "\(expected), not empty") }
  }

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(20).map { "\"\($0)\"" }.joined(separator: ", ")
    return names.count > 20 ? shown + ", ..." : shown
  }
}

extension ElementType {
  var isFloating: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64, .float8E4M3, .float8E5M2: true
    case .bool, .uint8, .int8, .int16, .uint16, .int32, .uint32, .int64, .uint64: false
    }
  }
}
