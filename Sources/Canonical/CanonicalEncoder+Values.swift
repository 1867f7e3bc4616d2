/// Values that say what they are: a tag, the length of the payload and the payload, so that no two
/// different sequences of values have the same bytes. Containers hold their encoded elements.
extension CanonicalEncoder {
  private enum Tag: UInt8 {
    case bool = 1
    case integer, float, string, data, list, record
  }

  private mutating func append(_ tag: Tag, _ payload: some Collection<UInt8>) {
    append(tag: tag.rawValue)
    append(bytes: payload)
  }

  public mutating func encode(_ value: Bool) { append(.bool, [value ? 1 : 0]) }
  public mutating func encode(_ value: Int) {
    append(.integer, Self.bytes { $0.append(value) })
  }
  public mutating func encode(_ value: Double) {
    append(.float, Self.bytes { $0.append(value) })
  }
  /// The bytes of the text as it is; composed and decomposed letters stay apart.
  public mutating func encode(_ value: String) { append(.string, value.utf8) }
  public mutating func encode(data: some Collection<UInt8>) { append(.data, data) }

  /// A list: `body` encodes the elements in order.
  public mutating func encodeList(_ body: (inout CanonicalEncoder) throws -> Void) rethrows {
    append(.list, try Self.bytes(body))
  }

  /// A record whose fields are given by name: written in byte order of the names, so the order in
  /// which they are given never matters.
  /// - Parameter fields: name and canonical bytes of each field; names are distinct
  public mutating func encodeRecord(_ fields: [(name: String, bytes: [UInt8])]) {
    let sorted = fields.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    for (one, next) in zip(sorted, sorted.dropFirst()) {
      precondition(
        one.name.utf8.elementsEqual(next.name.utf8) == false,
        "field '\(one.name)' is given twice")
    }
    var payload: [UInt8] = []
    for field in sorted {
      payload += Self.bytes { $0.encode(field.name) }
      payload += field.bytes
    }
    append(.record, payload)
  }

  /// The canonical bytes of what `body` writes.
  public static func bytes(_ body: (inout CanonicalEncoder) throws -> Void) rethrows -> [UInt8] {
    var encoder = CanonicalEncoder()
    try body(&encoder)
    return encoder.bytes
  }
}
