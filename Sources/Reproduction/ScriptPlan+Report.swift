import Commands
import Diagnostics
import Experiments
import JSON
import ScriptInterpreter

extension ScriptPlan {
  /// Shows what would run, what is cached, and how long it would take.
  public func show(on console: Console) {
    if console.writesJSON { return write(items, on: console) }
    for item in pending {
      let time = item.time.map { ", \($0)" } ?? ""
      console.write("would run  \(item.title)\(time)")
      console.write("           because \(item.reason.text)")
    }
    var counts: [String: Int] = [:]
    for item in items where item.isCached { counts[item.step.key.command, default: 0] += 1 }
    let cached = counts.sorted { $0.key < $1.key }.map { "\($1) \($0)" }
    if !cached.isEmpty { console.write("cached     \(cached.joined(separator: ", "))") }
    let unknown = pending.count { $0.time == nil }
    let total = time
    var text = total.map { "\($0)" } ?? "time unknown"
    if unknown > 0, total != nil { text += " and \(unknown) of unknown time" }
    let work = pending.isEmpty ? "nothing would run" : "\(pending.count) would run, \(text)"
    console.write("\(work); \(items.count - pending.count) cached")
    if hasUnknownPart {
      console.remark("commands that depend on the values of these results are not counted")
    }
  }

  /// Explains why results would be computed, each reason once.
  public func explain(_ items: [Item], on console: Console) {
    if console.writesJSON { return write(items, on: console) }
    let pending = items.filter { !$0.isCached }
    var reasons: [String] = []
    for item in pending where !reasons.contains(item.reason.text) {
      reasons.append(item.reason.text)
    }
    for reason in reasons {
      console.write(reason)
      for item in pending where item.reason.text == reason { console.write("  -> \(item.title)") }
    }
    for item in items where item.isCached { console.write("cached: \(item.title)") }
    if items.isEmpty { console.write("nothing would run: every result is cached") }
  }

  /// The results that a value is made from.
  public func items(behind value: Value) -> [Item] {
    let wanted = Self.keys(behind: value.resultSteps)
    return items.filter { wanted.contains($0.step.key.hash) }
  }

  /// The results of a command, of a row of a table, or with a part of their label.
  /// - Parameter listing: the command that lists them all
  public func items(called name: String, listing: String) throws -> [Item] {
    let found = items.filter {
      $0.step.key.command == name || $0.place == name || $0.step.label.contains(name)
    }
    guard !found.isEmpty else {
      throw CommandError(
        "no result matches \"\(name)\"", suggestion: "\(listing) lists all results")
    }
    return found
  }

  private func write(_ items: [Item], on console: Console) {
    for item in items {
      if let line = try? item.json.serialized() { console.write(line) }
    }
  }
}

extension ScriptPlan.Item {
  /// The result and the row that wants it.
  var title: String { step.name + (place.isEmpty ? "" : " (row \"\(place)\")") }

  fileprivate var json: JSONValue {
    JSONValue(members: [
      ("command", .string(step.key.command)), ("label", .string(step.label)),
      ("key", .string(step.key.hex)), ("row", .string(place)), ("cached", .bool(isCached)),
      ("reason", .string(reason.text)), ("seconds", time.map { .double($0.seconds) } ?? .null),
      ("rough", time.map { .bool($0.isRough) } ?? .null),
    ])
  }
}
