internal import CJSON
internal import Files
internal import FoundationEssentials
internal import OrderedCollections

extension JSONValue {
  /// Depth of nesting that is accepted unless said otherwise.
  public static let defaultDepthLimit = 512

  /// Reads a JSON text as RFC 8259 has it: UTF-8, one value, nothing after it.
  ///
  /// - Parameters:
  ///   - source: what to call the text in messages, usually its file.
  ///   - depthLimit: levels of nesting beyond which the text is refused.
  public init(
    parsing text: String, source: String = "<text>", depthLimit: Int = defaultDepthLimit
  ) throws(JSONError) {
    try self.init(parsing: Array(text.utf8), source: source, depthLimit: depthLimit)
  }

  /// Reads the bytes of a JSON text; see ``init(parsing:source:depthLimit:)-(String,_,_)``.
  public init(
    parsing bytes: [UInt8], source: String = "<text>", depthLimit: Int = defaultDepthLimit
  ) throws(JSONError) {
    let result = bytes.withUnsafeBufferPointer { buffer in
      Result { () throws(JSONError) in
        try JSONParser(bytes: buffer, source: source).parse(depthLimit: depthLimit)
      }
    }
    self = try result.get()
  }

  /// Reads a JSON file.
  public init(
    contentsOfFile file: String, depthLimit: Int = defaultDepthLimit
  ) throws(JSONError) {
    let data: Data
    do throws(FileFault) {
      data = try RegularFile.read(file)
    } catch {
      throw JSONError.unreadable(file: file, reason: error.reason)
    }
    try self.init(parsing: [UInt8](data), source: file, depthLimit: depthLimit)
  }
}

/// One reading of a text with json-c.
private struct JSONParser {
  let bytes: UnsafeBufferPointer<UInt8>
  let source: String

  func parse(depthLimit: Int) throws(JSONError) -> JSONValue {
    guard bytes.count < Int(Int32.max) / 2 else {
      throw syntax(0, "the text is larger than 1 GiB")
    }
    if let offset = firstInvalidUTF8() { throw syntax(offset, "not UTF-8") }
    let text: JSONLexicalCheck
    do {
      text = try JSONLexicalCheck(bytes, depthLimit: depthLimit)
    } catch {
      throw syntax(error.offset, error.reason)
    }

    // The limit itself has been checked; json-c counts a scalar as one more level.
    guard let tokener = json_tokener_new_ex(Int32(clamping: depthLimit + 2)) else {
      throw syntax(0, "out of memory")
    }
    defer { json_tokener_free(tokener) }
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8)
    let root = text.copy.withUnsafeBytes { buffer in
      json_tokener_parse_ex(
        tokener, buffer.bindMemory(to: CChar.self).baseAddress, Int32(buffer.count))
    }
    defer { json_object_put(root) }

    let status = json_tokener_get_error(tokener)
    let end = text.originalOffset(Int(json_tokener_get_parse_end(tokener)))
    switch status {
    case json_tokener_success:
      break
    case json_tokener_continue:
      throw syntax(bytes.count, "unexpected end of text")
    default:
      throw syntax(end, String(cString: json_tokener_error_desc(status)))
    }
    let builder = JSONTreeBuilder(source: source, nullStandIn: text.nullStandIn)
    return try builder.value(root)
  }

  /// The first byte that is not part of well-formed UTF-8, or nil.
  private func firstInvalidUTF8() -> Int? {
    if String(validating: bytes, as: UTF8.self) != nil { return nil }
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var offset = 0
    while case .scalarValue(let scalar) = decoder.decode(&iterator) {
      offset += UTF8.width(scalar)
    }
    return offset
  }

  private func syntax(_ offset: Int, _ reason: String) -> JSONError {
    let before = bytes.prefix(offset)
    let line = before.count(where: { $0 == 0x0A }) + 1
    let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    // Columns count characters: continuation bytes are skipped.
    let column = before[lineStart...].count(where: { $0 & 0xC0 != 0x80 }) + 1
    return .syntax(source: source, offset: offset, line: line, column: column, reason: reason)
  }
}

/// Copies json-c's tree into values.
private struct JSONTreeBuilder {
  let source: String
  let nullStandIn: Unicode.Scalar?

  func value(_ node: OpaquePointer?) throws(JSONError) -> JSONValue {
    guard let node else { return .null }
    switch json_object_get_type(node) {
    case json_type_boolean: return .bool(json_object_get_boolean(node) != 0)
    case json_type_int: return .int(Int(json_object_get_int64(node)))
    case json_type_double: return try double(node)
    case json_type_string: return .string(string(node))
    case json_type_array: return try array(node)
    case json_type_object: return try object(node)
    default: return .null
    }
  }

  private func double(_ node: OpaquePointer) throws(JSONError) -> JSONValue {
    let number = json_object_get_double(node)
    guard number.isFinite else {
      let found = "a number too large for 64 bits"
      throw JSONError.mismatch(path: source, expected: "a finite number", found: found)
    }
    return .double(number)
  }

  private func string(_ node: OpaquePointer) -> String {
    let count = Int(json_object_get_string_len(node))
    guard let start = json_object_get_string(node) else { return "" }
    let bytes = UnsafeRawBufferPointer(start: start, count: count)
    return restoringNull(String(decoding: bytes, as: UTF8.self))
  }

  private func restoringNull(_ text: String) -> String {
    guard let nullStandIn else { return text }
    var scalars = String.UnicodeScalarView()
    scalars.append(contentsOf: text.unicodeScalars.map { $0 == nullStandIn ? "\0" : $0 })
    return String(scalars)
  }

  private func array(_ node: OpaquePointer) throws(JSONError) -> JSONValue {
    let count = json_object_array_length(node)
    var elements: [JSONValue] = []
    elements.reserveCapacity(count)
    for index in 0..<count {
      elements.append(try value(json_object_array_get_idx(node, index)))
    }
    return .array(elements)
  }

  private func object(_ node: OpaquePointer) throws(JSONError) -> JSONValue {
    var members = OrderedDictionary<String, JSONValue>()
    members.reserveCapacity(Int(json_object_object_length(node)))
    var iterator = json_object_iter_begin(node)
    var end = json_object_iter_end(node)
    while json_object_iter_equal(&iterator, &end) == 0 {
      let key = restoringNull(String(cString: json_object_iter_peek_name(&iterator)))
      let member = try value(json_object_iter_peek_value(&iterator))
      // json-c has merged equal keys; Swift also takes "e\u{301}" and "\u{e9}" for equal.
      if members.updateValue(member, forKey: key) != nil {
        throw JSONError.mismatch(
          path: "\(source): \(key)", expected: "keys that differ by more than Unicode composition",
          found: "the same key in two Unicode compositions")
      }
      json_object_iter_next(&iterator)
    }
    return .object(members)
  }
}
