public import JSON
public import Layers

/// Reads the keys of one section of a model's configuration; every error names the key, what it
/// holds and what it may hold. A key that is absent has the reference library's default.
public struct ConfigurationReader {
  /// What null means under a key that the section has.
  public enum Null: Sendable {
    /// An error, as in diffusers. A flag is false.
    case refused
    /// As if the key were absent, as in transformers; see ``refuseNull(_:)``.
    case absent
  }

  /// The class that the configuration is of.
  public let model: String
  public let json: JSONNode
  /// The path of the section with a final dot; empty at the top level.
  private let section: String
  private let null: Null

  /// - Parameter section: the section's key in the configuration; nil for the whole of it
  public init(_ model: String, _ json: JSONNode, section: String? = nil, null: Null) {
    self.model = model
    self.json = json
    self.section = section.map { "\($0)." } ?? ""
    self.null = null
  }

  public func error(_ key: String, _ reason: String) -> ConfigurationError {
    ConfigurationError(model: model, key: section + key, reason: reason)
  }

  // MARK: What is there

  /// Refuses a configuration of another class.
  public func requireClass(_ classes: [String]) throws {
    guard let found = try json.find("_class_name")?.asString(), !classes.contains(found) else {
      return
    }
    throw error(
      "_class_name", "'\(found)'; expected \(classes.map { "'\($0)'" }.joined(separator: " or "))")
  }

  /// Refuses null under keys that must have a value in the reference library.
  public func refuseNull(_ keys: String...) throws {
    let members = try json.asObject()
    if let key = keys.first(where: { members[$0] == .null }) { throw nullError(key) }
  }

  /// What to tell the user of keys that neither this program nor the reference library reads. Keys
  /// that begin with an underscore say where a file comes from.
  public func warnings(known: Set<String>) throws -> [String] {
    let keys = try json.keys().filter { !$0.hasPrefix("_") && !known.contains($0) }
    guard !keys.isEmpty else { return [] }
    let place = json.path.isEmpty ? model : "\(json.path) \(model)"
    return ["\(place) ignores \(keys.joined(separator: ", "))"]
  }

  /// Whether a key is there and not null.
  public func has(_ key: String) throws -> Bool { try json.find(key) != nil }

  private func isNull(_ key: String) throws -> Bool { try json.asObject()[key] == .null }

  private func nullError(_ key: String) -> ConfigurationError {
    error(key, "null; omit the key to use its default")
  }

  /// The value of a key; nil where it is absent.
  func value(_ key: String) throws -> JSONNode? {
    if null == .refused, try isNull(key) { throw nullError(key) }
    return try json.find(key)
  }

  // MARK: Values

  public func bool(_ key: String, default fallback: Bool) throws -> Bool {
    if null == .refused, try isNull(key) { return false }
    return try value(key)?.asBool() ?? fallback
  }

  public func int(_ key: String, default fallback: Int) throws -> Int {
    try value(key)?.asInt() ?? fallback
  }

  /// An integer where null means none, and not its default.
  public func optionalInt(_ key: String, default fallback: Int) throws -> Int? {
    try isNull(key) ? nil : json.int(key, default: fallback)
  }

  /// The id of a token: a number of 32 bits.
  public func token(_ key: String, default fallback: Int) throws -> Int {
    let id = try int(key, default: fallback)
    guard Int32(exactly: id) != nil else { throw error(key, "\(id) is not a valid token id") }
    return id
  }

  /// A number that single precision holds.
  public func double(_ key: String, default fallback: Double) throws -> Double {
    let number = try value(key)?.asDouble() ?? fallback
    guard Float(number).isFinite else { throw error(key, "\(number) is not a finite float32") }
    return number
  }

  public func float(_ key: String, default fallback: Double) throws -> Float {
    Float(try double(key, default: fallback))
  }

  /// What is added under a root: not negative.
  public func epsilon(_ key: String, default fallback: Double) throws -> Float {
    let number = try double(key, default: fallback)
    guard number >= 0 else { throw error(key, "\(number) is negative") }
    return Float(number)
  }

  public func positive(_ key: String, default fallback: Double) throws -> Double {
    let number = try double(key, default: fallback)
    guard number > 0 else { throw error(key, "\(number) is not positive") }
    return number
  }

  public func string(_ key: String, default fallback: String) throws -> String {
    try value(key)?.asString() ?? fallback
  }

  public func strings(_ key: String) throws -> [String]? {
    try value(key)?.asArray().map { try $0.asString() }
  }

  /// Numbers that may be absent or null.
  public func optionalDoubles(_ key: String) throws -> [Double]? {
    try json.find(key)?.asArray().map { try $0.asDouble() }
  }

  /// One of several named choices.
  public func choice<T>(
    _ key: String, default fallback: String, of choices: [String: T]
  ) throws -> T {
    let name = try string(key, default: fallback)
    guard let choice = choices[name] else {
      let known = choices.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
      throw error(key, "'\(name)' is not known; known: \(known)")
    }
    return choice
  }

  /// A function that diffusers' `get_activation` knows.
  public func diffusersActivation(
    _ key: String, default fallback: String
  ) throws -> Activation {
    let name = try string(key, default: fallback)
    return try activation(key, name, Activation.diffusers[name.lowercased()], Activation.diffusers)
  }

  /// A function that transformers' `ACT2FN` knows.
  public func transformersActivation(
    _ key: String, default fallback: String
  ) throws -> Activation {
    let name = try string(key, default: fallback)
    return try activation(key, name, Activation.transformers[name], Activation.transformers)
  }

  private func activation(
    _ key: String, _ name: String, _ found: Activation?, _ all: [String: Activation]
  ) throws -> Activation {
    if let found { return found }
    let known = all.keys.sorted().joined(separator: ", ")
    throw error(key, "unknown activation '\(name)'; known: \(known)")
  }
}
