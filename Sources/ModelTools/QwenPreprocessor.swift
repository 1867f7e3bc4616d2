import Checkpoints
import JSON
import Tensors
import Video
import VisionLanguage

/// `Qwen2VLImageProcessor` and `Qwen2VLVideoProcessor`, or the rules of `qwen-vl-utils`.
struct QwenPreprocessor: Preprocessor {
  static let classNames = QwenForward.classNames

  private let folder: ModelFolder
  private let configuration: Qwen25VL.Configuration
  private let pictures: Qwen25VL.Processor
  private let videos: Qwen25VL.Processor

  init(
    _ folder: ModelFolder, _ json: JSONNode, _ files: ProcessorFiles, rules: ProcessingRules
  ) throws {
    self.folder = folder
    configuration = try Qwen25VL.Configuration(json)
    var pictures = try Qwen25VL.Processor(configuration, preprocessor: files.picture)
    var videos = try Qwen25VL.Processor(configuration, preprocessor: files.video)
    (pictures.rules, videos.rules) = (rules, rules)
    (self.pictures, self.videos) = (pictures, videos)
  }

  func add(image: MediaFile, to result: inout PreprocessedInput) throws {
    let input = try pictures.picture(image.clip([0]))
    result.images.append(media(image, input))
    result.imageTensors.append(input.patches)
  }

  func add(video: MediaFile, _ frames: FrameChoice?, to result: inout PreprocessedInput) throws {
    let selection = try select(frames ?? .perSecond(2), of: video)
    let input = try videos.video(
      video.clip(selection.indices), framesPerSecond: selection.framesPerSecond)
    var media = media(video, input)
    media.frames = selection.indices
    media.secondsPerStep = Double(videos.temporalPatch) / selection.framesPerSecond
    result.videos.append(media)
    result.videoTensors.append(input.patches)
  }

  private func select(_ frames: FrameChoice, of video: MediaFile) throws -> FrameSelection {
    switch frames {
    case .all:
      return FrameSelection(
        indices: Array(0..<video.frames), framesPerSecond: video.framesPerSecond)
    case .count(let count):
      return try videos.framePolicy.select(
        count: count, total: video.frames, rate: video.framesPerSecond)
    case .perSecond(let rate):
      var policy = videos.framePolicy
      policy.framesPerSecond = rate
      return try policy.select(total: video.frames, rate: video.framesPerSecond)
    }
  }

  private func media(_ file: MediaFile, _ input: VisionInput) -> PreprocessedMedia {
    let grid = input.grid
    return PreprocessedMedia(
      path: file.path, grid: [grid.frames, grid.height, grid.width],
      tokens: grid.merged(by: configuration.vision.merge).count,
      framesPerSecond: file.framesPerSecond)
  }

  func add(text: String, to result: inout PreprocessedInput) throws {
    let (images, videos) = (result.images.map(\.tokens), result.videos.map(\.tokens))
    let chat = try Qwen25VL.chatText(
      [result.turn(text)], imageTokens: images, videoTokens: videos)
    result.tokens = try Self.encode(
      chat, folder,
      placeholders: [
        (configuration.imageToken, images.reduce(0, +)),
        (configuration.videoToken, videos.reduce(0, +)),
      ])
  }

  func entries(_ result: PreprocessedInput) -> [SafetensorsWriter.Entry] {
    func grids(_ name: String, _ media: [PreprocessedMedia]) -> SafetensorsWriter.Entry {
      .init(name, shape: [media.count, 3], integers: media.flatMap(\.grid))
    }
    var entries = Self.idEntries(result.tokens)
    if !result.images.isEmpty {
      entries.append(.init("pixel_values", Self.joined(result.imageTensors)))
      entries.append(grids("image_grid_thw", result.images))
    }
    if !result.videos.isEmpty {
      entries.append(.init("pixel_values_videos", Self.joined(result.videoTensors)))
      entries.append(grids("video_grid_thw", result.videos))
      let seconds = result.videos.map { Float($0.secondsPerStep ?? 1) }
      entries.append(
        .init("second_per_grid_ts", Tensor(shape: [seconds.count], values: seconds)))
    }
    return entries
  }
}
