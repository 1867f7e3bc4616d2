import Foundation
import TestSupport
import Testing
import Video
import VideoIO

/// Videos and pictures as inputs: every command says the same of the same file.
@Suite(
  .enabled(if: Program.exists, "the program merepl is not beside the tests"),
  .timeLimit(.minutes(2)))
struct MediaInputTests {
  let program: Program
  private let model = "data/checkpoints/qwen2.5-vl-mini-0"

  init() throws { program = try Program() }

  private func write(_ data: Data, to name: String) throws {
    try data.write(to: URL(filePath: "\(program.folder)/\(name)"))
  }

  private func preprocess(
    _ kind: String, _ file: String, _ more: String..., input: String = ""
  ) throws -> Program.Outcome {
    try program.run(
      ["preprocess", model, kind, file, "--out", "in.safetensors"] + more, input: input)
  }

  private func extract(_ video: String) throws -> Program.Outcome {
    try program.run("extract", video, "--text", "a", "-o", "p.safetensors", "--steps", "1")
  }

  private func warnings(_ outcome: Program.Outcome) -> [Substring] {
    outcome.errors.split(separator: "\n").filter { $0.hasPrefix("warning:") }
  }

  /// A film with bytes overwritten in the middle of its frames.
  private func damagedFilm(at share: Double, count: Int) throws -> Data {
    var pixels: [UInt8] = []
    for frame in 0..<12 {
      for place in 0..<48 * 64 * 3 { pixels.append(UInt8((place * (frame + 3) >> 4) & 255)) }
    }
    let path = "\(program.folder)/whole.mp4"
    try VideoWriter.write(
      Clip(frames: 12, height: 48, width: 64, pixels: pixels, framesPerSecond: 8), to: path)
    var file = try Data(contentsOf: URL(filePath: path))
    let start = Int(Double(file.count) * share)
    for place in start..<start + count { file[place] = 0xA5 }
    return file
  }

  @Test func damageIsSaidByEveryCommand() throws {
    try write(try damagedFilm(at: 0.4, count: 600), to: "damaged.mp4")
    try write(
      MediaBytes.pixmap(32, 32) + MediaBytes.pixmap(48, 32) + MediaBytes.pixmap(32, 32)
        + MediaBytes.pixmap(32, 32), to: "sizes.ppm")
    // The last of four frames is cut off.
    try write(
      (MediaBytes.pixmap(32, 32) + MediaBytes.pixmap(32, 32) + MediaBytes.pixmap(32, 32)
        + MediaBytes.pixmap(32, 32)).dropLast(1000), to: "cut.ppm")
    for name in ["damaged.mp4", "sizes.ppm", "cut.ppm"] {
      let (one, other) = (try preprocess("--video", name), try extract(name))
      #expect(one.status == 0 && other.status == 0, "\(one.errors)\(other.errors)")
      #expect(warnings(one).count == 1, "\(one.errors)")
      #expect(warnings(one) == warnings(other), "\(name): \(other.errors)")
      #expect(one.errors.contains("warning: \(name): "))
    }
    let whole = try preprocess("--video", "whole.mp4")
    #expect(whole.status == 0 && warnings(whole).isEmpty, "\(whole.errors)")
    let picture = try preprocess("--image", "cut.ppm")
    #expect(warnings(picture).count == 1, "\(picture.errors)")
  }

  @Test func soundsWithACoverAreNoVideos() throws {
    try write(MediaBytes.sound(cover: MediaBytes.bitmap), to: "song.mp3")
    for outcome in [
      try preprocess("--video", "song.mp3"), try preprocess("--image", "song.mp3"),
      try extract("song.mp3"),
    ] {
      #expect(outcome.status == 5 && outcome.errors.contains("cover"), "\(outcome.errors)")
    }
  }

