import ArgumentParser
import Commands
import Experiments
import JSON
import ModelTools
import Reproduction

/// `merepl preprocess`
struct Preprocess: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Turns pictures, videos and a question into the inputs of a vision-language model.",
    discussion: """
      Reads any picture or video that FFmpeg decodes, or the samples themselves from a \
      .safetensors file (frames [frames, height, width, 3] U8, optionally fps), and does what the \
      model's processor does: chooses frames, changes sizes, normalises, cuts patches or tiles. \
      The limits are those of the folder's processor_config.json, or preprocessor_config.json and \
      video_preprocessor_config.json. merepl forward takes the file that is written.

        merepl preprocess Qwen2.5-VL-7B-Instruct --video walk.mp4 --text "What moves?" --out in.safetensors
        merepl forward Qwen2.5-VL-7B-Instruct --in in.safetensors --out out.safetensors
      """)

  @Argument(
    help: "The model's folder: Qwen2_5_VLForConditionalGeneration or InternVL.",
    completion: .directory)
  var modelDir: String

  @Option(
    help: ArgumentHelp("A picture; may be given several times.", valueName: "file"),
    completion: .file())
  var image: [String] = []

  @Option(
    help: ArgumentHelp("A video; may be given several times.", valueName: "file"),
    completion: .file())
  var video: [String] = []

  // Whatever follows is the text, also where it begins with a hyphen.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What the user says after the pictures and videos; adds input_ids of the whole "
        + "conversation.", valueName: "text"))
  var text: String?

  @Option(
    name: .customLong("out"),
    help: ArgumentHelp("The safetensors file to write.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var output: String

  @Option(
    help: ArgumentHelp(
      "Frames taken from a second of video; 2 for Qwen2.5-VL where nothing else is said.",
      valueName: "rate"))
  var fps: Double?

  @Option(
    help: ArgumentHelp(
      "Frames taken from a video; 8 for InternVL where nothing else is said.", valueName: "n"))
  var numFrames: Int?

  @Flag(help: "Take every frame.")
  var allFrames = false

  @Option(
    help: ArgumentHelp(
      "Whose rules choose frames and sizes: library, as the processors of transformers; authors, "
        + "as the model authors' own code.", valueName: "library|authors"))
  var rules = "library"

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    let given = [fps != nil, numFrames != nil, allFrames].count { $0 }
    guard given <= 1 else {
      throw ValidationError("give one of --fps, --num-frames and --all-frames")
    }
  }

  func run(on console: Console) throws -> ExitStatus {
    try PortableMode.enter()
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
