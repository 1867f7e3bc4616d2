import Foundation
import TestSupport
import Testing
import Video
import VideoIO

/// Videos whose times and sizes no film can hold as they are: known before the work, and adapted.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct OverlayTests {
  let program: Program

  init() throws { program = try Program() }

  /// A film of grey frames at some ticks.
  private func film(_ name: String, ticksPerSecond: Int, ticks: [Int64]) throws {
    let writer = try VideoWriter(
      path: "\(program.folder)/\(name)", height: 16, width: 24, framesPerSecond: 1,
      ticksPerSecond: ticksPerSecond)
    for (index, tick) in ticks.enumerated() {
      try writer.append([UInt8](repeating: UInt8(40 + index), count: 16 * 24 * 3)[...], tick: tick)
    }
    try writer.finish()
  }

  private func write(_ data: Data, to name: String) throws {
    try data.write(to: URL(filePath: "\(program.folder)/\(name)"))
  }

  private func extract(_ video: String, _ more: String...) throws -> Program.Outcome {
    try program.run(
      ["extract", video, "--text", "a red square", "-o", "p.safetensors", "--overlay", "o.mp4"]
        + ["--steps", "1"] + more)
  }

  private func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(program.folder)/\(name)")
  }

  @Test func framesAtOneTickAreMoved() throws {
    try film("twice.mp4", ticksPerSecond: 1_000_000, ticks: [0, 1, 40_000, 80_000])
    let outcome = try extract("twice.mp4")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("o.mp4: 1 of 4 frames"), "\(outcome.errors)")
    #expect(try VideoReader.timeline("\(program.folder)/o.mp4").times.count == 4)
  }

  @Test func gapsOfHoursAreKept() throws {
    try film("lapse.mp4", ticksPerSecond: 36, ticks: [0, 388_800, 777_600, 1_166_400])
    let outcome = try extract("lapse.mp4")
    #expect(outcome.status == 0 && !outcome.errors.contains("warning"), "\(outcome.errors)")
    #expect(
      try VideoReader.timeline("\(program.folder)/o.mp4").times == [0, 10_800, 21_600, 32_400])
  }

  @Test func tallFramesAreEnlargedLess() throws {
    try write(MediaBytes.pixmap(40, 2100) + MediaBytes.pixmap(40, 2100), to: "tall.ppm")
    let outcome = try extract("tall.ppm")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try VideoReader.timeline("\(program.folder)/o.mp4").report
    #expect(report.height == 14_700 && report.width == 280)
  }

  /// Too large for any encoder: said before the work, and nothing is written.
  @Test func framesBeyondTheEncoder() throws {
    try write(MediaBytes.pixmap(2, 16_500), to: "taller.ppm")
    let outcome = try extract("taller.ppm")
    #expect(outcome.status == 1 && outcome.errors.contains("16384"), "\(outcome.errors)")
    #expect(!outcome.errors.contains("extracting"))
    #expect(!exists("p.safetensors") && !exists("o.mp4"))
    let plain = try program.run(
      "extract", "taller.ppm", "--text", "a red square", "-o", "p.safetensors", "--steps", "1")
    #expect(plain.status == 0, "\(plain.errors)")
  }

  @Test func oneFrameIsAFilm() throws {
    try write(MediaBytes.pixmap(21, 13), to: "one.ppm")
    let outcome = try extract("one.ppm")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try VideoReader.timeline("\(program.folder)/o.mp4").times == [0])
  }

  @Test func bothOutputsInOneFile() throws {
    try write(MediaBytes.pixmap(21, 13), to: "one.ppm")
    let outcome = try program.run(
      "extract", "one.ppm", "--text", "a", "-o", "same.mp4", "--overlay", "./same.mp4")
    #expect(outcome.status == 64 && outcome.errors.contains("the same file"), "\(outcome.errors)")
  }

  @Test func sizesThatDoNotFitIntoMemory() throws {
    try write(MediaBytes.pixmap(21, 13), to: "one.ppm")
    for (size, memory) in [("4096x4096", "16G"), ("2048x2048", "20G"), ("256x256", "300M")] {
      let outcome = try program.run(
        ["extract", "one.ppm", "--text", "a", "-o", "p.safetensors", "--size", size],
        environment: ["MEREPL_MEMORY": memory])
      #expect(outcome.status == 4 && outcome.errors.contains("needs about"), "\(outcome.errors)")
      #expect(outcome.errors.contains("use a smaller --size"))
    }
  }
}
