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
      throw error(key, "null; leave the key out for its default")
    }
  }

  /// An integer that may be null, which is not the same as its default.
  func optional(_ json: JSONNode, _ key: String, default value: Int) throws -> Int? {
    try json.asObject()[key] == .null ? nil : json.int(key, default: value)
  }

  func positive(_ json: JSONNode, _ key: String, default value: Int) throws -> Int {
    let number = try json.int(key, default: value)
    guard number > 0 else { throw error(key, "\(number) is not a positive number") }
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
  func sides(_ json: JSONNode, _ key: String, default value: Int) throws -> (Int, Int) {
    let numbers: [Int]
    if let single = try? json.int(key, default: value) {
      numbers = [single, single]
    } else {
      numbers = try json.ints(key)
    }
    guard numbers.count == 2, numbers.allSatisfy({ $0 > 0 }) else {
      throw error(key, "\(numbers) is not a positive number or two of them")
    }
    return (numbers[0], numbers[1])
  }

  func divides(_ divisor: Int, _ number: Int, _ key: String, _ requirement: String) throws {
    guard number % divisor == 0 else { throw error(key, "must be \(requirement)") }
  }
}
