import ScriptSyntax

/// A handle that supports arithmetic: a tensor. The language knows only this protocol and
/// `HandleValue`; shapes and numbers belong to the host.
public protocol NumericHandle: HandleValue {
  /// The number of elements; counts as work.
  var count: Int { get }
  /// The memory it holds; counts against the limit of the run.
  var byteCount: Int { get }
  /// `self operation other`, or `other operation self` where `isLeft` is false; nil where the
  /// operation is not defined. Throws where shapes do not go together.
  /// The meter is asked before memory is taken.
  func combined(
    _ operation: BinaryOperator, with other: Value, isLeft: Bool, _ meter: Meter
  ) throws -> Value?
  func negated(_ meter: Meter) throws -> Value
  /// What a core command (`sum`, `mean`, `sqrt`, ...) gives for the handle; nil where it does not
  /// know it.
  func applying(_ command: String, _ arguments: BoundArguments, _ meter: Meter) throws -> Value?
}
