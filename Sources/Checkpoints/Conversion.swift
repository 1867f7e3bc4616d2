/// Stored elements to float32.
public enum FloatConversion {
  /// - Parameter out: room for `entry.count` floats, all of which are written.
  static func read(
    _ entry: TensorEntry, _ bytes: UnsafeRawBufferPointer, file: String,
    into out: UnsafeMutablePointer<Float>
  ) throws(SafetensorsError) {
    let count = entry.count
    guard let start = bytes.baseAddress, count > 0 else { return }

    func convert<Element: BitwiseCopyable>(_ type: Element.Type, _ value: (Element) -> Float) {
      let stride = MemoryLayout<Element>.stride
      for i in 0..<count {
        out[i] = value(start.loadUnaligned(fromByteOffset: i * stride, as: type))
      }
    }
    switch entry.elementType {
    case .float32: UnsafeMutableRawPointer(out).copyMemory(from: start, byteCount: count * 4)
    case .bfloat16: convert(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    case .float16: convert(Float16.self) { Float($0) }
    case .float64: convert(Double.self) { Float($0) }
    case .int64: convert(Int64.self) { Float($0) }
    case .uint64: convert(UInt64.self) { Float($0) }
    case .int32: convert(Int32.self) { Float($0) }
    case .uint32: convert(UInt32.self) { Float($0) }
    case .int16: convert(Int16.self) { Float($0) }
    case .uint16: convert(UInt16.self) { Float($0) }
    case .int8: convert(Int8.self) { Float($0) }
    case .uint8: convert(UInt8.self) { Float($0) }
    case .bool: convert(UInt8.self) { $0 == 0 ? 0 : 1 }
    case .float8E5M2, .float8E4M3:
      throw SafetensorsError(
        .unsupportedElementType, file: file,
        "tensor \"\(entry.name)\" is \(entry.elementType.rawValue); convert it to BF16 first")
    }
  }

  /// The upper half of a float32, rounded to nearest even; a NaN stays one.
  public static func bfloat16(_ value: Float) -> UInt16 {
    if value.isNaN { return UInt16(value.bitPattern >> 16) | 0x40 }
    let bits = value.bitPattern
    return UInt16((bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
  }
}

/// Stored elements to integers, without loss.
enum IntegerConversion {
  static func read(
    _ entry: TensorEntry, _ bytes: UnsafeRawBufferPointer, file: String
  ) throws(SafetensorsError) -> [Int] {
    func convert<Element: FixedWidthInteger & BitwiseCopyable>(
      _ type: Element.Type
    ) throws(SafetensorsError) -> [Int] {
      var result: [Int] = []
      result.reserveCapacity(entry.count)
      for i in 0..<entry.count {
        let offset = i * MemoryLayout<Element>.stride
        let value = Element(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: type))
        guard let exact = Int(exactly: value) else {
          throw SafetensorsError(
            .unsupportedElementType, file: file,
            "tensor \"\(entry.name)\": element \(i) is \(value), which does not fit in Int")
        }
        result.append(exact)
      }
      return result
    }
    switch entry.elementType {
    case .int64: return try convert(Int64.self)
    case .uint64: return try convert(UInt64.self)
    case .int32: return try convert(Int32.self)
    case .uint32: return try convert(UInt32.self)
    case .int16: return try convert(Int16.self)
    case .uint16: return try convert(UInt16.self)
    case .int8: return try convert(Int8.self)
    case .uint8, .bool: return try convert(UInt8.self)
    case .float16, .bfloat16, .float32, .float64, .float8E4M3, .float8E5M2:
      throw SafetensorsError(
        .unsupportedElementType, file: file,
        "tensor \"\(entry.name)\" is \(entry.elementType.rawValue); expected integers")
    }
  }
}
