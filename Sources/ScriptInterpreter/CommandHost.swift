import Diagnostics
import ScriptChecker

/// The program around the interpreter: it implements the commands and receives what a script puts
/// out. The interpreter itself knows nothing of models.
public protocol CommandHost: AnyObject {
  /// All commands and constants; those of the language are always among them.
  var signatures: SignatureRegistry { get }

  /// Runs a command of the host. The arguments fit its signature. Functions among them are called
  /// with `interpreter.call`. Errors get the place and the call stack added.
  func call(
    _ name: String, arguments: BoundArguments, at span: SourceSpan, interpreter: Interpreter
  ) throws -> Value

  /// The value of a constant of the registry.
  func constant(_ name: String) throws -> Value

  /// Receives a table when its rows are complete; gives its value.
  func defineTable(_ table: TableDefinition, interpreter: Interpreter) throws -> Value

  /// Judges what `claim` states; gives the verdict.
  /// - Parameter comparesSingles: whether a truth value rests on numbers that were compared one by
  ///   one, without an interval
  func judgeClaim(
    _ text: String, value: Value, comparesSingles: Bool, at span: SourceSpan
  ) throws -> Value

  func drawFigure(_ name: String, value: Value, at span: SourceSpan) throws -> Value

  /// `seed N`
  func setSeed(_ seed: Int, at span: SourceSpan) throws

  /// A line of Markdown for the report.
  func prose(_ text: String, at span: SourceSpan) throws

  /// Says that statements were left out, or run on trial, for the value that decides about them is
  /// not there yet.
  func leavesOpen()

  /// A line from `print`, without its line break.
  func write(_ line: String) throws
}

extension CommandHost {
  public func constant(_ name: String) throws -> Value {
    throw CommandError("the constant `\(name)` has no value", code: .unknownName)
  }

  public func prose(_ text: String, at span: SourceSpan) throws {}

  public func leavesOpen() {}
}

/// A finished `table` statement.
public struct TableDefinition: Sendable {
  public struct Row: Sendable {
    public let label: String
    public let value: Value
    public let span: SourceSpan
  }

  public let title: String
  /// The heading of the column of labels.
  public let key: String?
  /// Rows in the order in which they were computed; their labels differ.
  public let rows: [Row]
  /// The value after `beside`, usually the paper's own table.
  public let beside: Value?
  public let span: SourceSpan
}
