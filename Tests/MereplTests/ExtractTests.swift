import Foundation
import JSON
import MiniWorld
import TestSupport
import Testing
import Video
import VideoIO

@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct ExtractTests {
  let program: Program
  /// A clip of the mini world as a file.
  let video: String

  init() throws {
    program = try Program()
    let world = try SceneSpecification(
      contentsOfFile: "\(Program.repository)/data/scenes/world.json")
    video = "\(program.folder)/clip.mp4"
    try VideoWriter.write(
      try SceneDataset(world, seed: 3, split: "tune").clip(at: 0), to: video, encoding: .lossless)
  }

  private func size(_ name: String) -> Int? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: "\(program.folder)/\(name)")
    return attributes?[.size] as? Int
  }

  /// The header of a safetensors file as text.
  private func header(_ name: String) throws -> String {
    let data = try Data(contentsOf: URL(filePath: "\(program.folder)/\(name)"))
    let length = data.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
    return String(decoding: data.dropFirst(8).prefix(length), as: UTF8.self)
  }

  @Test func thePriorAndTheOverlayAreWritten() throws {
    let text = "the circle in red goes left"
    let outcome = try program.run(
      "extract", video, "--text", text, "-o", "p.safetensors", "--overlay", "o.mp4", "--words",
      "red", "--steps", "2")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("17 frames of h264"))
    #expect(outcome.output.contains("words selected: "))
    let header = try header("p.safetensors")
    for name in ["text_to_vision", "head_metrics", "motion_scores", "selected_tokens"] {
      #expect(header.contains("\"\(name)\""), "\(header)")
    }
    #expect(header.contains(text))
    #expect(try #require(size("o.mp4")) > 1000)
    // The same again gives the same bytes.
    let first = try Data(contentsOf: URL(filePath: "\(program.folder)/p.safetensors"))
    #expect(
      try program.run(
        "extract", video, "--text", text, "-o", "q.safetensors", "--steps", "2", "--threads", "1"
      ).status == 0)
    #expect(try Data(contentsOf: URL(filePath: "\(program.folder)/q.safetensors")) == first)
  }

  /// A word that the vocabulary lacks is named, is shown whole, and has a map of its own.
  @Test func wordsOfSeveralTokensAreWords() throws {
    func extract(_ words: String...) throws -> Program.Outcome {
      try program.run(
        [
          "extract", video, "--text", "red zebra", "-o", "p.safetensors", "--steps", "1", "--keep",
          "1",
        ] + words)
    }
    let outcome = try extract()
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("no token for \"zebra\""), "\(outcome.errors)")
    #expect(!outcome.errors.contains("\"red\""), "\(outcome.errors)")
    #expect(outcome.output.contains("words selected: red zebra\n"), "\(outcome.output)")
    var overlays: [Data] = []
    for word in ["red", "zebra", "red,zebra"] {
      #expect(try extract("--overlay", "o.mp4", "--words", word).status == 0)
      overlays.append(try Data(contentsOf: URL(filePath: "\(program.folder)/o.mp4")))
    }
    #expect(Set(overlays).count == 3, "the overlay shows the words that were asked for")
  }

  @Test func aSentenceWithoutWordsIsRefused() throws {
    let outcome = try program.run("extract", video, "--text", " ", "-o", "p.safetensors")
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("--text has no words"))
  }

  @Test func whatIsNoVideoIsAnErrorAndLeavesNothing() throws {
    try program.write("not a video\n", to: "text.mp4")
    for (file, status) in [("text.mp4", 5), ("missing.mp4", 5)] as [(String, Int32)] {
      let outcome = try program.run(
        "extract", file, "--text", "a", "-o", "p.safetensors", "--overlay", "o.mp4")
      #expect(outcome.status == status, "\(outcome.errors)")
      #expect(outcome.errors.contains(file))
    }
    #expect(size("p.safetensors") == nil)
    #expect(size("o.mp4") == nil)
  }

  @Test func theVideoIsNeverReplaced() throws {
    let before = try Data(contentsOf: URL(filePath: video))
    for place in [["-o", video], ["-o", "prior.safetensors", "--overlay", video]] {
      let outcome = try program.run(["extract", video, "--text", "red"] + place)
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("would be overwritten"))
    }
    #expect(try Data(contentsOf: URL(filePath: video)) == before)
  }

  @Test func jsonSaysWhatTheTextSays() throws {
    let outcome = try program.run(
      "extract", video, "--text", "red goes left", "-o", "p.safetensors", "--steps", "1", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let json = JSONNode(try JSONValue(parsing: Array(outcome.output.utf8), source: "extract"))
    #expect(try json.string("file") == "p.safetensors" && json.int("frames") == 17)
    #expect(try json.objects("tensors").contains { try $0.string("name") == "aggregated" })
    #expect(try !json.strings("words").isEmpty)
  }

  @Test(arguments: [
    (["--keep", "1.5"], "got 1.5"), (["--words", "left"], "requires --overlay"),
    (["--overlay", "o.txt"], "use the extension .mp4"),
  ])
  func wrongUsageIsNamed(arguments: [String], message: String) throws {
    let outcome = try program.run(
      ["extract", video, "--text", "goes left", "-o", "p.safetensors"] + arguments)
    #expect(outcome.status == 64 && outcome.errors.contains(message), "\(outcome.errors)")
    #expect(size("p.safetensors") == nil && size("o.txt") == nil)
  }

  /// FFmpeg warns of full-range pictures, which is no news for anybody here.
  @Test(
    .enabled(if: SharedData.has("data/videos"), Comment(rawValue: SharedData.absent)),
    arguments: ["media3_sample_android_slow_motion.mp4"])
  func warningsOfFFmpegAreNotShown(name: String) throws {
    let outcome = try program.run(
      "preprocess", "data/checkpoints/qwen2.5-vl-mini-0", "--video",
      SharedData.path("data/videos/\(name)"), "--num-frames", "2", "--out", "in.safetensors")
    #expect(!outcome.errors.contains("swscaler"), "\(outcome.errors)")
  }

  @Test func aWordThatIsNotInTheSentenceIsWrongUsage() throws {
    let outcome = try program.run(
      "extract", video, "--text", "goes left", "-o", "p.safetensors", "--words", "lft",
      "--overlay", "o.mp4")
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("lft"))
  }
}
