import Diagnostics
import OrderedCollections

extension CoreLibrary {
  func len() throws -> Value {
    switch arguments["value"] {
    case .list(let list): return .int(list.count)
    case .record(let record): return .int(record.fields.count)
    case .string(let text):
      try interpreter.charge(text.utf8.count / 16, at: arguments.span)
      return .int(text.count)
    case .range(let range):
      if let count = range.count { return .int(count) }
      throw arguments.failure("value", "is not a range of integers: \(arguments["value"])")
    default:
      throw arguments.failure("value", "has no length", code: .wrongType)
    }
  }

  func range() throws -> Value {
    let first = try arguments.int("from")
    let last = try arguments.int("last")
    let step = try arguments.int("step")
    guard step != 0 else { throw arguments.failure("step", "is zero") }
    let (distance, overflow) = last.subtractingReportingOverflow(first)
    guard !overflow, step != .min else { throw arguments.failure("last", "is too large") }
    var count: Int? = 0
    if distance == 0 || (distance < 0) == (step < 0) {
      let (steps, tooMany) = distance.dividedReportingOverflow(by: step)
      let (sum, overflow) = steps.addingReportingOverflow(1)
      count = tooMany || overflow ? nil : sum
    }
    try meter.requireCount(count)
    try meter.charge(count ?? 0)
    return .list(of: (0..<(count ?? 0)).map { .int(first + $0 * step) })
  }

  func map() throws -> Value {
    .list(of: try elements("list").map { try call("with", $0) })
  }

  func filter() throws -> Value {
    var kept: [Value] = []
    for element in try elements("list") {
      let verdict = try call("with", element)
      if verdict.isPending { return verdict }
      guard case .bool(let keeps) = verdict else {
        throw arguments.failure(
          "with", "must return a bool, got \(verdict.summary)", code: .wrongType)
      }
      if keeps { kept.append(element) }
    }
    return .list(of: kept)
  }

  func fold() throws -> Value {
    try elements("list").reduce(arguments["from"]) { try call("with", $0, $1) }
  }

  func zip() throws -> Value {
    let first = try elements("first")
    let second = try elements("second")
    guard first.count == second.count else {
      throw arguments.failure(
        "second", "has \(counted(second.count, "element")), but the first list has \(first.count)")
    }
    // A list of its own for each pair.
    try meter.take(first.count, times: 128)
    return .list(of: Swift.zip(first, second).map { .list([$0, $1]) })
  }

  func sort() throws -> Value {
    let elements = try elements("list")
    let descending = try arguments.bool("descending")
    func keys(_ name: String) throws -> [Value]? {
      guard case .function = arguments[name] else { return nil }
      return try elements.map { try call(name, $0) }
    }
    let first = try keys("by") ?? elements
    let second = try keys("ties")
    for keys in [first, second ?? []] {
      if let pending = keys.lazy.compactMap(\.pendingPart).first { return pending }
    }
    // Comparing long texts is more work.
    for keys in [first, second ?? []] {
      try meter.charge(keys.count + ListValue(keys).extent.weight / 16, times: 8)
    }
    var comparisons = 0
    let order = try elements.indices.sorted { a, b in
      comparisons += 1
      if comparisons % 4096 == 0 { try meter.checkpoint() }
      let order = try compare(first[a], first[b])
      if order != .same { return (order == .less) != descending }
      if let second, case let order = try compare(second[a], second[b]), order != .same {
        return order == .less
      }
      return a < b
    }
    return .list(of: order.map { elements[$0] })
  }

  private func compare(_ a: Value, _ b: Value) throws -> Value.Ordering {
    guard let order = a.compare(b) else {
      throw arguments.failure("list", "cannot be ordered: \(a.summary) and \(b.summary)")
    }
    guard order != .unordered else {
      throw arguments.failure("list", "contains nan, which cannot be ordered")
    }
    return order
  }

  func reverse() throws -> Value { .list(of: try elements("list").reversed()) }

  func unique() throws -> Value {
    var kept: [Value] = []
    var weight = 0
    for element in try elements("list") {
      try meter.charge(kept.count)
      // Both are bounded: the weight of a value and the number of elements.
      try meter.charge(min(weight, kept.count * element.extent.weight) / 4)
      if kept.contains(where: { $0.isEqual(to: element) }) { continue }
      kept.append(element)
      weight += element.extent.weight
    }
    return .list(of: kept)
  }

  func slice() throws -> Value {
    let elements = try elements("list")
    func position(_ name: String) throws -> Int {
      let index = try arguments.int(name)
      return index < 0 ? index + elements.count : index
    }
    let first = max(0, try position("from"))
    let last = min(elements.count - 1, try position("to"))
    return first <= last ? .list(of: elements[first...last]) : .list([])
  }

  func keys() throws -> Value { .list(of: try fields("record").keys.map(Value.string)) }

  func values() throws -> Value { .list(of: try fields("record").values) }

  func merge() throws -> Value {
    var fields = try fields("record")
    for (name, value) in try self.fields("with") { fields[name] = value }
    return .record(of: fields)
  }

  /// The fields of a record; copying them counts as work.
  private func fields(_ name: String) throws -> OrderedDictionary<String, Value> {
    let fields = try arguments.record(name).fields
    try meter.charge(fields.count)
    return fields
  }
}
