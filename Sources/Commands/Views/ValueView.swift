import Diagnostics
import Experiments
import OrderedCollections
import Reporting
import ScriptInterpreter

extension View {
  /// The best there is to show of any value.
  init(_ value: Value, _ request: ViewRequest = ViewRequest()) throws {
    if case .handle(let handle) = value, let viewable = handle as? any ViewableHandle {
      let known = type(of: viewable).parts
      if let part = request.given.first(where: { !known.contains($0) }) {
        throw CommandError(
          "`\(part)` does not apply to \(handle.typeName)",
          suggestion: known.isEmpty ? nil : "these apply: " + known.sorted().joined(separator: ", ")
        )
      }
      self = try viewable.view(request)
      return
    }
    if let part = request.given.first {
      throw CommandError("`\(part)` does not apply to \(value.type)")
    }
    switch value {
    case .record(let record): self.init([.table(Self.table(record))])
    case .list(let list): self = Self.list(list)
    case .function(let function): self.init(text: Self.source(function))
    default: self.init(text: value.displayText)
    }
  }

  /// Whether the value looks better in a view of its own than on one line.
  static func isWorthwhile(_ value: Value) -> Bool {
    switch value {
    case .handle(let handle): return handle is any ViewableHandle
    case .list(let list): return list.count > 1 && commonFields(list) != nil
    default: return false
    }
  }

  private static func table(_ record: RecordValue) -> TextTable {
    TextTable(
      [.init("field", isNumber: false), .init("value", isNumber: false)],
      rows: record.fields.map { .init([$0.key, cell($0.value)]) })
  }

  /// Records with the same fields become a table, numbers a curve, anything else its text.
  private static func list(_ list: ListValue) -> View {
    if let names = commonFields(list) {
      let isNumber = names.map { name in
        list.allSatisfy { element in
          guard case .record(let record) = element else { return false }
          return record[name]?.number != nil
        }
      }
      let rows = list.prefix(200).enumerated().map { index, element -> TextTable.Row in
        guard case .record(let record) = element else { return .init([]) }
        return .init(["\(index)"] + names.map { record[$0].map(cell) ?? "" })
      }
      let table = TextTable(
        [.init("")] + zip(names, isNumber).map { .init($0, isNumber: $1) }, rows: rows)
      let rest = list.count - rows.count
      return View([.table(table)] + (rest > 0 ? [.text("and \(rest) more")] : []))
    }
    let numbers = list.compactMap(\.number)
    guard numbers.count == list.count, numbers.count > 1 else {
      return View(text: Value.list(list).abbreviated(to: 4000))
    }
    let sample = Sample(numbers)
    let summary =
      "\(numbers.count) numbers, \(NumberText.short(numbers.min() ?? 0)) to "
      + "\(NumberText.short(numbers.max() ?? 0)), mean \(NumberText.short(sample.mean))"
    guard numbers.allSatisfy(\.isFinite) else { return View(text: summary) }
    let points = numbers.enumerated().map { CurvePlot.Point(Double($0), $1) }
    let plot = CurvePlot(
      [.init("value", points, showsMarkers: numbers.count <= 40)], x: Axis("index"), y: Axis(""))
    return View([.text(summary), .figure(Figure(.curves(plot)))])
  }

  /// The fields of a list of records, when all have the same ones.
  private static func commonFields(_ list: ListValue) -> [String]? {
    guard case .record(let first)? = list.first, !first.fields.isEmpty else { return nil }
    let names = Array(first.fields.keys)
    let isTable = list.allSatisfy { element in
      if case .record(let record) = element { Array(record.fields.keys) == names } else { false }
    }
    return isTable ? names : nil
  }

  static func cell(_ value: Value) -> String {
    switch value {
    case .float(let number): NumberText.short(number)
    case .string(let text): text.replacing("\n", with: " ")
    default: value.abbreviated(to: 60).replacing("\n", with: " ")
    }
  }

  private static func source(_ function: FunctionValue) -> String {
    guard case .closure(let closure) = function.kind else { return "the command \(function.name)" }
    return closure.node.span.text
  }
}

extension TableHandle: ViewableHandle {
  static var parts: Set<String> { [] }
  func view(_ request: ViewRequest) throws -> View { View(text: trimmed(table.text)) }

  private func trimmed(_ text: String) -> String {
    text.hasSuffix("\n") ? String(text.dropLast()) : text
  }
}

extension FigureHandle: ViewableHandle {
  static var parts: Set<String> { [] }
  func view(_ request: ViewRequest) throws -> View { View([.figure(figure)]) }
}
