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
