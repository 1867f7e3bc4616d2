import ScriptSyntax

/// A function as a value: code with what it took from its surroundings, or a command by name.
public struct FunctionValue: Sendable {
  public enum Kind: Sendable {
    case closure(Closure)
    case command(name: String, numericsVersion: Int)
  }

  /// Code and the values, by name, of the bindings it uses. Values never change, so they are
  /// copied where the function is written.
  public final class Closure: Sendable {
    public let node: FunctionNode
    public let captured: [String: Value]
    /// The commands that the code names, with the versions of their numbers.
    public let commands: [String: Int]

    init(node: FunctionNode, captured: [String: Value], commands: [String: Int]) {
      self.node = node
      self.captured = captured
      self.commands = commands
    }
  }

  public let kind: Kind
  public let extent: Extent

  init(_ closure: Closure) {
    kind = .closure(closure)
    // Whatever walks the value walks its code, too.
    let code = closure.node.span.end - closure.node.span.start
    extent = Extent(around: closure.captured.values, extra: code / 16)
  }

  init(command name: String, numericsVersion: Int) {
    kind = .command(name: name, numericsVersion: numericsVersion)
    extent = Extent(depth: 1, weight: 1)
  }

  /// How many values it took from its surroundings.
  var capturedCount: Int {
    if case .closure(let closure) = kind { return closure.captured.count }
    return 0
  }

  public var name: String {
    switch kind {
    case .closure(let closure): return closure.node.displayName
    case .command(let name, _): return name
    }
  }

  /// How many arguments it needs at least and takes at most, where that is known.
  public var arity: ClosedRange<Int>? {
    guard case .closure(let closure) = kind else { return nil }
    return closure.node.requiredCount...closure.node.parameters.count
  }
}
