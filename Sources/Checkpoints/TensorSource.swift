public import Tensors

/// Somewhere named tensors are stored: one file or the shards of a checkpoint.
public protocol TensorSource: Sendable {
  /// For messages: the file or folder.
  var location: String { get }
  /// The names of all tensors, sorted by their UTF-8 bytes.
  var names: [String] { get }
  func find(_ name: String) -> TensorEntry?
  /// Calls `body` with the stored bytes, which may be unaligned.
  func withUnsafeBytes<Result>(
    _ name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result
}

extension TensorSource {
  /// What is stored under `name`.
  public func entry(_ name: String) throws -> TensorEntry {
    if let entry = find(name) { return entry }
    let near = names.first { $0.hasSuffix(name) || name.hasSuffix($0) }
    let hint = near.map { "; did you mean \"\($0)\"?" } ?? ""
    throw SafetensorsError(
      .tensorNotFound, file: location, "no tensor \"\(name)\" among \(names.count)\(hint)")
  }

  /// The elements as float32: exact for F16, BF16 and the integers up to 24 bits, rounded to
  /// nearest for F64 and larger integers; true is 1.
  public func tensor(_ name: String) throws -> Tensor {
    let entry = try entry(name)
    return try withUnsafeBytes(name) { bytes in
      try Tensor(shape: entry.shape) { out in
        try FloatConversion.read(entry, bytes, file: location, into: out)
      }
    }
  }

  /// The elements as float32 in row-major order; see ``tensor(_:)``.
  public func floats(_ name: String) throws -> [Float] {
    let entry = try entry(name)
    return try withUnsafeBytes(name) { bytes in
      try [Float](unsafeUninitializedCapacity: entry.count) { buffer, count in
        if let out = buffer.baseAddress {
          try FloatConversion.read(entry, bytes, file: location, into: out)
        }
        count = entry.count
      }
    }
  }

  /// The elements of an integer or boolean tensor, exactly (token ids, labels, masks).
  public func integers(_ name: String) throws -> [Int] {
    let entry = try entry(name)
    return try withUnsafeBytes(name) { bytes in
      try IntegerConversion.read(entry, bytes, file: location)
    }
  }
}
