import Commands
import Experiments
import Foundation
import JSON
import ScriptInterpreter
import ScriptSyntax

/// Recomputes what a lock claims, in whole or for a sample, and compares.
///
/// The recomputation happens in a store of its own that begins empty; neither results nor clips of
/// the usual store are used. With a sample, results that were not chosen may come from the usual
/// store, but only with the very bits that the lock names; what they cannot give stays open.
struct Verifier {
  struct Sample {
    let share: Double
    let nonce: String
  }

  let script: ScriptFile
  let assignments: [Assignment]
  let sample: Sample?
  let tolerance: Tolerance
  let console: Console

  func run() throws -> Verification {
    let program = try script.load()
    let lock = try script.lock()
    let root = try Workspace.locate()
    // Another verification of the same may be going on.
    let work = try WorkFolder(name(program, lock), in: "\(root)/.merepl/verify")
    let folder = work.path
    let known = try ResultStore(root: "\(root)/.merepl") { _ in }
    // What the script asks for, seen from a store without results.
    let empty = try ScriptPass(
      script, assignments, console: console, storeFolder: "\(folder)/empty")
    let units = empty.outcome.demands.map(\.step.key.hash)
    let chosen = sample.map { ResultSample.choose(units, share: $0.share, nonce: $0.nonce) }
    if let chosen { console.remark("recomputing \(chosen.count) of \(units.count) results") }

    var options = Workspace.Options()
    options.storeFolder = "\(folder)/store"
    options.outputFolder = "\(folder)/out"
    if let chosen {
      options.policy = .sample(SampleRules(chosen: chosen, store: known, lock: lock))
    }
    let session = try Session(console: console, options: options, output: { _ in })
    do {
      try session.run(script, empty.program, assignments)
    } catch {
      // Whether an interrupted one has kept something is said with the interruption.
      if !Cancellation.isRequested {
        console.message("the recomputation stopped; what is finished is kept for the next attempt")
      }
      throw error
    }
    let verification = try Verification(
      self, lock: lock, session: session, units: units, chosen: chosen, known: known)
    session.record.set("verification", try verification.json())
    do {
      try session.record.write(in: session.runsFolder, exitCode: verification.status.code)
    } catch {
      console.message("warning: the record of this run could not be written: \(error)")
    }
    work.clear()
    return verification
  }

  /// Names the recomputation, so that an interrupted one goes on.
  private func name(_ program: Program, _ lock: Lockfile) throws -> String {
    let parts = [
      try script.json(program, assignments).serialized(), lock.text,
      "\(sample?.share ?? 1) \(sample?.nonce ?? "")",
    ]
    return ContentHash(of: Array(parts.joined(separator: "\n").utf8)).short
  }
}
