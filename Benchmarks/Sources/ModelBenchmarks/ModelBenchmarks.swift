import ArgumentParser
import Tensors

/// Training steps and extraction of the mini models, timed.
@main
struct ModelBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ModelBenchmarks",
    abstract: "Times training steps and extraction of the mini models.",
    subcommands: [Measure.self, ExtractionMemory.self, Compare.self],
    defaultSubcommand: Measure.self)
}

/// Why a benchmark has no number to give.
struct BenchmarkError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }

  /// Throws unless two numbers agree; written so that NaN fails.
  static func require(
    _ what: String, _ found: Double, equals wanted: Double, within tolerance: Double
  ) throws {
    if !(abs(found - wanted) <= tolerance * max(1, abs(wanted))) {
      throw BenchmarkError("\(what) is \(found), the plain computation gives \(wanted)")
    }
  }
}
