import JSON

/// The header of a safetensors file: eight bytes with its length, then JSON, then the data.
///
/// Everything a reader relies on is checked here, in the order of the reference library, so that
/// a malformed file gets the same name for its fault.
struct SafetensorsHeader {
  static let sizeLimit = 100_000_000
  /// Commas and colons of a header: those of about 250,000 tensors. More take minutes to read.
  static let partLimit = 3_000_000
  /// Axes of a tensor, as in the libraries that write such files.
  static let rankLimit = 64
  /// The extents of a tensor without elements still count: whoever goes over its rows meets them.
  static let emptyLimit = 1 << 24

  /// In the order of their bytes, which cover the data exactly: no overlap, no hole.
  let entries: [TensorEntry]
  let metadata: [String: String]

  private let file: String

  init(_ bytes: UnsafeRawBufferPointer, file: String) throws(SafetensorsError) {
    self.file = file
    func fault(_ kind: SafetensorsError.Kind, _ detail: String) -> SafetensorsError {
      SafetensorsError(kind, file: file, detail)
    }
    guard bytes.count >= 8 else {
      throw fault(.headerTooSmall, "\(bytes.count) bytes, but the header length alone takes 8")
    }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= Self.sizeLimit else {
      throw fault(.headerTooLarge, "its first 8 bytes are not a valid header length")
    }
    let dataStart = 8 + Int(length)
    guard dataStart <= bytes.count else {
      throw fault(
        .invalidHeaderLength,
        "the header length is \(length) bytes, but the file has \(bytes.count)")
    }
    let text = bytes[8..<dataStart]
    guard String(validating: text, as: UTF8.self) != nil else {
      throw fault(.invalidHeader, "the header is not UTF-8")
    }
    let parts = text.reduce(0) { $1 == UInt8(ascii: ",") || $1 == UInt8(ascii: ":") ? $0 + 1 : $0 }
    guard parts <= Self.partLimit else {
      throw fault(
        .headerTooLarge,
        "the header has \(parts) commas and colons; the limit is \(Self.partLimit)")
    }
    let fields: [(name: String, fields: Fields)]
    do {
      let node = JSONNode(try JSONValue(parsing: Array(text), source: "header"))
      (fields, metadata) = try Self.read(node)
    } catch {
      throw fault(.invalidHeaderDeserialization, error.description)
    }

    var entries: [TensorEntry] = []
    entries.reserveCapacity(fields.count)
    var end = 0
    for (name, field) in fields {
      guard field.begin == end, let fieldEnd = field.end, fieldEnd >= end else {
        throw fault(
          .invalidOffset,
          "tensor \"\(name)\" has bytes \(field.offsetsText), but the previous tensor ends at "
            + "\(end): tensors must cover the data without overlap or gap")
      }
      guard field.shape.count <= Self.rankLimit else {
        throw fault(
          .tensorInvalidInfo,
          "tensor \"\(name)\" has \(field.shape.count) axes; the limit is \(Self.rankLimit)")
      }
      guard let (shape, byteCount) = field.checkedSize else {
        throw fault(.validationOverflow, "tensor \"\(name)\": its size exceeds 64 bits")
      }
      guard byteCount > 0 || (field.extent ?? .max) <= Self.emptyLimit else {
        throw fault(
          .tensorInvalidInfo,
          "tensor \"\(name)\" is empty, but its shape \(shape) is too large; the non-zero sizes "
            + "may multiply to at most \(Self.emptyLimit)")
      }
      guard byteCount == fieldEnd - end else {
        throw fault(
          .tensorInvalidInfo,
          "tensor \"\(name)\": \(field.elementType.rawValue) \(shape) needs \(byteCount) bytes, "
            + "but its offsets span \(fieldEnd - end)")
      }
      let (fileEnd, overflow) = fieldEnd.addingReportingOverflow(dataStart)
      guard !overflow else {
        throw fault(.invalidOffset, "tensor \"\(name)\": bytes \(field.offsetsText) overflow")
      }
      entries.append(
        TensorEntry(
          name: name, elementType: field.elementType, shape: shape,
          byteRange: (dataStart + end)..<fileEnd))
      end = fieldEnd
    }
    guard dataStart + end == bytes.count else {
      throw fault(
        .metadataIncompleteBuffer,
        "the tensors take \(end) bytes, but \(bytes.count - dataStart) follow the header; the file "
          + "is truncated or has trailing data")
    }
    self.entries = entries
  }

  /// What the header says of one tensor; nil where a number is beyond `Int`.
  private struct Fields {
    var elementType: ElementType
    var shape: [Int?]
    var begin: Int?
    var end: Int?

    var offsetsText: String {
      func text(_ offset: Int?) -> String { offset.map { "\($0)" } ?? "beyond 64 bits" }
      return "\(text(begin))..<\(text(end))"
    }

    /// The product of the extents that are not 0, or nil where it overflows.
    var extent: Int? {
      var product = 1
      for extent in shape where extent != 0 {
        guard let extent else { return nil }
        let (next, overflow) = product.multipliedReportingOverflow(by: extent)
        if overflow { return nil }
        product = next
      }
      return product
    }

    /// The shape and its size in bytes, or nil when either overflows.
    var checkedSize: (shape: [Int], byteCount: Int)? {
      guard let extent else { return nil }
      let count = shape.contains(0) ? 0 : extent
      let (bytes, overflow) = count.multipliedReportingOverflow(by: elementType.byteCount)
      return overflow ? nil : (shape.compactMap { $0 }, bytes)
    }
  }

  /// The tensors in the order of their offsets, and the free-form metadata.
  private static func read(
    _ header: JSONNode
  ) throws(JSONError) -> ([(name: String, fields: Fields)], [String: String]) {
    var tensors: [(name: String, fields: Fields)] = []
    var metadata: [String: String] = [:]
    for (name, member) in try header.asObject() {
      let node = JSONNode(member, path: name)
      if name == "__metadata__" {
        for key in try node.keys() { metadata[key] = try node.string(key) }
        continue
      }
      let typeName = try node.string("dtype")
      guard let elementType = ElementType(rawValue: typeName) else {
        let known = ElementType.allCases.map(\.rawValue).joined(separator: ", ")
        throw .mismatch(path: "\(name).dtype", expected: "one of \(known)", found: typeName)
      }
      let shape = try node.array("shape").map { node throws(JSONError) in try size(node) }
      let offsets = try node.array("data_offsets").map { node throws(JSONError) in
        try size(node)
      }
      guard offsets.count == 2 else {
        throw .mismatch(
          path: "\(name).data_offsets", expected: "two offsets", found: "\(offsets.count)")
      }
      tensors.append(
        (name, Fields(elementType: elementType, shape: shape, begin: offsets[0], end: offsets[1])))
    }
    func key(_ fields: Fields) -> (Int, Int) { (fields.begin ?? .max, fields.end ?? .max) }
    tensors.sort { key($0.fields) < key($1.fields) }
    return (tensors, metadata)
  }

  /// A size or an offset; nil for an integer beyond `Int`.
  private static func size(_ node: JSONNode) throws(JSONError) -> Int? {
    if case .double(let number) = node.value, number >= 0x1p63 { return nil }
    guard case .int(let number) = node.value, number >= 0 else {
      throw .mismatch(
        path: node.path, expected: "a non-negative integer",
        found: (try? node.asInt()).map { "\($0)" } ?? node.value.kind)
    }
    return number
  }
}
