import Canonical
import ScriptSyntax

extension Value {
  /// An encoding in which equal bytes mean the same value: a tag for the kind, then the content,
  /// lengths before content, little-endian, one NaN. Functions are encoded by their tree, without
  /// comments and layout, and the values they captured; handles by their content hash.
  public var canonicalBytes: [UInt8] {
    var encoder = CanonicalEncoder()
    encode(into: &encoder)
    return encoder.bytes
  }

  /// SHA-256 of `canonicalBytes`, in hexadecimal.
  public var contentHash: String { ContentHash(of: canonicalBytes).hex }

  func encode(into encoder: inout CanonicalEncoder) {
    switch self {
    case .none: encoder.append(tag: 0)
    case .bool(let value): encoder.append(tag: value ? 2 : 1)
    case .int(let value):
      encoder.append(tag: 3)
      encoder.append(value)
    case .float(let value):
      encoder.append(tag: 4)
      encoder.append(value)
    case .string(let value):
      encoder.append(tag: 5)
      encoder.append(value)
    case .list(let list):
      encoder.append(tag: 6)
      encoder.append(list.count)
      for element in list { element.encode(into: &encoder) }
    case .record(let record):
      encoder.append(tag: 7)
      encoder.append(record.fields.count)
      for (key, value) in record.fields {
        encoder.append(key)
        value.encode(into: &encoder)
      }
    case .range(.ints(let lower, let upper)):
      encoder.append(tag: 8)
      encoder.append(lower)
      encoder.append(upper)
    case .range(.floats(let lower, let upper)):
      encoder.append(tag: 9)
      encoder.append(lower)
      encoder.append(upper)
    case .function(let function):
      function.encode(into: &encoder)
    case .handle(let handle):
      encoder.append(tag: 12)
      encoder.append(handle.typeName)
      encoder.append(handle.contentHash)
    }
  }
}

extension FunctionValue {
  func encode(into encoder: inout CanonicalEncoder) {
    switch kind {
    case .command(let name, let version):
      encoder.append(tag: 11)
      encoder.append(name)
      encoder.append(version)
    case .closure(let closure):
      encoder.append(tag: 10)
      encoder.append(bytes: closure.node.canonicalBytes)
      let names = closure.captured.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      encoder.append(names.count)
      for name in names {
        encoder.append(name)
        closure.captured[name]?.encode(into: &encoder)
      }
      let commands = closure.commands.sorted {
        $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
      }
      encoder.append(commands.count)
      for (name, version) in commands {
        encoder.append(name)
        encoder.append(version)
      }
    }
  }
}
