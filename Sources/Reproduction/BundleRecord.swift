import Experiments
import Files
import Foundation
import JSON

/// The record of a run as it goes into a bundle: what a reader needs to judge the numbers, and
/// nothing that tells where or by whom they were made.
///
/// Members to include are listed, so that members added to records later stay out until reviewed.
/// The run is the newest one with this lock that computed something, otherwise the oldest: a fully
/// cached run does not change the bundle.
struct BundleRecord {
  private let pass: ScriptPass
  private let root: String
  private let withPatch: Bool

  private static let kept = [
    "begun", "seconds", "exit_code", "peak_memory_bytes", "processor_seconds", "versions",
    "settings", "steps", "loss_curves", "keys", "lock",
  ]

  init(_ pass: ScriptPass, root: String, withPatch: Bool) {
    self.pass = pass
    self.root = root
    self.withPatch = withPatch
  }

  /// Nil where no run is known that gave the lock.
  func data() throws -> Data? {
    let text = try pass.script.lock().text
    let runs = RunHistory(folder: pass.session.runsFolder).runs.filter {
      (try? $0.lock()?.text) == text
    }
    let chosen = runs.last { $0.steps.contains { $0.outcome == "run" } } ?? runs.first
    guard let run = chosen else { return nil }
    var members: [(String, JSONValue)] = []
    for name in Self.kept {
      if let member = try run.json.find(name) { members.append((name, member.value)) }
    }
    if let script = try run.json.find("script") {
      members.append(("script", try self.script(script)))
    }
    if let machine = try run.json.find("machine") {
      let names = ["processor", "instruction_sets"]
      members.append(("machine", try Self.members(of: machine, names)))
    }
    if let source = try run.json.find("source"), source.value != .null {
      let names =
        ["commit", "dirty", "patch_sha256"] + (withPatch ? ["changed_files", "patch"] : [])
      members.append(("source", try Self.members(of: source, names)))
    }
    let json = Self.withoutPaths(JSONValue(members: members), root, keeping: withPatch)
    return Data((try json.serialized(pretty: true) + "\n").utf8)
  }

  /// The script by its place in the project.
  private func script(_ node: JSONNode) throws -> JSONValue {
    let own = RealPath.of(pass.script.path) ?? pass.script.path
    let path = PathText.relative(own, to: root) ?? pass.script.name
    var members: [(String, JSONValue)] = [("path", .string(path))]
    for name in ["set"] {
      if let member = try node.find(name) { members.append((name, member.value)) }
    }
    return JSONValue(members: members)
  }

  private static func members(of node: JSONNode, _ names: [String]) throws -> JSONValue {
    JSONValue(
      members: try names.compactMap { name in try node.find(name).map { (name, $0.value) } })
  }

  /// Absolute paths become names alone, wherever they stand.
  private static func withoutPaths(
    _ value: JSONValue, _ root: String, keeping patch: Bool
  ) -> JSONValue {
    switch value {
    case .string(let text) where text.hasPrefix("/"):
      return .string((text as NSString).lastPathComponent)
    case .string(let text) where text.contains(root) && !patch:
      return .string(text.replacing(root + "/", with: ""))
    case .array(let values):
      return .array(values.map { withoutPaths($0, root, keeping: patch) })
    case .object(let members):
      return JSONValue(
        members: members.map { ($0.key, withoutPaths($0.value, root, keeping: patch)) })
    default: return value
    }
  }
}
