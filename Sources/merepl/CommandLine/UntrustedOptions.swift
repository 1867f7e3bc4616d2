import ArgumentParser
import Reproduction
import ScriptInterpreter

/// For scripts that one does not know.
struct UntrustedOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "For a script that you do not know: a process of its own that the kernel confines.",
      discussion: """
        It reads its project, writes only below figures/, out/ and .merepl/, starts nothing but \
        the program that draws, has no network, and low limits of steps, memory, file sizes and \
        time. A project's folder that is a link is refused. What this kernel lacks of Landlock \
        and seccomp is said.
        """))
  var untrusted = false

  @Option(
    help: ArgumentHelp(
      "Seconds that an untrusted script may take; 600 if not given.", valueName: "seconds"))
  var timeLimit: Int?

  func validate() throws {
    guard let timeLimit else { return }
    guard untrusted else { throw ValidationError("--time-limit goes with --untrusted") }
    guard (1...604_800).contains(timeLimit) else {
      throw ValidationError("--time-limit is 1 to 604800 seconds, not \(timeLimit)")
    }
  }

  /// Where `--untrusted` is given, the status of a confined process that did it all; nil where the
  /// caller goes on, as one's own script or in that process.
  /// - Parameter out: the folder of `--out`
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