  @Test func whatCannotBeReadTwiceIsRefusedAtOnce() throws {
    #expect(mkfifo("\(program.folder)/pipe", 0o600) == 0)
    #expect(mkfifo("\(program.folder)/pipe.safetensors", 0o600) == 0)
    for outcome in [
      try preprocess("--video", "pipe"), try preprocess("--image", "pipe"),
      try preprocess("--video", "pipe.safetensors"), try extract("pipe"),
      try preprocess("--video", "/dev/stdin", input: "any"),
      try program.run("forward", model, "--in", "pipe", "--out", "out.safetensors"),
      try program.run("tokenize", "pipe", input: "a\n"),
    ] {
      #expect(outcome.status == 5, "\(outcome)")
      #expect(outcome.errors.contains("it is a pipe"), "\(outcome.errors)")
      #expect(outcome.errors.contains("copy it to a file first"), "\(outcome.errors)")
    }
  }

  /// The second of two videos is a pipe: nothing is done for the first.
  @Test func allInputsAreLookedAtFirst() throws {
    try write(MediaBytes.pixmap(32, 32), to: "p.ppm")
    #expect(mkfifo("\(program.folder)/pipe", 0o600) == 0)
    let outcome = try preprocess("--image", "p.ppm", "--video", "pipe")
    #expect(outcome.status == 5 && !outcome.errors.contains("preprocessing"), "\(outcome.errors)")
  }

  @Test func scriptsInPipes() throws {
    #expect(mkfifo("\(program.folder)/pipe.me", 0o600) == 0)
    for arguments in [
      ["run"], ["check"], ["plan"], ["fmt"], ["verify"], ["report", "-o", "r.html"],
      ["bundle", "-o", "b.tar.gz"],
    ] {
      var words = arguments
      words.insert("pipe.me", at: 1)
      let outcome = try program.run(words)
      #expect(outcome.status == 5 && outcome.errors.contains("pipe"), "\(words) \(outcome)")
    }
    try program.write("me 1\ninclude \"pipe.me\"\n", to: "outer.me")
    #expect(try program.run("check", "outer.me").errors.contains("it is a pipe"))
    // A pipe that is open already is read, once and whole.
    let text = "me 1\n" + String(repeating: "# words\n", count: 20_000) + "show 7\n"
    #expect(try program.run("check", "/dev/stdin", input: text).status == 0)
    let run = try program.run("run", "/dev/stdin", input: text)
    #expect(run.status == 5 && run.errors.contains("--out"), "\(run)")
    #expect(try program.run("run", "/dev/stdin", "--out", "o", input: text).output == "7\n")
  }

  @Test func locksThatAreNoFilesAreSeenBeforeTheRun() throws {
    try program.write("me 1\nshow 7\n", to: "t.me")
    #expect(mkfifo("\(program.folder)/t.lock", 0o600) == 0)
    let outcome = try program.run("run", "t.me")
    #expect(outcome.status == 1 && outcome.output == "", "\(outcome)")
    #expect(outcome.errors.contains("t.lock"))
  }

  @Test func adviceThatFits() throws {
    try write(MediaBytes.animatedWebP, to: "moving.webp")
    for kind in ["--video", "--image"] {
      let outcome = try preprocess(kind, "moving.webp")
      #expect(outcome.status == 5 && outcome.errors.contains("animated WebP"), "\(outcome.errors)")
      #expect(outcome.errors.contains("convert in.webp"))
    }
    try write(
      MediaBytes.pixmap(32, 32) + MediaBytes.pixmap(32, 32) + MediaBytes.pixmap(32, 32),
      to: "three.ppm")
    let one = try preprocess("--video", "three.ppm", "--num-frames", "1")
    #expect(one.status == 1 && one.errors.contains("cannot sample 1 frame: "), "\(one.errors)")
    #expect(one.errors.contains("use 2") && one.errors.contains("--image"))
    let many = try preprocess("--video", "three.ppm", "--num-frames", "8")
    #expect(many.errors.contains("use at most 2"), "\(many.errors)")
    try write(MediaBytes.pixmap(32, 32), to: "still.ppm")
    let still = try preprocess("--video", "still.ppm")
    #expect(still.status == 1 && still.errors.contains("(--image)"), "\(still.errors)")
    #expect(try preprocess("--image", "still.ppm").status == 0)
  }
}
