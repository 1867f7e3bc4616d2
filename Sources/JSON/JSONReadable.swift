public import OrderedCollections

/// Typed, throwing access to a JSON document; every error says where in the document it is.
///
/// ```swift
/// let config = try JSONNode(contentsOfFile: "model/config.json")
/// let depth = try config.object("vision_config").int("depth")
/// let theta = try config.double("rope_theta", default: 10_000)
/// ```
///
/// A key whose value is null counts as absent: `default:` applies, and without a default the
/// key is reported missing.
public protocol JSONReadable {
  var value: JSONValue { get }
  /// Where `value` is, for messages: `config.json: vision_config.depth`.
  var path: String { get }
}

/// A value together with its place in the document it came from.
public struct JSONNode: JSONReadable, Hashable, Sendable {
  public let value: JSONValue
  public let path: String

  public init(_ value: JSONValue, path: String = "") {
    self.value = value
    self.path = path
  }

  /// Reads a file; messages about its values begin with its name.
  public init(contentsOfFile file: String) throws(JSONError) {
    self.init(try JSONValue(contentsOfFile: file), path: "\(file):")
  }
}

extension JSONValue: JSONReadable {
  public var value: JSONValue { self }
  public var path: String { "" }
}

// MARK: - The value itself

extension JSONReadable {
  public func asBool() throws(JSONError) -> Bool {
    guard case .bool(let flag) = value else { throw mismatch("a boolean") }
    return flag
  }

  /// An integer; a double without fraction (`2.0`, `1e3`) is taken as one.
  public func asInt() throws(JSONError) -> Int {
    switch value {
    case .int(let number): return number
    case .double(let number):
      guard let exact = Int(exactly: number) else { throw mismatch("an integer") }
      return exact
    default: throw mismatch("an integer")
    }
  }

  public func asDouble() throws(JSONError) -> Double {
    switch value {
    case .int(let number): return Double(number)
    case .double(let number): return number
    default: throw mismatch("a number")
    }
  }

  public func asString() throws(JSONError) -> String {
    guard case .string(let text) = value else { throw mismatch("a string") }
    return text
  }

  public func asArray() throws(JSONError) -> [JSONNode] {
    guard case .array(let elements) = value else { throw mismatch("an array") }
    return elements.enumerated().map { JSONNode($1, path: "\(path)[\($0)]") }
  }

  public func asObject() throws(JSONError) -> OrderedDictionary<String, JSONValue> {
    guard case .object(let members) = value else { throw mismatch("an object") }
    return members
  }

  private func mismatch(_ expected: String) -> JSONError {
    .mismatch(path: path.isEmpty ? "<document>" : path, expected: expected, found: value.kind)
  }
}

// MARK: - Members of an object

extension JSONReadable {
  /// The member under `key`, or nil when it is absent or null.
  public func find(_ key: String) throws(JSONError) -> JSONNode? {
    guard let member = try asObject()[key], member != .null else { return nil }
    return JSONNode(member, path: child(key))
  }

  /// The member under `key`.
  public func require(_ key: String) throws(JSONError) -> JSONNode {
    if let member = try find(key) { return member }
    throw .missing(
      path: path.isEmpty ? "<document>" : path, key: key, available: Array(try asObject().keys))
  }

  /// The keys of this object in the order they were written.
  public func keys() throws(JSONError) -> [String] { Array(try asObject().keys) }

  public func bool(_ key: String) throws(JSONError) -> Bool { try require(key).asBool() }
  public func int(_ key: String) throws(JSONError) -> Int { try require(key).asInt() }
  public func double(_ key: String) throws(JSONError) -> Double { try require(key).asDouble() }
  public func string(_ key: String) throws(JSONError) -> String { try require(key).asString() }
  public func array(_ key: String) throws(JSONError) -> [JSONNode] { try require(key).asArray() }

  /// The member under `key`, which must be an object.
  public func object(_ key: String) throws(JSONError) -> JSONNode {
    let member = try require(key)
    _ = try member.asObject()
    return member
  }

  /// The member under `key`, an array of objects.
  public func objects(_ key: String) throws(JSONError) -> [JSONNode] {
    let elements = try array(key)
    for element in elements { _ = try element.asObject() }
    return elements
  }

  public func ints(_ key: String) throws(JSONError) -> [Int] {
    try array(key).map { node throws(JSONError) in try node.asInt() }
  }

  public func doubles(_ key: String) throws(JSONError) -> [Double] {
    try array(key).map { node throws(JSONError) in try node.asDouble() }
  }

  public func strings(_ key: String) throws(JSONError) -> [String] {
    try array(key).map { node throws(JSONError) in try node.asString() }
  }

  private func child(_ key: String) -> String {
    if path.isEmpty { return key }
    return path.hasSuffix(":") ? "\(path) \(key)" : "\(path).\(key)"
  }
}

// MARK: - Members that may be absent

extension JSONReadable {
  public func bool(_ key: String, default value: Bool) throws(JSONError) -> Bool {
    try find(key)?.asBool() ?? value
  }

  public func int(_ key: String, default value: Int) throws(JSONError) -> Int {
    try find(key)?.asInt() ?? value
  }

  public func double(_ key: String, default value: Double) throws(JSONError) -> Double {
    try find(key)?.asDouble() ?? value
  }

  public func string(_ key: String, default value: String) throws(JSONError) -> String {
    try find(key)?.asString() ?? value
  }

  public func ints(_ key: String, default value: [Int]) throws(JSONError) -> [Int] {
    try find(key) == nil ? value : ints(key)
  }

  public func doubles(_ key: String, default value: [Double]) throws(JSONError) -> [Double] {
    try find(key) == nil ? value : doubles(key)
  }

  public func strings(_ key: String, default value: [String]) throws(JSONError) -> [String] {
    try find(key) == nil ? value : strings(key)
  }
}
