import Checkpoints
import Diagnostics
import Experiments
import JSON
import Video

/// How many frames of a video are taken.
public enum FrameChoice: Hashable, Sendable {
  case all
  case count(Int)
  case perSecond(Double)
}

/// `merepl preprocess`: converts images, videos and a question into the input tensors of
/// `merepl forward`, as the model's processor does.
public struct PreprocessCommand: Sendable {
  public var model: String
  public var output: String
  public var images: [String] = []
  public var videos: [String] = []
  /// The user's text after the images and videos.
  public var text: String?
  /// The model's own choice when nil.
  public var frames: FrameChoice?
  /// Whose rules choose frames and sizes: `library` or `authors`.
  public var rules = ProcessingRules.library.rawValue

  public init(model: String, output: String) {
    self.model = model
    self.output = output
  }

  public func run(progress: ProgressDisplay) throws -> PreprocessSummary {
    guard !images.isEmpty || !videos.isEmpty || text != nil else {
      throw CommandError(
        "nothing to preprocess", suggestion: "pass --image, --video or --text",
        exitCode: 64)
    }
    switch frames {
    case .count(let count) where count < 1:
      throw CommandError("--num-frames \(count): expected at least 1", exitCode: 64)
    case .perSecond(let rate) where !(rate > 0 && rate.isFinite):
      throw CommandError("--fps \(rate): expected a positive number", exitCode: 64)
    default: break
    }
    guard let rules = ProcessingRules(rawValue: rules) else {
      let known = ProcessingRules.allCases.map(\.rawValue).joined(separator: ", ")
      throw CommandError("--rules \(rules): unknown rules; known: \(known)", exitCode: 64)
    }
    for path in images + videos { try MediaFile.check(path) }
    let folder = try ModelFolder(model, component: nil)
    let preprocessor = try preprocessor(of: folder, rules)
    try OutputPlace.check(output, reading: images + videos)
    let step = progress.begin("preprocessing", total: images.count + videos.count, unit: "files")
    var result = PreprocessedInput()
    for path in images {
      try checkCancellation()
      try named(path) {
        let image = try MediaFile(path, rules: .picture)
        if let report = image.report { progress.warn(report) }
        try preprocessor.add(image: image, to: &result)
      }
      step.advance()
    }
    for path in videos {
      try checkCancellation()
      try named(path) {
        let video = try MediaFile(path, rules: .video)
        if let report = video.report { progress.warn(report) }
        try preprocessor.add(video: video, frames, to: &result)
      }
      step.advance()
    }
    if let text { try named("--text") { try preprocessor.add(text: text, to: &result) } }
    step.end()
    let entries = try preprocessor.entries(result)
    try ForwardError.withStatus(1) {
      try SafetensorsWriter.write(entries, metadata: ["format": "pt"], to: output)
    }
    return PreprocessSummary(
      className: folder.className, output: output, images: result.images, videos: result.videos,
      tensors: entries.map { ($0.name, $0.elementType.rawValue, $0.shape) })
  }

  private func preprocessor(
    of folder: ModelFolder, _ rules: ProcessingRules
  ) throws -> any Preprocessor {
    let types: [any Preprocessor.Type] = [QwenPreprocessor.self, InternVLPreprocessor.self]
    guard let type = types.first(where: { $0.classNames.contains(folder.className) }) else {
      throw ForwardError.missing(
        "\(folder.path): \"\(folder.className)\" has no image processor",
        suggestion: "supported classes: " + types.flatMap { $0.classNames }.joined(separator: ", "))
    }
    return try ForwardError.readingModel(folder.path) {
      try type.init(
        folder, JSONNode(contentsOfFile: "\(folder.path)/config.json"),
        ProcessorFiles(folder.path), rules: rules)
    }
  }

  /// Says which file or option an error is about.
  private func named(_ path: String, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as any ExitCoded {
      throw error
    } catch let error as CancelledError {
      throw error
    } catch {
      throw ForwardError.unfit("\(path): \(error)")
    }
  }
}
