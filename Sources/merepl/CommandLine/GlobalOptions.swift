import ArgumentParser
import Experiments
import Ranks
import Tensors

/// Options of every subcommand.
struct GlobalOptions: ParsableArguments {
  @Option(
    name: [.long, .customLong("jobs")],
    help: ArgumentHelp(
      "Threads to compute with: changes the time, never a result.",
      discussion: "The default is MEREPL_THREADS, else the number of processors.",
      valueName: "n"))
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "portable (the same bits on every processor) or fast (products with weights stored as BF16 "
        + "round to BF16 and use this processor's own instructions).",
      discussion: "The default is MEREPL_PRECISION, else portable.", valueName: "mode"))
  var precision: Precision?

  @Flag(name: .shortAndLong, help: "No progress and no remarks on standard error.")
  var quiet = false

  @Option(help: "Colour messages: auto, always or never. NO_COLOR turns it off, too.")
  var color = ColorChoice.auto

  @Flag(help: "Write results and messages as JSON, one object a line.")
  var json = false

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads is 1 to 1024, not \(threads)")
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
