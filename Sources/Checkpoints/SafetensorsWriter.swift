import Files
import JSON
public import Tensors

/// Writes safetensors files.
///
/// The same tensors and metadata give the same bytes whatever order they are passed in: tensors
/// go from wide to narrow element types (which keeps each aligned), by name within a type; the
/// header is padded with spaces to a multiple of eight bytes.
public enum SafetensorsWriter {
  /// One tensor to write.
  public struct Entry: Sendable {
    public let name: String
    public let elementType: ElementType
    public let shape: [Int]
    let contents: Contents

    enum Contents: Sendable {
      case bytes([UInt8])
      case tensor(Tensor)
    }

    /// Elements as stored in the file: little-endian, row-major.
    public init(_ name: String, _ elementType: ElementType, shape: [Int], bytes: [UInt8]) {
      precondition(
        bytes.count == shape.product * elementType.byteCount,
        "\(name): \(bytes.count) bytes for \(elementType.rawValue) \(shape)")
      self.name = name
      self.elementType = elementType
      self.shape = shape
      contents = .bytes(bytes)
    }

    /// A tensor, written as F32.
    public init(_ name: String, _ tensor: Tensor) {
      self.name = name
      elementType = .float32
      shape = tensor.shape
      contents = .tensor(tensor)
    }

    /// A float32 tensor, written as BF16 (rounded to nearest even).
    public init(bfloat16 name: String, _ tensor: Tensor) {
      let bytes = tensor.values.flatMap { value in
        let half = FloatConversion.bfloat16(value)
        return [UInt8(truncatingIfNeeded: half), UInt8(half >> 8)]
      }
      self.init(name, .bfloat16, shape: tensor.shape, bytes: bytes)
    }

    /// Integers, written as I64.
    public init(_ name: String, shape: [Int], integers: [Int]) {
      let bytes = integers.withUnsafeBytes { Array($0) }
      self.init(name, .int64, shape: shape, bytes: bytes)
    }

    var byteCount: Int { shape.product * elementType.byteCount }

    func withUnsafeBytes(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
      switch contents {
      case .bytes(let bytes): try bytes.withUnsafeBytes(body)
      case .tensor(let stored):
        try stored.widened().withElements { try $0.withUnsafeBytes(body) }
      }
    }
  }

  /// Creates or replaces the file at `path`, which never shows a part of the new bytes.
  public static func write(
    _ entries: [Entry], metadata: [String: String] = [:], to path: String
  ) throws {
    let sorted = try ordered(entries, file: path)
    let header = try header(sorted, metadata: metadata)
    try WholeFile.write(to: path, .counted) { file in
      try file.append(header)
      for entry in sorted {
        try entry.withUnsafeBytes { try file.append($0) }
      }
    }
  }

  /// The bytes ``write(_:metadata:to:)`` puts into the file.
  public static func serialize(
    _ entries: [Entry], metadata: [String: String] = [:]
  ) throws -> [UInt8] {
    let sorted = try ordered(entries, file: "<memory>")
    var result = try header(sorted, metadata: metadata)
    for entry in sorted { entry.withUnsafeBytes { result.append(contentsOf: $0) } }
    return result
  }

  private static func ordered(_ entries: [Entry], file: String) throws -> [Entry] {
    let sorted = entries.sorted { left, right in
      left.elementType.byteCount == right.elementType.byteCount
        ? utf8Precedes(left.name, right.name)
        : left.elementType.byteCount > right.elementType.byteCount
    }
    var seen: Set<String> = ["__metadata__"]
    for entry in sorted where !seen.insert(entry.name).inserted {
      throw SafetensorsError(
        .unwritable, file: file, "two tensors named \"\(entry.name)\" (or a reserved name)")
    }
    return sorted
  }

  private static func header(
    _ entries: [Entry], metadata: [String: String]
  ) throws -> [UInt8] {
    var members: [(String, JSONValue)] = []
    if !metadata.isEmpty {
      let sorted = metadata.sorted { utf8Precedes($0.key, $1.key) }
      members.append(("__metadata__", JSONValue(members: sorted.map { ($0, .string($1)) })))
    }
    var offset = 0
    for entry in entries {
      let fields: JSONValue = [
        "dtype": .string(entry.elementType.rawValue),
        "shape": .array(entry.shape.map(JSONValue.int)),
        "data_offsets": [.int(offset), .int(offset + entry.byteCount)],
      ]
      members.append((entry.name, fields))
      offset += entry.byteCount
    }
    var text = Array(try JSONValue(members: members).serialized().utf8)
    let padding = (8 - text.count % 8) % 8
    text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: padding))
    let length = Swift.withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
    return length + text
  }
}
