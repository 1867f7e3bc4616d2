import Canonical
import Commands
import Diagnostics
import Experiments
import Files
import Foundation
import JSON
import ScriptInterpreter
import ScriptSyntax

/// Recomputes all results in a lock, or a sample of them, and compares.
///
/// Verification uses its own cache, which starts empty: no result of the usual cache or of an
/// earlier verification is used. In a sample, results that were not chosen are not attempted. Only
/// an interrupted verification can be resumed, on request and by the same program, and results
/// reused from it are counted separately.
public struct Verifier {
  /// A share of the results, chosen by a text that the author of the lock could not know.
  public struct Sample: Sendable {
    let share: Double
    let nonce: String

    public init(share: Double, nonce: String) {
      self.share = share
      self.nonce = nonce
    }
  }

  public let script: ScriptFile
  public let assignments: [Assignment]
  let sample: Sample?
  let tolerance: Tolerance
  /// Whether an interrupted verification goes on.
  let resumes: Bool
  let limits: Limits
  let console: Console

  /// - Parameters:
  ///   - sample: what is recomputed; everything when nil
  ///   - resumes: whether an interrupted verification is continued
  public init(
    script: ScriptFile, assignments: [Assignment], sample: Sample?, tolerance: Tolerance,
    resumes: Bool, limits: Limits = .standard, console: Console
  ) {
    self.script = script
    self.assignments = assignments
    self.sample = sample
    self.tolerance = tolerance
    self.resumes = resumes
    self.limits = limits
    self.console = console
  }

  public func run() throws -> Verification {
    let program = try script.load()
    let lock = try script.lock()
    guard lock.arithmetic == CacheKey.arithmetic else {
      throw CommandError(
        "\(script.lockPath) is stale: its results were computed with arithmetic "
          + "\(lock.arithmetic), and this program computes with arithmetic "
          + "\(CacheKey.arithmetic), whose last bits differ",
        suggestion:
          "write a new lock with: merepl run \(script.path); or verify this one with the release "
          + "that wrote it",
        exitCode: ExitStatus.inputMissing.code)
    }
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
          "verification stopped; finished work is saved; run again with --resume to continue")
      }
      throw error
    }
    let verification = try Verification(
      self, lock: lock, session: session, units: units, chosen: chosen, known: known)
    session.record.set("verification", try verification.json())
    do {
      try session.record.write(in: session.runsFolder, exitCode: verification.status.code)
    } catch {
      console.message("warning: cannot write the record of this run: \(error)")
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
      "\(sample?.share ?? 1) \(sample?.nonce ?? "")", tool ?? ToolVersion.current,
    ]
    return ContentHash(of: Array(parts.joined(separator: "\n").utf8)).short
  }
}
