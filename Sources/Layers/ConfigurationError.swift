/// A configuration that cannot be built: the key at fault and what it may be.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The model's class.
  public let model: String
  /// Path of the key, such as `vision_config.hidden_act`.
  public let key: String
  public let reason: String

  public init(model: String, key: String, reason: String) {
    self.model = model
    self.key = key
    self.reason = reason
  }

  public var description: String { "\(model) configuration, \(key): \(reason)" }
}
