import Foundation
import Tensors

/// What one program measured on one machine; `reference.py` writes the same form.
struct Report: Codable {
  var program: String
  /// The family of instructions of merepl's kernels; numbers of two families are never compared.
  var instructions: String?
  /// Of the program's parts, by name.
  var versions: [String: String]
  var processor: String
  var processors: Int
  /// Processors that other programs kept busy during the run, on average.
  var otherLoad = 0.0
  var measurements: [Measurement] = []
  /// What the work gave (losses, head metrics): both programs have to agree on it.
  var values: [String: [Double]] = [:]

  /// An empty report of this program on this machine.
  init() {
    program = "merepl"
    instructions = Instructions.family
    versions = ["OpenBLAS": OpenBLAS.version]
    let text = FileManager.default.contents(atPath: "/proc/cpuinfo") ?? Data()
    let line = String(decoding: text, as: UTF8.self).split(separator: "\n")
      .first { $0.hasPrefix("model name") }
    processor = line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces) ?? "unknown"
    processors = ProcessInfo.processInfo.activeProcessorCount
  }

  init(contentsOfFile path: String) throws {
    self = try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(filePath: path)))
  }

  /// Rounds of one program, taken in turn with the other's: each measurement is the median over the
  /// rounds, for the clock of a shared machine rises and falls.
  init(medianOf rounds: [Report]) throws {
    guard let first = rounds.first else { throw BenchmarkError("no report was given") }
    guard first.program != "merepl" || rounds.allSatisfy({ $0.values == first.values }) else {
      throw BenchmarkError("merepl gave other results in another round")
    }
    self = first
    otherLoad = rounds.map(\.otherLoad).max() ?? 0
    measurements = first.measurements.map { one in
      let same = rounds.flatMap(\.measurements).filter {
        $0.workload == one.workload && $0.variant == one.variant && $0.threads == one.threads
      }
      var result = one
      result.median = Timing(same.map(\.median)).median
      result.best = same.dropFirst().reduce(one) { $1.isBest(than: $0) ? $1 : $0 }.best
      result.repeats = same.reduce(0) { $0 + $1.repeats }
      let rates = same.compactMap(\.productRate)
      result.productRate = rates.isEmpty ? nil : Timing(rates).median
      return result
    }
  }

  func json() throws -> String { try Report.json(self) }

  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// The number on exactly so many threads.
  func measurement(_ workload: Workload, threads: Int) -> Measurement? {
    measurements.first { $0.workload == workload && $0.threads == threads }
  }

  /// The fastest repeat of all libraries' products, in GFLOP/s of one thread.
  var peak: Double {
    measurements.filter { $0.workload == .libraryProducts }.map(\.best).max() ?? 0
  }

  /// The best of all ways of doing the work on at most so many threads.
  func best(_ workload: Workload, upTo threads: Int) -> Measurement? {
    measurements.filter { $0.workload == workload && $0.threads <= threads }
      .min { $0.isBetter(than: $1) }
  }
}

/// What is measured. Both programs use these names.
enum Workload: String, Codable, CaseIterable {
  /// What a library makes of products: the floor is computed from the fastest.
  case libraryProducts = "products by library"
  case linear = "linear layers of the mini VDM"
  case diffusionStep = "VDM training step"
  case diffusionProducts = "products of a VDM training sample"
  case extractionProducts = "products of an extraction"
  case languageStep = "VLM training step"
  case extraction = "extraction, one clip"
  case extractionRate = "extraction, 8 clips"
  case memory180 = "extraction memory, 180 vision tokens"
  case memory720 = "extraction memory, 720 vision tokens"
  case memory2880 = "extraction memory, 2880 vision tokens"

  /// The sizes at which memory is measured.
  var visionTokens: Int? {
    switch self {
    case .memory180: 180
    case .memory720: 720
    case .memory2880: 2880
    default: nil
    }
  }
}

/// One number with its unit.
struct Measurement: Codable {
  var workload: Workload
  /// Which of several shapes of the work, or ways of doing it.
  var variant: String?
  /// `ms/...` and `bytes` are better when small, everything else when large.
  var unit: String
  var threads: Int
  var median: Double
  /// That of the fastest repeat.
  var best: Double
  var repeats: Int
  /// The speed of products of the linear layers just before and after it, in GFLOP/s of one thread:
  /// the clock of a shared machine rises and falls.
  var productRate: Double?

  /// Milliseconds for one of `count` things that were done in each repeat.
  static func time(
    _ workload: Workload, per thing: String, count: Int = 1, threads: Int, _ timing: Timing
  ) -> Measurement {
    Measurement(
      workload: workload, unit: "ms/\(thing)", threads: threads,
      median: timing.median * 1000 / Double(count), best: timing.minimum * 1000 / Double(count),
      repeats: timing.seconds.count)
  }

  /// An amount of work over its time.
  static func rate(
    _ workload: Workload, variant: String? = nil, unit: String, amount: Double, threads: Int,
    _ timing: Timing
  ) -> Measurement {
    Measurement(
      workload: workload, variant: variant, unit: unit, threads: threads,
      median: amount / timing.median, best: amount / timing.minimum,
      repeats: timing.seconds.count)
  }

  /// A number that is counted and not timed.
  static func amount(_ workload: Workload, unit: String, _ value: Double) -> Measurement {
    Measurement(
      workload: workload, unit: unit, threads: 1, median: value, best: value, repeats: 1)
  }

  /// Of memory alone.
  var perVisionToken: Double? { workload.visionTokens.map { median / Double($0) } }

  var isSmallBetter: Bool { unit.hasPrefix("ms/") || unit == "bytes" }

  func isBetter(than other: Measurement) -> Bool {
    isSmallBetter ? median < other.median : median > other.median
  }

  /// Whether its fastest repeat is better than that of another.
  func isBest(than other: Measurement) -> Bool {
    isSmallBetter ? best < other.best : best > other.best
  }

  /// How many times better this is than another.
  func advantage(over other: Measurement) -> Double {
    isSmallBetter ? other.median / median : median / other.median
  }

  /// The number with its unit, in four digits; memory in MB.
  var text: String {
    unit == "bytes" ? "\(Text.digits(median / 1e6)) MB" : "\(Text.digits(median)) \(unit)"
  }
}
