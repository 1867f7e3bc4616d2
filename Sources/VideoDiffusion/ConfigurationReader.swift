import Foundation
import JSON
import Layers
import Synchronization

/// Reads the keys of one configuration; every error names the key, what it holds and what it may
/// hold. A key that is absent has the reference library's default.
struct ConfigurationReader {
  /// The class that the configuration is of.
  let model: String
  private let json: JSONNode

  /// Larger sizes are mistakes, and their products would not fit into an integer.
  private static let largestSize = 1_000_000

  /// - Parameter classes: values of `_class_name` that may be read, where it is given
  init(_ model: String, _ json: JSONNode, classes: [String]) throws {
    self.model = model
    self.json = json
    if let found = try json.find("_class_name")?.asString(), !classes.contains(found) {
      throw error(
        "_class_name", "'\(found)'; expected \(classes.map { "'\($0)'" }.joined(separator: " or "))"
      )
    }
  }

  func error(_ key: String, _ reason: String) -> ConfigurationError {
    ConfigurationError(model: model, key: key, reason: reason)
  }

  /// Warns of keys that neither this program nor diffusers reads, once for each message. Keys that
  /// begin with an underscore say where a file comes from.
  func warnOfUnknown(_ known: Set<String>) throws {
    let keys = try json.keys().filter { !$0.hasPrefix("_") && !known.contains($0) }
    guard !keys.isEmpty else { return }
    let place = json.path.isEmpty ? model : "\(json.path) \(model)"
    let message = "warning: \(place) ignores \(keys.joined(separator: ", "))\n"
    guard Self.warned.withLock({ $0.insert(message).inserted }) else { return }
    FileHandle.standardError.write(Data(message.utf8))
  }

  private static let warned = Mutex(Set<String>())

  /// The value of a key that must not be null.
  private func value(_ key: String) throws -> JSONNode? {
    if let member = try json.asObject()[key], member == .null {
      throw error(key, "null; omit the key to use its default")
    }
    return try json.find(key)
  }

  /// Whether a key is there and not null.
  func has(_ key: String) throws -> Bool { try json.find(key) != nil }

  /// Null is false, as in Python.
  func bool(_ key: String, default fallback: Bool) throws -> Bool {
    try json.asObject()[key] == .null ? false : value(key)?.asBool() ?? fallback
  }

  func int(_ key: String, default fallback: Int) throws -> Int {
    try value(key)?.asInt() ?? fallback
  }

  /// A number that single precision holds.
  func double(_ key: String, default fallback: Double) throws -> Double {
    let number = try value(key)?.asDouble() ?? fallback
    guard Float(number).isFinite else { throw error(key, "\(number) is not a finite float32") }
    return number
  }

  /// What is added under a root: not negative.
  func epsilon(_ key: String, default fallback: Double) throws -> Float {
    let number = try double(key, default: fallback)
    guard number >= 0 else { throw error(key, "\(number) is negative") }
    return Float(number)
  }

  func string(_ key: String, default fallback: String) throws -> String {
    try value(key)?.asString() ?? fallback
  }

  func size(_ key: String, default fallback: Int, atMost limit: Int = largestSize) throws -> Int {
    try checkedSize(int(key, default: fallback), key, limit)
  }

  /// A size where null (or 0, as in the reference) means none.
  func optionalSize(
    _ key: String, zeroIsNone: Bool = false, atMost limit: Int = largestSize
  ) throws -> Int? {
    guard let number = try json.find(key)?.asInt(), !(zeroIsNone && number == 0) else { return nil }
    return try checkedSize(number, key, limit)
  }

  func sizes(_ key: String, default fallback: [Int]) throws -> [Int] {
    guard let node = try value(key) else { return fallback }
    let numbers = try node.asArray().map { try checkedSize($0.asInt(), key, Self.largestSize) }
    guard !numbers.isEmpty else { throw error(key, "empty; expected one size per level") }
    return numbers
  }

  func strings(_ key: String) throws -> [String]? {
    try value(key)?.asArray().map { try $0.asString() }
  }

  /// Numbers that may be absent or null.
  func optionalDoubles(_ key: String) throws -> [Double]? {
    try json.find(key)?.asArray().map { try $0.asDouble() }
  }

  func positive(_ key: String, default fallback: Double) throws -> Double {
    let number = try double(key, default: fallback)
    guard number > 0, number.isFinite else { throw error(key, "\(number) is not positive") }
    return number
  }

  /// One of several named choices.
  func choice<T>(_ key: String, default fallback: String, of choices: [String: T]) throws -> T {
    let name = try string(key, default: fallback)
    guard let choice = choices[name] else {
      let known = choices.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
      throw error(key, "unknown value '\(name)'; known: \(known)")
    }
    return choice
  }

  private func checkedSize(_ number: Int, _ key: String, _ limit: Int) throws -> Int {
    guard number >= 1 else { throw error(key, "\(number) is not a positive number") }
    guard number <= limit else { throw error(key, "\(number) is above the limit of \(limit)") }
    return number
  }
}
