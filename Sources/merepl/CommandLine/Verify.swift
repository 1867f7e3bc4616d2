import ArgumentParser
import Diagnostics
import Experiments
import Reproduction
import ScriptInterpreter

/// `merepl verify`
struct Verify: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Recomputes a script's results from nothing and compares them with its lock.",
    discussion: """
      Every cell and figure is bit-identical, within tolerance, of the same ordering only, \
      different, or not attempted; the first step that diverged is named. Whether the numbers agree \
      with the published ones is said apart and never changes the status. Status 3 if something \
      does not match.

      The recomputation begins empty: what `merepl run` or an earlier verification left is not used. \
      Only with --resume does an interrupted one go on, and what it read is counted apart.

      With --sample only a share of the results is recomputed, those that the nonce chooses: think \
      of a word that the author of the lock could not know.
      """)

  @OptionGroup var arguments: ScriptArguments

  @Option(help: ArgumentHelp("Share of the results to recompute.", valueName: "5%"))
  var sample: String?

  @Option(help: ArgumentHelp("Chooses the sample; needed with it.", valueName: "text"))
  var nonce: String?

  @Option(
    help: ArgumentHelp(
      "How far a number may be from the lock's, absolute or as a share of it.", valueName: "x"))
  var tolerance = 0.0

  @Flag(help: "Go on with an interrupted verification of the same script, lock and program.")
  var resume = false

  @OptionGroup var trust: UntrustedOptions

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if let sample, ResultSample.share(sample) == nil {
      throw ValidationError("--sample is a share such as 5% or 0.05, not \(sample)")
    }
    guard nonce != "" else { throw ValidationError("--nonce is empty") }
    guard (sample == nil) == (nonce == nil) else {
      throw ValidationError("--sample and --nonce go together")
    }
    guard tolerance >= 0, tolerance.isFinite else {
      throw ValidationError("--tolerance is a number that is not negative")
    }
  }

  func run(on console: Console) throws -> ExitStatus {
    if let status = try trust.supervised(arguments.script, on: console) { return status }
    try PortableMode.enter()
    Cancellation.install()
    Cancellation.requireResume()
    let chosen = sample.flatMap(ResultSample.share).map {
      Verifier.Sample(share: $0, nonce: nonce ?? "")
    }
    let verifier = Verifier(
      script: arguments.script, assignments: arguments.assignments, sample: chosen,
      tolerance: Tolerance(absolute: tolerance, relative: tolerance), resumes: resume,
      console: console)
    do {
      let verification = try verifier.run()
      let lines = try console.writesJSON ? verification.jsonLines() : verification.lines()
      for line in lines { console.write(line) }
      return verification.status
    } catch let error as StoreError {
      guard case .malformed = error else { throw error }
      _ = console.report(CommandError("the lock was changed by hand or is damaged: \(error)"))
      return .mismatch
    }
  }
}
