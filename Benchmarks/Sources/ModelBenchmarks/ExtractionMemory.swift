import ArgumentParser
import Foundation
import MotionEnhancer
import Ranks
import Tensors

/// Memory that one extraction adds to the process. A process of its own for each size, as memory
/// that was had once is kept.
struct ExtractionMemory: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints the peak memory that extraction from one clip adds, as JSON.")

  @Argument(help: "Side of the clip's frames in pixels: 24, 48, 96, ...")
  var side: Int

  @Option(help: "The repository's data folder.")
  var data = "../data"

  /// What is printed; `reference.py` prints the same.
  struct Result: Codable {
    let tokens: Int
    let bytes: Int
  }

  func run() throws {
    Workers.defaultCount = 1
    let models = try MiniModels(data: data)
    let extraction = PriorExtraction(try models.diffusion(), options: ExtractionOptions())
    let text = try models.text(tokens: 12, index: 0).text
    let latents = MiniModels.latents(side: side, index: 0)
    let before = try PeakMemory.reset()
    let prior = try extraction.prior(latents: latents, text: text, key: MiniModels.key)
    let after = try PeakMemory.bytes()
    guard prior.textToVision.allFinite else {
      throw BenchmarkError("the prior of frames of \(side) pixels is not finite")
    }
    print(try Report.json(Result(tokens: prior.grid.count, bytes: after - before)))
  }

  /// Runs this program again for one size.
  static func measure(side: Int, workload: Workload, data: String) throws -> Measurement {
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["extraction-memory", String(side), "--data", data]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw BenchmarkError("extraction from frames of \(side) pixels ended without a result")
    }
    let result = try JSONDecoder().decode(Result.self, from: text)
    guard result.tokens == workload.visionTokens else {
      throw BenchmarkError(
        "frames of \(side) pixels are \(result.tokens) tokens, not as in \(workload.rawValue)")
    }
    return .amount(workload, unit: "bytes", Double(result.bytes))
  }
}

/// The most memory this process has held at once, as the kernel counts it.
enum PeakMemory {
  static func bytes() throws -> Int {
    let text = FileManager.default.contents(atPath: "/proc/self/status") ?? Data()
    let line = String(decoding: text, as: UTF8.self).split(separator: "\n")
      .first { $0.hasPrefix("VmHWM:") }
    guard let kilobytes = line?.split(separator: " ").compactMap({ Int($0) }).first else {
      throw BenchmarkError("/proc/self/status has no VmHWM")
    }
    return kilobytes * 1024
  }

  /// Starts the count anew from what is held now, where the kernel allows it.
  static func reset() throws -> Int {
    if let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") {
      try? file.write(contentsOf: Data("5".utf8))
      try? file.close()
    }
    return try bytes()
  }
}
