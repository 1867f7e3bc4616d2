/// `name=value` on the command line: the value of a parameter of a script.
public struct Assignment: Sendable {
  public let name: String
  public let value: String

  /// Nil where there is no name or no `=`.
  public init?(argument: String) {
    guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else {
      return nil
    }
    name = String(argument[..<equals])
    value = String(argument[argument.index(after: equals)...])
  }
}
