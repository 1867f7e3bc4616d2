import JSON
import Layers

/// Reads values of a configuration and says which key is wrong and why.
struct ConfigurationCheck {
  let model: String
  /// Path of the section, with a final dot; empty at the top level.
  let prefix: String

  func error(_ key: String, _ reason: String) -> ConfigurationError {
    ConfigurationError(model: model, key: prefix + key, reason: reason)
  }

  /// Refuses null under keys that must have a value, as the reference library does.
  func requireValues(_ json: JSONNode, _ keys: String...) throws {
    let members = try json.asObject()
    if let key = keys.first(where: { members[$0] == .null }) {
      throw error(key, "null; omit the key to use its default")
    }
  }

  /// An integer that may be null, which is not the same as its default.
  func optional(_ json: JSONNode, _ key: String, default value: Int) throws -> Int? {
    try json.asObject()[key] == .null ? nil : json.int(key, default: value)
  }

  /// Larger sizes are mistakes, and their products would not fit into an integer.
  static let largestSize = 1_000_000
  /// Every layer costs time before the first weight is looked for.
  static let mostLayers = 10_000
  static let largestVocabulary = 100_000_000
  /// Pixels of a patch's side, or patches of a merged cell's: their squares are multiplied again.
  static let largestSide = 1024
  /// Tokens of a sequence, or of a window in it.
  static let longestSequence = 1 << 40

  func positive(
    _ json: JSONNode, _ key: String, default value: Int, atMost limit: Int = largestSize
  ) throws -> Int {
    try positive(json.int(key, default: value), key, atMost: limit)
  }

  func positive(_ number: Int, _ key: String, atMost limit: Int = largestSize) throws -> Int {
    guard number > 0 else { throw error(key, "\(number) is not a positive number") }
    guard number <= limit else { throw error(key, "\(number) is above the limit of \(limit)") }
    return number
  }

  /// The id of a token: a number of 32 bits.
  func token(_ json: JSONNode, _ key: String, default value: Int) throws -> Int {
    let id = try json.int(key, default: value)
    guard Int32(exactly: id) != nil else { throw error(key, "\(id) is not a valid token id") }
    return id
  }

  /// A number that single precision holds.
  func number(_ json: JSONNode, _ key: String, default value: Double) throws -> Float {
    let number = try json.double(key, default: value)
    guard Float(number).isFinite else { throw error(key, "\(number) is not a finite float32") }
    return Float(number)
  }

  /// What is added under a root: not negative.
  func epsilon(_ json: JSONNode, _ key: String, default value: Double) throws -> Float {
    let number = try number(json, key, default: value)
    guard number >= 0 else { throw error(key, "\(number) is negative") }
    return number
  }

  func activation(
    _ json: JSONNode, _ key: String, default usual: String
  ) throws -> Activation {
    let name = try json.string(key, default: usual)
    guard let activation = Activation.transformers[name] else {
      let known = Activation.transformers.keys.sorted().joined(separator: ", ")
      throw error(key, "unknown activation '\(name)'; known: \(known)")
    }
    return activation
  }

  /// A pair such as `image_size`: one number, or height and width.
  func sides(
    _ json: JSONNode, _ key: String, default value: Int, atMost limit: Int = largestSize
  ) throws -> (Int, Int) {
    let numbers: [Int]
    if let single = try? json.int(key, default: value) {
      numbers = [single, single]
    } else {
      numbers = try json.ints(key)
    }
    guard numbers.count == 2, numbers.allSatisfy({ $0 > 0 }) else {
      throw error(key, "\(numbers) is not one or two positive numbers")
    }
    return (
      try positive(numbers[0], key, atMost: limit), try positive(numbers[1], key, atMost: limit)
    )
  }

  func divides(_ divisor: Int, _ number: Int, _ key: String, _ requirement: String) throws {
    guard number % divisor == 0 else { throw error(key, "must be \(requirement)") }
  }
}
