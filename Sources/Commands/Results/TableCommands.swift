import Canonical
import Diagnostics
import Experiments
import OrderedCollections
import Reporting
import ScriptChecker
import ScriptInterpreter

/// A finished table with the numbers behind its cells.
struct TableHandle: HandleValue {
  let table: ResultTable
  /// Row, column and numbers of every measured cell.
  let cells: [(row: String, column: String, content: Lockfile.Content)]

  let typeName = "table"
  var description: String { table.text }
  var contentHash: String { ContentHash(of: Array(table.text.utf8)).hex }

  init(_ definition: TableDefinition, _ found: TableCells) throws {
    let names = found.names
    var table = ResultTable(
      title: definition.title, key: definition.key ?? "", columns: names.map { .measured($0) },
      notes: [ResultTable.miniScaleNote])
    var cells: [(row: String, column: String, content: Lockfile.Content)] = []
    for row in definition.rows {
      try table.addRow(
        row.label,
        names.map { name in
          guard let values = found.values(row.label, name) else { return .empty }
          cells.append((row.label, name, .numbers(values)))
          return .measured(values)
        })
    }
    if case .handle(let paper as PaperHandle) = definition.beside {
      table = try table.beside(paper.table, names: Self.paperNames(names))
    }
    self.table = table
    self.cells = cells
  }

  /// Columns of the first of several variants are compared with the paper's.
  private static func paperNames(_ names: OrderedSet<String>) -> [String: String] {
    var result: [String: String] = [:]
    for name in names {
      let plain = name.split(separator: " ").last.map(String.init) ?? name
      if !result.values.contains(plain) { result[name] = plain } else { result[name] = "" }
    }
    return result
  }
}

/// A published table.
struct PaperHandle: HandleValue {
  let table: PaperTable

  let typeName = "paper"
  var description: String { "published table \(table.name)" }
  var contentHash: String { "paper:\(table.name)" }
}

/// The outcome of a comparison over seeds.
struct ComparisonHandle: HandleValue {
  let comparison: PairedComparison
  let margin: Double

  let typeName = "comparison"
  var description: String { JudgedClaim("", better: comparison, margin: margin).evidence }
  var contentHash: String { ContentHash(of: Array(description.utf8)).hex }
}

/// What a `claim` statement was given.
struct ClaimValue {
  let judged: JudgedClaim

  /// - Parameter comparesSingles: whether a truth value rests on single numbers: then it can speak
  ///   against the claim, but has no interval to support it with
  init(_ text: String, _ value: Value, comparesSingles: Bool) throws {
    switch value {
    case .handle(let handle as ComparisonHandle):
      judged = JudgedClaim(text, better: handle.comparison, margin: handle.margin)
    case .bool(let holds) where comparesSingles:
      judged = JudgedClaim(
        text, holds ? .inconclusive : .notSupported,
        evidence: "one value per side, n = 1: no interval")
    case .bool(let holds):
      judged = JudgedClaim(text, holds ? .supported : .notSupported)
    default:
      throw CommandError("expected a comparison or a bool in a claim, got \(value.summary)")
    }
  }
}

/// Commands about tables, repetitions and comparisons.
enum TableCommands {
  static let all = [over, paper, better, column]

  private static let over = HostCommand(
    CommandSignature(
      "over", "Results of a function for the seeds 0, 1, 2, ...", topic: "results",
      positional: [
        .init("seeds", .int, "number of seeds", in: .ints(1...100)),
        .init("with", .function, "function of the seed index"),
      ], result: .list, example: "over(5, fn(s) { evaluate(tuned(s), on: [motionbench]) })")
  ) { context in
    let function = try context.arguments.function("with")
    let results = try (0..<context.arguments.int("seeds")).map { seed in
      try checkCancellation()
      return try context.interpreter.call(function, [.int(seed)])
    }
    return .list(of: results)
  }

  private static let paper = HostCommand(
    CommandSignature(
      "paper", "A table of published numbers for comparison.", topic: "results",
      positional: [.init("name", .string)], result: .handle("paper"),
      example: "paper(\"table5\")")
  ) { context in
    let tables = try PaperTables(folder: "\(context.workspace.root)/data/paper")
    let table = try tables.table(try context.arguments.string("name"))
    context.workspace.uses("data/paper/\(table.name).csv")
    return .handle(PaperHandle(table: table))
  }

  private static let better = HostCommand(
    CommandSignature(
      "better", "Tests whether the first is larger than the second, paired by seed.",
      topic: "results",
      positional: [
        .init("first", .list(.float), "one number per seed"),
        .init("second", .list(.float), "one number per seed"),
      ], named: [.init("by", .float, "minimum difference", default: 0.0)],
      result: .handle("comparison"), example: "better([2.0, 3.0], [1.0, 1.5])")
  ) { context in
    .handle(
      ComparisonHandle(
        comparison: try PairedComparison(
          context.arguments.floats("first"), context.arguments.floats("second")),
        margin: try context.arguments.float("by")))
  }

  private static let column = HostCommand(
    CommandSignature(
      "column", "One field of each record in a list.", topic: "results",
      positional: [.init("records", .list(.record))], named: [.init("name", .string)],
      result: .list(.float),
      example: "column([{a: 1.0}, {a: 2.0}], name: \"a\")")
  ) { context in
    let name = try context.arguments.string("name")
    return .list(
      of: try context.arguments.list("records").map { value in
        guard case .record(let record) = value, let field = record.fields[name] else {
          throw context.arguments.failure("records", "has a record without the field \"\(name)\"")
        }
        return field
      })
  }
}
