import Diagnostics
import ScriptChecker

/// The commands of the language itself; `CoreSignatures` describes them.
struct CoreLibrary {
  let interpreter: Interpreter
  let arguments: BoundArguments

  private static let bodies: [String: @Sendable (CoreLibrary) throws -> Value] = [
    "len": { try $0.len() }, "range": { try $0.range() }, "map": { try $0.map() },
    "filter": { try $0.filter() }, "fold": { try $0.fold() }, "zip": { try $0.zip() },
    "sort": { try $0.sort() }, "reverse": { try $0.reverse() }, "unique": { try $0.unique() },
    "slice": { try $0.slice() }, "keys": { try $0.keys() }, "values": { try $0.values() },
    "merge": { try $0.merge() }, "sum": { try $0.sum() }, "mean": { try $0.mean() },
    "deviation": { try $0.deviation() }, "median": { try $0.median() },
    "min": { try $0.extreme(.less) }, "max": { try $0.extreme(.greater) },
    "abs": { try $0.abs() }, "sqrt": { try $0.sqrt() }, "round": { try $0.round() },
    "floor": { try $0.whole(.down) }, "ceil": { try $0.whole(.up) },
    "within": { try $0.within() },
    "float": { .float(try $0.arguments.float("value")) },
    "string": { .string(try $0.text(of: $0.arguments["value"])) }, "format": { try $0.format() },
    "join": { try $0.join() }, "split": { try $0.split() }, "print": { try $0.print() },
  ]

  static func contains(_ name: String) -> Bool { bodies[name] != nil }

  func run() throws -> Value {
    guard let body = CoreLibrary.bodies[arguments.signature.name] else {
      throw CommandError("there is no command `\(arguments.signature.name)`", code: .unknownName)
    }
    if case .handle(let handle as any NumericHandle)? = arguments.all.first?.value,
      let result = try handle.applying(arguments.signature.name, arguments, meter)
    {
      return result
    }
    return try body(self)
  }

  var meter: Meter { interpreter.meter }

  /// What `print` shows of a value, within the limit of a string.
  func text(of value: Value, behind used: Int = 0) throws -> String {
    try interpreter.text(of: value, behind: used, at: arguments.span)
  }

  /// The elements of a list argument; reading them counts as work.
  func elements(_ name: String) throws -> [Value] {
    let elements = try arguments.list(name)
    try interpreter.charge(elements.count, at: arguments.span)
    return elements
  }

  func call(_ name: String, _ values: Value...) throws -> Value {
    try interpreter.call(try arguments.function(name), values, at: arguments.span(of: name))
  }
}
