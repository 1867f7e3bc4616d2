/// A configuration that cannot be built, with the key at fault and what it may be.
public struct ConfigurationError: Error, CustomStringConvertible, Sendable {
  public let model: String
  public let key: String
  public let reason: String

  public init(model: String, key: String, reason: String) {
    self.model = model
    self.key = key
    self.reason = reason
  }

  public var description: String { "\(model) configuration, \(key): \(reason)" }

  /// A bad configuration is a bad input.
  public var exitCode: Int32 { 5 }
}

/// An input that a model cannot take, under the name that the reference library gives it.
public struct ModelInputError: Error, CustomStringConvertible, Sendable {
  public let model: String
  public let input: String
  public let reason: String

  public init(model: String, input: String, reason: String) {
    self.model = model
    self.input = input
    self.reason = reason
  }

  public var description: String { "\(model), input \(input): \(reason)" }
}
