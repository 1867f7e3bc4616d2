import ArgumentParser
import Commands
import Experiments
import JSON
import ModelTools
import Reproduction

/// `merepl preprocess`
struct Preprocess: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Converts images, videos and a question to inputs of a vision-language model.",
    discussion: """
      Reads any image or video that FFmpeg decodes, or decoded frames from a .safetensors file \
      (frames [frames, height, width, 3] U8, optionally fps), and applies the model's processor: \
      samples frames, resizes, normalises, cuts patches or tiles. The limits come from the \
      directory's processor_config.json, or preprocessor_config.json and \
      video_preprocessor_config.json. The output is an input file for merepl forward.

        merepl preprocess Qwen2.5-VL-7B --video walk.mp4 --text "What moves?" --out in.safetensors
        merepl forward Qwen2.5-VL-7B --in in.safetensors --out out.safetensors
      """)

  @Argument(
    help: "The model directory: Qwen2_5_VLForConditionalGeneration or InternVL.",
    completion: .directory)
  var modelDir: String

  @Option(
    help: ArgumentHelp("An image; repeatable.", valueName: "file"),
    completion: .file())
  var image: [String] = []

  @Option(
    help: ArgumentHelp("A video; repeatable.", valueName: "file"),
    completion: .file())
  var video: [String] = []

  // Whatever follows is the text, also where it begins with a hyphen.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The user's text after the images and videos; adds input_ids of the complete "
        + "conversation.", valueName: "text"))
  var text: String?

  @Option(
    name: .customLong("out"),
    help: ArgumentHelp("The safetensors file to write.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var output: String

  @Option(
    help: ArgumentHelp(
      "Frames to sample per second of video; default for Qwen2.5-VL: 2.",
      valueName: "rate"))
  var fps: Double?

  @Option(
    help: ArgumentHelp(
      "Frames to sample from a video; default for InternVL: 8.", valueName: "n"))
  var numFrames: Int?

  @Flag(help: "Use every frame.")
  var allFrames = false

  @Option(
    help: ArgumentHelp(
      "How frames and sizes are chosen: library, as in the processors of transformers; authors, "
        + "as in the model authors' own code.", valueName: "library|authors"))
  var rules = "library"

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    let given = [fps != nil, numFrames != nil, allFrames].count { $0 }
    guard given <= 1 else {
      throw ValidationError("give only one of --fps, --num-frames and --all-frames")
    }
  }

  func run(on console: Console) throws -> ExitStatus {
    Cancellation.install()
    var command = PreprocessCommand(model: modelDir, output: output)
    (command.images, command.videos) = (image, video)
    (command.text, command.rules) = (text, rules)
    command.frames =
      allFrames ? .all : fps.map { .perSecond($0) } ?? numFrames.map { .count($0) }
    let summary = try command.run(progress: console.progress)
    try console.write(summary.json, or: summary.lines)
    return .ok
  }
}
