import Diagnostics

/// A statement with its place.
public struct Statement: Sendable {
  public indirect enum Kind: Sendable {
    case binding(Binding)
    case function(FunctionNode)
    case expression(Expression)
    case loop(Loop)
    case parameter(ParameterNode)
    case seed(Expression)
    case include(Include)
    case table(TableNode)
    case row(label: Expression, value: Expression)
    case claim(text: Expression, value: Expression)
    case figure(name: Expression, value: Expression)
    case prose(String)
  }

  public let kind: Kind
  public let span: SourceSpan

  /// Levels of expressions and blocks below this statement.
  var depth: Int {
    switch kind {
    case .binding(let binding): return binding.value.depth
    case .function(let function): return function.body.depth + 1
    case .expression(let expression), .seed(let expression): return expression.depth
    case .loop(let loop): return max(loop.sequence.depth, loop.body.depth) + 1
    case .parameter(let parameter):
      return max(parameter.defaultValue.depth, parameter.domain?.depth ?? 0)
    case .table(let table): return table.body.depth + 1
    case .row(let first, let second), .claim(let first, let second), .figure(let first, let second):
      return max(first.depth, second.depth)
    case .include, .prose: return 0
    }
  }
}

/// `let name = value`
public struct Binding: Sendable {
  public let name: Identifier
  public let value: Expression
}

/// `for variable in sequence { body }`
public struct Loop: Sendable {
  public let variable: Identifier
  public let sequence: Expression
  public let body: Block
}

/// `param name: type = default in domain`
public struct ParameterNode: Sendable {
  public let name: Identifier
  public let type: TypeName
  public let defaultValue: Expression
  public let domain: Expression?
}

/// `include "path"`
public struct Include: Sendable {
  public let path: String
  public let span: SourceSpan
}

/// `table "title" key "variant" { rows } beside expression`
public struct TableNode: Sendable {
  public let title: Expression
  public let key: Expression?
  public let body: Block
  public let beside: Expression?
}
