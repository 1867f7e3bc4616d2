import Glibc
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
  /// What keeps the bytes of a tensor at their place in memory, so that they can be used there; nil
  /// where they have to be copied.
  func owner(of name: String) -> (any AnyObject & Sendable)?
}

extension TensorSource {
  /// What is stored under `name`.
  public func entry(_ name: String) throws -> TensorEntry {
    if let entry = find(name) { return entry }
    let near = names.first { $0.hasSuffix(name) || name.hasSuffix($0) }
    let hint = near.map { "; did you mean \"\($0)\"?" } ?? ""
    throw SafetensorsError(
      .tensorNotFound, file: location, "no tensor \"\(name)\" among \(names.count) tensors\(hint)")
  }

  /// The elements as a tensor: exact for F32, F16, BF16 and the integers up to 24 bits, rounded to
  /// nearest for F64 and larger integers; true is 1.
  ///
  /// F32, and BF16 and F16 with at least two axes, stay in a mapped file and need no memory of
  /// their own. Other types, and tensors at unaligned addresses, are converted to float32.
  public func tensor(_ name: String) throws -> Tensor {
    let entry = try entry(name)
    return try withUnsafeBytes(name) { bytes in
      if let owner = owner(of: name), let start = bytes.baseAddress,
        let element = entry.elementType.stored(rank: entry.shape.count),
        Int(bitPattern: start) % element.byteCount == 0
      {
        return Tensor(
          storage: TensorStorage(borrowing: start, element, count: entry.count, owner: owner),
          shape: entry.shape)
      }
      return try Tensor(shape: entry.shape) { out in
        try out.withUnsafeMutableBufferPointer { buffer in
          if let out = buffer.baseAddress {
            try FloatConversion.read(entry, bytes, file: location, into: out)
          }
        }
      }
    }
  }

  /// The elements as float32 in row-major order, rounded as in ``tensor(_:)``.
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

  /// Whether `name` holds the same bytes, in the same type and shape, as `other` in a source.
  public func isSame(
    _ name: String, as other: String, in source: some TensorSource
  ) throws -> Bool {
    let (one, two) = (try entry(name), try source.entry(other))
    guard one.elementType == two.elementType, one.shape == two.shape else { return false }
    return try withUnsafeBytes(name) { a in
      try source.withUnsafeBytes(other) { b in
        a.count == b.count && (a.isEmpty || memcmp(a.baseAddress!, b.baseAddress!, a.count) == 0)
      }
    }
  }

  /// The elements of a tensor of F64, exactly.
  public func doubles(_ name: String) throws -> [Double] {
    let entry = try entry(name)
    guard entry.elementType == .float64 else {
      throw SafetensorsError(
        .unsupportedElementType, file: location,
        "tensor \"\(name)\" is \(entry.elementType.rawValue); expected F64")
    }
    return try withUnsafeBytes(name) { bytes in
      (0..<entry.count).map { index in
        Double(
          bitPattern: UInt64(
            littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)))
      }
    }
  }

  /// A part of the elements of a tensor of U8.
  public func bytes(_ name: String, _ range: Range<Int>) throws -> [UInt8] {
    let entry = try entry(name)
    guard entry.elementType == .uint8 else {
      throw SafetensorsError(
        .unsupportedElementType, file: location,
        "tensor \"\(name)\" is \(entry.elementType.rawValue); expected U8")
    }
    return try withUnsafeBytes(name) { Array($0[range]) }
  }

  /// The elements of an integer or boolean tensor, exactly (token ids, labels, masks).
  public func integers(_ name: String) throws -> [Int] {
    let entry = try entry(name)
    return try withUnsafeBytes(name) { bytes in
      try IntegerConversion.read(entry, bytes, file: location)
    }
  }
}
