import Diagnostics

/// A name that a script binds, or an output that it makes: for outlines and for finding where a
/// name comes from.
public struct Definition: Sendable {
  public enum Kind: String, Sendable {
    case binding
    case function
    /// `param`
    case parameter
    /// A parameter of a function.
    case argument
    case loopVariable = "loop variable"
    case table
    case claim
    case figure

    /// Whether the name can be used in code.
    public var isName: Bool { self != .table && self != .claim && self != .figure }
  }

  public let name: String
  public let kind: Kind
  public let nameSpan: SourceSpan
  /// The whole statement.
  public let span: SourceSpan
  /// The bytes of the file where the name is known.
  public let scope: Range<Int>
  /// 0 at the top level of the file.
  public let depth: Int
  /// The function that is bound, where it is written out.
  public let function: FunctionNode?
}

extension Script {
  /// Every definition, outer before inner, in their order.
  public var definitions: [Definition] {
    var collector = DefinitionCollector(end: file.bytes.count + 1)
    collector.visit(statements)
    return collector.definitions
  }
}

extension [Definition] {
  /// What a name means at a place: the innermost and latest definition that is known there.
  public func resolve(_ name: String, at offset: Int) -> Definition? {
    last {
      $0.kind.isName && $0.name == name
        && ($0.scope.contains(offset)
          || $0.nameSpan.start <= offset && offset <= $0.nameSpan.end)
    }
  }
}

private struct DefinitionCollector {
  private(set) var definitions: [Definition] = []
  private var end: Int
  private var depth = 0

  init(end: Int) { self.end = end }

  private mutating func add(
    _ name: Identifier, _ kind: Definition.Kind, _ span: SourceSpan, from start: Int? = nil,
    function: FunctionNode? = nil
  ) {
    definitions.append(
      Definition(
        name: name.name, kind: kind, nameSpan: name.span, span: span,
        scope: (start ?? span.end)..<max(start ?? span.end, end), depth: depth, function: function))
  }

  /// An output is named by its text as it is written.
  private mutating func add(_ title: Expression, _ kind: Definition.Kind, _ span: SourceSpan) {
    let name = title.span.text.dropFirst().dropLast()
    add(Identifier(name: String(name), span: title.span), kind, span)
  }

  mutating func visit(_ statements: [Statement]) {
    for statement in statements { visit(statement) }
  }

  private mutating func within(_ span: SourceSpan, _ body: (inout Self) -> Void) {
    let outer = end
    end = span.end
    depth += 1
    body(&self)
    depth -= 1
    end = outer
  }

  private mutating func visit(_ block: Block) {
    within(block.span) { $0.visit(block.statements) }
  }

  private mutating func visit(_ statement: Statement) {
    switch statement.kind {
    case .binding(let binding):
      var function: FunctionNode?
      if case .function(let node) = binding.value.kind { function = node }
      add(binding.name, .binding, statement.span, function: function)
      visit(binding.value)
    case .function(let function):
      if let name = function.name { add(name, .function, statement.span, function: function) }
      visit(function)
    case .parameter(let node): add(node.name, .parameter, statement.span)
    case .loop(let loop):
      visit(loop.sequence)
      within(loop.body.span) {
        $0.add(loop.variable, .loopVariable, loop.variable.span, from: loop.body.span.start)
      }
      visit(loop.body)
    case .table(let table):
      add(table.title, .table, statement.span)
      visit(table.body)
      if let beside = table.beside { visit(beside) }
    case .claim(let text, let value):
      add(text, .claim, statement.span)
      visit(value)
    case .figure(let name, let value):
      add(name, .figure, statement.span)
      visit(value)
    case .row(_, let value), .expression(let value), .seed(let value): visit(value)
    case .include, .prose: break
    }
  }

  private mutating func visit(_ function: FunctionNode) {
    within(function.span) { collector in
      for parameter in function.parameters {
        collector.add(parameter.name, .argument, parameter.name.span)
      }
      collector.visit(function.body)
    }
  }

  private mutating func visit(_ expression: Expression) {
    switch expression.kind {
    case .none, .bool, .int, .float, .name: break
    case .string(let segments):
      for case .interpolation(let part) in segments { visit(part) }
    case .list(let elements): for element in elements { visit(element) }
    case .record(let entries): for entry in entries { visit(entry.value) }
    case .range(let first, let second), .index(let first, let second),
      .binary(_, let first, let second):
      visit(first)
      visit(second)
    case .unary(_, let operand), .field(let operand, _): visit(operand)
    case .call(let call):
      visit(call.callee)
      for argument in call.arguments { visit(argument.value) }
    case .function(let function): visit(function)
    case .conditional(let conditional):
      visit(conditional.condition)
      visit(conditional.then)
      if let otherwise = conditional.otherwise { visit(otherwise) }
    }
  }
}
