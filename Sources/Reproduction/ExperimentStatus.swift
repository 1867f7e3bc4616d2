import Canonical
import Commands
import Experiments
import Foundation
import JSON

/// The status of one experiment.
public struct ExperimentStatus {
  public enum LockState: String {
    case locked
    /// The script, its parameters or its inputs are no longer those of the lock.
    case stale
    case missing = "no lock"
    /// The lock cannot be read.
    case damaged = "corrupt"
    /// The script has errors.
    case broken = "errors"
  }

  public let path: String
  public let state: LockState
  public let results: Int
  public let cells: Int
  /// `yes`, `3 of 60`, `no`; nil if this lock was never verified here.
  public let verified: String?
  let claims: [ClaimVerdict: Int]
  /// Seconds of computing behind the results, as far as records tell.
  public let seconds: Double?
  /// First digits of the lock's hash.
  let lockHash: String

  public init(_ path: String, console: Console, history: RunHistory) {
    self.path = path
    let script = ScriptFile(path)
    let pass = try? ScriptPass(script, [], console: console)
    guard FileManager.default.fileExists(atPath: script.lockPath) else {
      (state, results, cells) = (pass == nil ? .broken : .missing, 0, 0)
      (verified, claims, seconds, lockHash) = (nil, [:], nil, "")
      return
    }
    guard let lock = try? script.lock() else {
      (state, results, cells) = (.damaged, 0, 0)
      (verified, claims, seconds, lockHash) = (nil, [:], nil, "")
      return
    }
    let hash = ContentHash(of: Array(lock.text.utf8))
    let isCurrent = pass.map { Self.isCurrent(lock, $0) } ?? false
    state = pass == nil ? .broken : isCurrent ? .locked : .stale
    results = lock.results.count
    cells = lock.cells.keys.count { $0.kind != .claim }
    claims = Self.claims(lock)
    verified = pass.flatMap { Self.verified(hash, $0.outcome.keysHash, history) }
    seconds = pass.flatMap { Self.seconds($0, history) }
    lockHash = String(hash.short.prefix(8))
  }

  /// Whether the script produces exactly what the lock has, from the checkpoints that it names.
  private static func isCurrent(_ lock: Lockfile, _ pass: ScriptPass) -> Bool {
    let workspace = pass.session.workspace
    let folders = lock.cells.filter { $0.key.kind == .checkpoint }
    let areThere = folders.allSatisfy { place, content in
      let found = try? workspace.contentHash(ofFolder: "\(workspace.root)/\(place.row)")
      return content == .text(found?.hex ?? "")
    }
    return areThere && pass.difference(from: lock) == nil
  }

  private static func claims(_ lock: Lockfile) -> [ClaimVerdict: Int] {
    var counts: [ClaimVerdict: Int] = [:]
    for case (let place, .text(let text)) in lock.cells where place.kind == .claim {
      if let verdict = ClaimVerdict(rawValue: text) { counts[verdict, default: 0] += 1 }
    }
    return counts
  }

  /// What the newest verification of this lock with these keys found.
  private static func verified(
    _ lock: ContentHash, _ keys: ContentHash, _ history: RunHistory
  ) -> String? {
    let all = history.runs.compactMap { try? $0.json.find("verification") }.filter {
      (try? $0.string("lock_sha256")) == lock.hex && (try? $0.string("keys_sha256")) == keys.hex
    }
    guard let last = all.last, let isGood = try? last.bool("verified") else { return nil }
    guard isGood else { return "no" }
    guard let isSample = try? last.bool("sample"), isSample,
      let recomputed = try? last.int("chosen"), let results = try? last.int("results")
    else { return "yes" }
    return "\(recomputed) of \(results)"
  }

  /// The time behind every result that the script needs, as the records of its computation have it.
  private static func seconds(_ pass: ScriptPass, _ history: RunHistory) -> Double? {
    var times: [ContentHash: Double] = [:]
    for step in history.runs.flatMap(\.steps) where step.outcome == "run" {
      if let key = step.key { times[key] = step.ownSeconds }
    }
    var seen: Set<ContentHash> = []
    var waiting: [any ResultStep] = pass.outcome.demands.map(\.step)
    var total = 0.0
    while let step = waiting.popLast() {
      guard !step.isLoading, seen.insert(step.key.hash).inserted else { continue }
      guard let time = times[step.key.hash] else { return nil }
      total += time
      waiting += step.inputs
    }
    return seen.isEmpty ? nil : total
  }

  public var claimText: String {
    let parts = ClaimVerdict.allCases.compactMap { verdict in
      claims[verdict].map { "\($0) \(verdict.rawValue)" }
    }
    return parts.isEmpty ? "-" : parts.joined(separator: ", ")
  }

  public var json: JSONValue {
    JSONValue(members: [
      ("script", .string(path)), ("state", .string(state.rawValue)), ("results", .int(results)),
      ("cells", .int(cells)), ("verified", verified.map { .string($0) } ?? .null),
      (
        "claims",
        JSONValue(
          members: ClaimVerdict.allCases.map { ($0.rawValue, .int(claims[$0] ?? 0)) })
      ),
      ("seconds", seconds.map { .double($0) } ?? .null), ("lock", .string(lockHash)),
    ])
  }
}
