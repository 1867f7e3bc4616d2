import ArgumentParser
import Reproduction
import ScriptInterpreter

/// Options for scripts that the user does not trust.
struct UntrustedOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "Run a script that you do not trust in a separate process confined by the kernel.",
      discussion: """
        The process reads its project, writes only to figures/, out/ and .merepl/, starts only \
        gnuplot, and has no network and low limits on steps, memory, file sizes and time. Project \
        directories that are symbolic links are rejected. Warns if this kernel lacks Landlock or \
        seccomp.
        """))
  var untrusted = false

  @Option(
    help: ArgumentHelp(
      "Time limit for an untrusted script; default 600.", valueName: "seconds"))
  var timeLimit: Int?

  func validate() throws {
    guard let timeLimit else { return }
    guard untrusted else { throw ValidationError("--time-limit requires --untrusted") }
    guard (1...604_800).contains(timeLimit) else {
      throw ValidationError("--time-limit: expected 1 to 604800 seconds, got \(timeLimit)")
    }
  }

  /// With `--untrusted`, runs everything in a confined process.
  /// - Parameter out: the directory of `--out`
  /// - Returns: that process's exit status; nil if the caller should continue, because the script
  ///   is trusted or this is the confined process
  func supervised(
    _ script: ScriptFile, out: String? = nil, on console: Console
  ) throws -> ExitStatus? {
    guard untrusted else { return nil }
    if UntrustedProgram.isHere {
      UntrustedProgram.beginLimits()
      return nil
    }
    let seconds = timeLimit ?? Int(Limits.untrusted.wallTime?.components.seconds ?? 600)
    return try UntrustedProgram(script: script, out: out, seconds: seconds, console: console)
      .run()
  }
}
