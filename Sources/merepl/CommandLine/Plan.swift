import ArgumentParser
import Commands
import Experiments
import JSON

/// `merepl plan`
struct Plan: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Says what a run would compute, what is there already, why, and how long it takes.",
    discussion: """
      Nothing is computed, drawn or written. Times come from the records of earlier runs: those of \
      the same result, else of the most similar one. Results that depend on a number that is not \
      there yet cannot be foreseen. With --exit-code the status is 10 if there is work to do.
      """)

  @OptionGroup var arguments: ScriptArguments

  @Flag(help: "End with status 10 if something would run.")
  var exitCode = false

  @OptionGroup var options: GlobalOptions

  func run(on console: Console) throws -> ExitStatus {
    try PortableMode.enter()
    Cancellation.install()
    let pass = try ScriptPass(arguments.script, arguments.assignments, console: console)
    let plan = try ScriptPlan(pass)
    if console.writesJSON {
      for item in plan.items { console.write(try item.json.serialized()) }
    } else {
      show(plan, on: console)
    }
    return exitCode && !plan.pending.isEmpty ? .workPending : .ok
  }

  private func show(_ plan: ScriptPlan, on console: Console) {
    for item in plan.pending {
      let time = item.seconds.map { ", about \(ProgressStep.duration($0))" } ?? ""
      console.write("would run  \(item.title)\(time)")
      console.write("           because \(item.reason.text)")
    }
    var counts: [String: Int] = [:]
    for item in plan.items where item.isCached { counts[item.step.key.command, default: 0] += 1 }
    let cached = counts.sorted { $0.key < $1.key }.map { "\($1) \($0)" }
    if !cached.isEmpty { console.write("cached     \(cached.joined(separator: ", "))") }
    let unknown = plan.pending.count { $0.seconds == nil }
    var time = plan.seconds.map { "about \(ProgressStep.duration($0))" } ?? "time unknown"
    if unknown > 0, plan.seconds != nil { time += " and \(unknown) of unknown time" }
    let work =
      plan.pending.isEmpty ? "nothing would run" : "\(plan.pending.count) would run, \(time)"
    console.write("\(work); \(plan.items.count - plan.pending.count) cached")
    if plan.pass.outcome.hasUnknownPart {
      console.remark("commands that wait for one of these results are not counted")
    }
  }
}

extension ScriptPlan.Item {
  /// The result and the row that wants it.
  var title: String { step.name + (place.isEmpty ? "" : " (row \"\(place)\")") }

  var json: JSONValue {
    JSONValue(members: [
      ("command", .string(step.key.command)), ("label", .string(step.label)),
      ("key", .string(step.key.hex)), ("row", .string(place)), ("cached", .bool(isCached)),
      ("reason", .string(reason.text)), ("seconds", seconds.map { .double($0) } ?? .null),
    ])
  }
}
