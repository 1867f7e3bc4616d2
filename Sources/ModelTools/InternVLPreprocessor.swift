import Checkpoints
import JSON
import Tensors
import Video
import VisionLanguage

/// `GotOcr2ImageProcessor` with tiles and `InternVLVideoProcessor`, or the authors' rules.
struct InternVLPreprocessor: Preprocessor {
  static let classNames = InternVLForward.classNames

  private let folder: ModelFolder
  private let configuration: InternVL.Configuration
  private let pictures: InternVL.Processor
  private let videos: InternVL.Processor
  private let rules: ProcessingRules

  init(
    _ folder: ModelFolder, _ json: JSONNode, _ files: ProcessorFiles, rules: ProcessingRules
  ) throws {
    self.folder = folder
    self.rules = rules
    configuration = try InternVL.Configuration(json)
    var pictures = try InternVL.Processor(configuration, preprocessor: files.picture)
    var videos = try InternVL.Processor(configuration, preprocessor: files.video)
    (pictures.rules, videos.rules) = (rules, rules)
    (self.pictures, self.videos) = (pictures, videos)
  }

  func add(image: MediaFile, to result: inout PreprocessedInput) throws {
    let tiles = try pictures.pictureTiles(image.clip([0]))
    result.images.append(media(image, tiles, pictures))
    result.imageTensors.append(tiles)
  }

  func add(video: MediaFile, _ frames: FrameChoice?, to result: inout PreprocessedInput) throws {
    let indices: [Int]
    switch frames ?? .count(8) {
    case .all: indices = Array(0..<video.frames)
    case .count(let count): indices = try videos.frames(count, of: video.frames)
    case .perSecond(let rate):
      let count = Double(video.frames) / video.framesPerSecond * rate
      indices = try videos.frames(Int(min(count, 1e9)), of: video.frames)
    }
    let tiles = try videos.videoTiles(video.clip(indices))
    var media = media(video, tiles, videos)
    media.frames = indices
    result.videos.append(media)
    result.videoTensors.append(tiles)
  }

  private func media(
    _ file: MediaFile, _ tiles: Tensor, _ processor: InternVL.Processor
  ) -> PreprocessedMedia {
    PreprocessedMedia(
      path: file.path, grid: [tiles.shape[0]], tokens: tiles.shape[0] * processor.tokensPerTile,
      framesPerSecond: file.framesPerSecond)
  }

  func add(text: String, to result: inout PreprocessedInput) throws {
    let chat = try InternVL.chatText(
      [result.turn(text)], imageTiles: result.images.map { $0.grid[0] },
      videoFrames: result.videos.map { $0.grid[0] }, tokensPerTile: pictures.tokensPerTile)
    let count = (result.images + result.videos).reduce(0) { $0 + $1.tokens }
    result.tokens = try Self.encode(
      chat, folder, placeholders: [(configuration.imageToken, count)])
  }

  func entries(_ result: PreprocessedInput) throws -> [SafetensorsWriter.Entry] {
    let tiles = result.imageTensors + result.videoTensors
    guard let side = tiles.first?.shape[2] else { return Self.idEntries(result.tokens) }
    guard tiles.allSatisfy({ $0.shape[2] == side }) else {
      throw ForwardError.unfit(
        "\(folder.path): image tiles are \(pictures.side) pixels wide, video tiles \(videos.side); "
          + "one forward pass takes a single tile size")
    }
    return Self.idEntries(result.tokens) + [.init("pixel_values", Self.joined(tiles))]
  }
}
