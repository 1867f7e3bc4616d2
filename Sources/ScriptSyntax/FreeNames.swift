import Diagnostics

/// Finds the names that a piece of code takes from outside, with the places of their uses.
struct FreeNameCollector {
  private(set) var uses: [String: [SourceSpan]] = [:]
  private var scopes: [Set<String>] = [[]]

  var sortedNames: [String] { uses.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

  mutating func collect(parameters: [FunctionParameter], body: Block) {
    for parameter in parameters {
      if let value = parameter.defaultValue { visit(value) }
    }
    scopes.append(Set(parameters.map(\.name.name)))
    visit(body)
    scopes.removeLast()
  }

  mutating func visit(_ block: Block) {
    scopes.append([])
    for statement in block.statements { visit(statement) }
    scopes.removeLast()
  }

  mutating func visit(_ statement: Statement) {
    switch statement.kind {
    case .binding(let binding):
      visit(binding.value)
      bind(binding.name.name)
    case .function(let function):
      visit(function)
      if let name = function.name { bind(name.name) }
    case .expression(let expression), .seed(let expression):
      visit(expression)
    case .loop(let loop):
      visit(loop.sequence)
      scopes.append([loop.variable.name])
      visit(loop.body)
      scopes.removeLast()
    case .parameter(let parameter):
      visit(parameter.defaultValue)
      if let domain = parameter.domain { visit(domain) }
      bind(parameter.name.name)
    case .table(let table):
      visit(table.title)
      if let key = table.key { visit(key) }
      visit(table.body)
      if let beside = table.beside { visit(beside) }
    case .row(let first, let second), .claim(let first, let second), .figure(let first, let second):
      visit(first)
      visit(second)
    case .include, .prose:
      break
    }
  }

  mutating func visit(_ expression: Expression) {
    switch expression.kind {
    case .none, .bool, .int, .float:
      break
    case .string(let segments):
      for case .interpolation(let part) in segments { visit(part) }
    case .name(let name):
      if !scopes.contains(where: { $0.contains(name) }) {
        uses[name, default: []].append(expression.span)
      }
    case .list(let elements):
      for element in elements { visit(element) }
    case .record(let entries):
      for entry in entries { visit(entry.value) }
    case .range(let first, let second), .index(let first, let second),
      .binary(_, let first, let second):
      visit(first)
      visit(second)
    case .unary(_, let operand), .field(let operand, _):
      visit(operand)
    case .call(let call):
      visit(call.callee)
      for argument in call.arguments { visit(argument.value) }
    case .function(let function):
      visit(function)
    case .conditional(let conditional):
      visit(conditional.condition)
      visit(conditional.then)
      if let otherwise = conditional.otherwise { visit(otherwise) }
    }
  }

  private mutating func visit(_ function: FunctionNode) {
    collect(parameters: function.parameters, body: function.body)
  }

  private mutating func bind(_ name: String) {
    scopes[scopes.count - 1].insert(name)
  }
}

extension Statement {
  /// Names that the statement uses from earlier statements, with the places of their uses.
  public var freeNames: [String: [SourceSpan]] {
    var collector = FreeNameCollector()
    collector.visit(self)
    return collector.uses
  }

  /// The name that the statement binds.
  public var boundName: Identifier? {
    switch kind {
    case .binding(let binding): return binding.name
    case .function(let function): return function.name
    case .parameter(let parameter): return parameter.name
    default: return nil
    }
  }
}
