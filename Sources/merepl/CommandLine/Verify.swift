import ArgumentParser
import Diagnostics
import Experiments
import Reproduction
import ScriptInterpreter

/// `merepl verify`
struct Verify: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Recomputes a script's results from scratch and compares them with its lock.",
    discussion: """
      Every cell and figure is graded: bit-identical, within tolerance, same ordering only, \
      differs, or not attempted. The first step that diverged is named. Agreement with published \
      numbers is reported separately and never changes the exit status. Exit status 3 on a \
      mismatch.

      Verification starts with an empty cache: results of `merepl run` or of an earlier \
      verification are not used. --resume continues an interrupted verification; the results it \
      reuses are counted separately.

      With --sample, only a fraction of the results, chosen by the nonce, is recomputed: use a \
      word that the author of the lock could not know.
      """)

  @OptionGroup var arguments: ScriptArguments

  @Option(
    help: ArgumentHelp("Fraction of the results to recompute, such as 5%.", valueName: "fraction"))
  var sample: String?

  @Option(
    help: ArgumentHelp("Text that chooses the sample; required with --sample.", valueName: "text"))
  var nonce: String?

  @Option(
    help: ArgumentHelp(
      "Allowed difference from the lock's numbers, absolute or relative.", valueName: "x"))
  var tolerance = 0.0

  @Flag(help: "Resume an interrupted verification of the same script, lock and program.")
  var resume = false

  @OptionGroup var trust: UntrustedOptions

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if let sample, ResultSample.share(sample) == nil {
      throw ValidationError("--sample: expected a fraction such as 5% or 0.05, got \(sample)")
    }
    guard nonce != "" else { throw ValidationError("--nonce is empty") }
    guard (sample == nil) == (nonce == nil) else {
      throw ValidationError("--sample and --nonce must be used together")
    }
    guard tolerance >= 0, tolerance.isFinite else {
      throw ValidationError("--tolerance: expected at least 0, got \(tolerance)")
    }
  }

  func run(on console: Console) throws -> ExitStatus {
    if let status = try trust.supervised(arguments.script, on: console) { return status }
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
      _ = console.report(CommandError("the lock cannot be used: \(error)"))
      return .mismatch
    }
  }
}
