import Diagnostics
import Synchronization

/// An expression with its place. Trees are immutable.
///
/// An object rather than a value: passing a tree around costs one reference, and deeply nested
/// code little stack.
public final class Expression: Sendable {
  public enum Kind: Sendable {
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    case string([StringSegment])
    case name(String)
    case list([Expression])
    case record([RecordEntry])
    case function(FunctionNode)
    case range(Expression, Expression)
    case unary(UnaryOperator, Expression)
    case binary(BinaryOperator, Expression, Expression)
    case index(Expression, Expression)
    // The large ones live elsewhere, to keep all others small.
    indirect case field(Expression, Identifier)
    case call(Call)
    indirect case conditional(Conditional)
  }

  public let kind: Kind
  public let span: SourceSpan
  /// Levels of expressions below and including this one; the parser bounds it.
  public let depth: Int

  init(_ kind: Kind, _ span: SourceSpan, depth: Int) {
    self.kind = kind
    self.span = span
    self.depth = depth
  }
}

/// A word at a place.
public struct Identifier: Sendable {
  public let name: String
  public let span: SourceSpan
}

/// A part of a string literal.
public enum StringSegment: Sendable {
  case text(String)
  case interpolation(Expression)
}

/// `name: value` in a record literal.
public struct RecordEntry: Sendable {
  public let key: Identifier
  public let value: Expression
}

public enum UnaryOperator: String, Sendable {
  case negate = "-"
  case not = "not"
}

public enum BinaryOperator: String, Sendable {
  case or = "or"
  case and = "and"
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case contains = "in"
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case floorDivide = "//"
  case remainder = "%"
  case power = "**"
}

/// A call in any of its three spellings, which mean the same.
public struct Call: Sendable {
  public enum Style: Sendable {
    /// `f(x, keep: 1)`
    case parentheses
    /// `f x keep: 1`
    case command
    /// `x |> f(keep: 1)`; the first argument is the value on the left.
    case pipe
  }

  public let callee: Expression
  public let arguments: [Argument]
  public let style: Style
}

public struct Argument: Sendable {
  /// The name before the colon; nil for a positional argument.
  public let label: Identifier?
  public let value: Expression

  public var span: SourceSpan { label?.span.joined(value.span) ?? value.span }
}

/// `if condition { } else { }`; an else-if is a block that holds one conditional.
public struct Conditional: Sendable {
  public let condition: Expression
  public let then: Block
  public let otherwise: Block?
}

/// Statements between braces. Its value is that of the last one, if that is an expression.
public struct Block: Sendable {
  public let statements: [Statement]
  public let span: SourceSpan
  /// Levels of expressions and blocks in it.
  public let depth: Int

  init(statements: [Statement], span: SourceSpan) {
    self.statements = statements
    self.span = span
    depth = statements.reduce(0) { max($0, $1.depth) }
  }
}

/// `fn name(parameters) { body }`, or the same without a name. The object's identity tells two
/// pieces of code apart.
public final class FunctionNode: Sendable {
  /// Every call looks at all of them.
  static let maximumParameters = 255

  public let name: Identifier?
  public let parameters: [FunctionParameter]
  public let body: Block
  public let span: SourceSpan
  /// The parameters as a call sees them.
  public let slots: [ParameterSlot]
  private let knownFreeNames = Mutex<[String]?>(nil)

  init(name: Identifier?, parameters: [FunctionParameter], body: Block, span: SourceSpan) {
    self.name = name
    self.parameters = parameters
    self.body = body
    self.span = span
    slots = parameters.map {
      ParameterSlot(name: $0.name.name, isRequired: $0.defaultValue == nil, isPositional: true)
    }
  }

  /// Names used in the function but bound outside, each once, in byte order. Computed on first use:
  /// checking a script rarely needs them.
  public var freeNames: [String] {
    knownFreeNames.withLock { known in
      if let known { return known }
      var collector = FreeNameCollector()
      collector.collect(parameters: parameters, body: body)
      let names = collector.sortedNames
      known = names
      return names
    }
  }

  public var displayName: String { name?.name ?? "fn" }
  public var requiredCount: Int { parameters.filter { $0.defaultValue == nil }.count }
}

/// What matching arguments needs to know about a parameter, be it of a command or of a function.
public struct ParameterSlot: Sendable, Hashable {
  public let name: String
  public let isRequired: Bool
  /// Whether it may be given by position; any may be given by name.
  public let isPositional: Bool

  public init(name: String, isRequired: Bool, isPositional: Bool) {
    self.name = name
    self.isRequired = isRequired
    self.isPositional = isPositional
  }
}

public struct FunctionParameter: Sendable {
  public let name: Identifier
  public let type: TypeName?
  public let defaultValue: Expression?
}

/// A type as it is written: `int`, `list(float)`, `model`.
public struct TypeName: Sendable {
  public let name: String
  public let elements: [TypeName]
  public let span: SourceSpan
}
