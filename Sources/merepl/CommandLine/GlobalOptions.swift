import ArgumentParser
import Experiments
import Ranks
import Reproduction
import Tensors

/// Options of every subcommand.
struct GlobalOptions: ParsableArguments {
  @Option(
    name: [.long, .customLong("jobs")],
    help: ArgumentHelp(
      "Number of threads; affects speed, never results.",
      discussion: "Default: MEREPL_THREADS, otherwise the number of processors.",
      valueName: "n"))
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "portable (bit-identical on every processor) or fast (matrix products with BF16 weights "
        + "round to BF16 and use this processor's own instructions).",
      discussion: "Default: MEREPL_PRECISION, otherwise portable.", valueName: "mode"))
  var precision: Precision?

  @Flag(name: .shortAndLong, help: "Show no progress and no notes on standard error.")
  var quiet = false

  @Option(help: "Colour messages: auto, always or never. NO_COLOR also turns colour off.")
  var color = ColorChoice.auto

  @Flag(help: "Write results and messages as JSON, one object per line.")
  var json = false

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads: expected 1 to 1024, got \(threads)")
    }
    if let fault = MemoryBudget.fault ?? EnvironmentFault.text { throw ValidationError(fault) }
  }

  /// Applies what concerns the whole process and opens the console.
  func console() -> Console {
    if let threads { Workers.defaultCount = threads }
    if let precision { Precision.processDefault = precision }
    return Console(color: color, isQuiet: quiet, writesJSON: json)
  }
}

extension ColorChoice: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}
