import ArgumentParser
import Commands
import Diagnostics
import Experiments
import Foundation
import ModelTools
import Reproduction
import ScriptInterpreter

/// `merepl extract`
struct Extract: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Extracts the motion attention of a video file for a sentence.",
    discussion: """
      Inverts the video to noise (DDIM inversion), denoises it with the sentence as the prompt, \
      and records where each word attends. The safetensors file holds text_to_vision [heads, \
      tokens, vision tokens], the aggregated map, the scores of heads and words, and which of \
      them were selected.
      """)

  @Argument(help: "The video.", completion: .file())
  var video: String

  @Option(help: ArgumentHelp("A sentence that describes the video.", valueName: "sentence"))
  var text: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The safetensors file to write.", valueName: "file"), completion: .file())
  var output: String

  @Option(
    help: ArgumentHelp("Also write the video overlaid with the map.", valueName: "file.mp4"),
    completion: .file(extensions: ["mp4"]))
  var overlay: String?

  @Option(
    help: ArgumentHelp(
      "Words whose map the overlay shows; default: the selected words.",
      valueName: "a,b"))
  var words: String?

  @Option(
    help: ArgumentHelp(
      "Directory of a CogVideoX pipeline: transformer, vae, text_encoder, tokenizer, scheduler.",
      discussion: """
        Default: this repository's mini model, which was trained on moving coloured shapes; on \
        other videos it serves only as a demonstration.
        """, valueName: "dir"),
    completion: .directory)
  var model: String?

  @Option(
    help: ArgumentHelp(
      "Number of frames to sample evenly from the video; default: the model's.",
      valueName: "n"))
  var frames: Int?

  @Option(
    help: ArgumentHelp(
      "Height and width to resize frames to; default: the model's.",
      valueName: "256x256"))
  var size: FrameSize?

  @Option(help: "Number of DDIM inversion steps and of denoising steps.")
  var steps = 5

  @Option(help: "Classifier-free guidance scale.")
  var guidance: Float = 6

  @Option(help: "Fraction of heads and words to select.")
  var keep = 0.5

  @Option(help: "Random seed.")
  var seed = 0

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    guard (1...1000).contains(steps) else {
      throw ValidationError("--steps: expected 1 to 1000, got \(steps)")
    }
    guard keep > 0, keep <= 1 else {
      throw ValidationError("--keep: expected above 0 and at most 1, got \(keep)")
    }
    guard guidance.isFinite else {
      throw ValidationError("--guidance: expected a finite number, got \(guidance)")
    }
    guard !text.allSatisfy(\.isWhitespace) else { throw ValidationError("--text has no words") }
    if words != nil, overlay == nil {
      throw ValidationError("--words requires --overlay")
    }
    let known = SentenceWords.split(text).map(String.init)
    for word in chosenWords where !known.contains(word) {
      throw ValidationError("--words: \"\(word)\" is not in the sentence \"\(text)\"")
    }
  }

  private static let movieEndings = ["mp4", "m4v"]

  private var chosenWords: [String] {
    (words ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
  }

  func run(on console: Console) throws -> ExitStatus {
    Cancellation.install()
    guard FileManager.default.isReadableFile(atPath: video) else {
      throw CommandError(
        "the video \(video) does not exist or cannot be read",
        exitCode: ExitStatus.inputMissing.code)
    }
    try ExtractCommand.check(video: video)
    try OutputPlace.check(output, reading: [video])
    if let overlay {
      try OutputPlace.check(overlay, reading: [video], needsSeeking: true)
      let ending = (overlay as NSString).pathExtension.lowercased()
      guard Self.movieEndings.contains(ending) || OutputPlace.isDevice(overlay) else {
        throw CommandError(
          "--overlay \(overlay): expected an MP4 file",
          suggestion: "use the extension .mp4 or .m4v", exitCode: 64)
      }
      guard OutputPlace.isDevice(overlay) || !OutputPlace.areSame(output, overlay) else {
        throw CommandError("-o and --overlay are the same file, \(overlay)", exitCode: 64)
      }
    }
    let session = try Session(console: console)
    return session.recorded {
      var command = ExtractCommand(video: video, text: text, output: output)
      command.seed = seed
      command.overlay = overlay
      command.words = chosenWords
      command.steps = steps
      command.guidance = guidance
      command.keep = keep
      command.model = model
      command.frames = frames
      command.height = size?.height
      command.width = size?.width
      let summary = try command.run(
        shippedModels: session.workspace.shippedModels, progress: session.workspace.progress)
      try console.write(summary.json, or: summary.lines)
      return .ok
    }
  }
}

/// `HEIGHTxWIDTH` on the command line.
struct FrameSize: ExpressibleByArgument {
  let height: Int
  let width: Int

  init?(argument: String) {
    let parts = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let height = parts[0], let width = parts[1], height > 0, width > 0
    else { return nil }
    self.height = height
    self.width = width
  }
}
