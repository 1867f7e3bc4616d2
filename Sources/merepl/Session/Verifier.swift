import Canonical
import Commands
import Experiments
import Files
import Foundation
import JSON
import ScriptInterpreter
import ScriptSyntax

/// Recomputes what a lock claims, in whole or for a sample, and compares.
///
/// The recomputation happens in a store of its own that begins empty: nothing that lies in the usual
/// store, or in that of an earlier verification, can stand in for a result. Of a sample, what was not
/// chosen stays open. Only an interrupted verification may be gone on with, if that is asked for, by
/// the very same program, and what was read from it is counted apart.
struct Verifier {
  struct Sample {
    let share: Double
    let nonce: String
  }

  let script: ScriptFile
  let assignments: [Assignment]
  let sample: Sample?
  let tolerance: Tolerance
  /// Whether an interrupted verification goes on.
  var resumes = false
  var limits = Limits.standard
  let console: Console

  func run() throws -> Verification {
    let program = try script.load()
    let lock = try script.lock()
    let root = try Workspace.locate()
    // Another verification of the same may be going on.
    let work = try WorkFolder(name(program, lock), in: "\(root)/.merepl/verify")
    if !resumes { work.clear() }
    let folder = work.path
    let known = try ResultStore(root: "\(root)/.merepl") { _ in }
    // What the script asks for, seen from a store without results.
    let empty = try ScriptPass(
      script, assignments, console: console, storeFolder: "\(folder)/empty", limits: limits)
    let units = empty.outcome.demands.map(\.step.key.hash)
    let chosen = sample.map { ResultSample.choose(units, share: $0.share, nonce: $0.nonce) }
    if let chosen { console.remark("recomputing \(chosen.count) of \(units.count) results") }

    var options = Workspace.Options()
    options.storeFolder = "\(folder)/store"
    options.outputFolder = "\(folder)/out"
    if let chosen { options.policy = .sample(chosen) }
    let session = try Session(
      console: console, options: options, limits: limits, output: { _ in })
    do {
      try session.run(script, empty.program, assignments)
    } catch {
      // Whether an interrupted one has kept something is said with the interruption.
      if !Cancellation.isRequested {
        console.message(
          "the recomputation stopped; with --resume it goes on from what is finished")
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

  /// Names the recomputation, so that an interrupted one can go on: by script, lock and sample, and
  /// by the program, for what another one computed is no result of this one.
  private func name(_ program: Program, _ lock: Lockfile) throws -> String {
    let tool = RegularFile.contents("/proc/self/exe").map { ContentHash(of: $0).hex }
    let parts = [
      try script.json(program, assignments).serialized(), lock.text,
      "\(sample?.share ?? 1) \(sample?.nonce ?? "")", tool ?? Merepl.version,
    ]
    return ContentHash(of: Array(parts.joined(separator: "\n").utf8)).short
  }
}
