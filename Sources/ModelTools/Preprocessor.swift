import Checkpoints
import Diagnostics
import JSON
import Tensors
import Tokenizers
import Video
import VisionLanguage

/// One image or video after preprocessing.
public struct PreprocessedMedia: Hashable, Sendable {
  public let path: String
  /// Temporal steps, rows and columns of patches (Qwen2.5-VL), or the number of tiles (InternVL).
  public let grid: [Int]
  /// Number of placeholder tokens.
  public let tokens: Int
  /// Frames a second of the file.
  public let framesPerSecond: Double
  /// Sampled frames of the file; empty for an image.
  public var frames: [Int] = []
  /// Seconds between two temporal steps, for models that know them.
  public var secondsPerStep: Double?
}

/// What has been gathered for one sample.
struct PreprocessedInput {
  var images: [PreprocessedMedia] = []
  var videos: [PreprocessedMedia] = []
  var imageTensors: [Tensor] = []
  var videoTensors: [Tensor] = []
  var tokens: [Int]?

  /// The user's turn: everything gathered, then a text.
  func turn(_ text: String) -> ChatMessage {
    let parts =
      [ChatMessage.Part](repeating: .image, count: images.count)
      + [ChatMessage.Part](repeating: .video, count: videos.count)
    return ChatMessage(.user, parts + [.text(text)])
  }
}

/// A model's processor under the reference library's names.
protocol Preprocessor {
  static var classNames: [String] { get }

  init(
    _ folder: ModelFolder, _ configuration: JSONNode, _ files: ProcessorFiles,
    rules: ProcessingRules) throws

  func add(image: MediaFile, to result: inout PreprocessedInput) throws
  func add(video: MediaFile, _ frames: FrameChoice?, to result: inout PreprocessedInput) throws
  /// The user's turn with everything added so far, then this text.
  func add(text: String, to result: inout PreprocessedInput) throws
  func entries(_ result: PreprocessedInput) throws -> [SafetensorsWriter.Entry]
}

extension Preprocessor {
  /// The ids of a conversation. Its placeholders must be tokens of the tokenizer.
  static func encode(
    _ chat: String, _ folder: ModelFolder, placeholders: [(id: Int, count: Int)]
  ) throws -> [Int] {
    let tokenizer = try ForwardError.withStatus(5) {
      try TokenizerLoader.load(directory: folder.path)
    }
    let ids = tokenizer.encode(chat, addSpecialTokens: false).ids
    for (id, count) in placeholders {
      let found = ids.count { $0 == id }
      guard found == count else {
        throw ForwardError.missing(
          "\(folder.path): the tokenizer produces \(found) tokens with id \(id), but the text "
            + "has \(count) placeholders",
          suggestion: "use the tokenizer that belongs to this config.json")
      }
    }
    return ids
  }

  /// One after the other; a single one is not copied.
  static func joined(_ tensors: [Tensor]) -> Tensor {
    tensors.count == 1 ? tensors[0] : Tensor.concatenate(tensors, axis: 0)
  }

  static func idEntries(_ tokens: [Int]?) -> [SafetensorsWriter.Entry] {
    tokens.map { [.init("input_ids", shape: [1, $0.count], integers: $0)] } ?? []
  }
}
