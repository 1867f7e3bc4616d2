import Tensors
import Video

/// One image or video as a vision tower takes it.
public struct VisionInput: Sendable {
  /// `[patches, values of a patch]`, in the order of the model's processor.
  public var patches: Tensor
  public var grid: TokenGrid
  /// Seconds between two steps of the grid; of no meaning for an image.
  public var secondsPerStep: Float
  /// Temporal positions of the steps, if not those of ``secondsPerStep``.
  public var times: [Int]?

  public init(patches: Tensor, grid: TokenGrid, secondsPerStep: Float = 1) {
    self.patches = patches
    self.grid = grid
    self.secondsPerStep = secondsPerStep
  }
}

/// One sample: token ids with a placeholder for every vision token, and the
/// images and videos in the order in which their placeholders come.
public struct PreparedInput: Sendable {
  public var tokens: [Int]
  public var images: [VisionInput]
  public var videos: [VisionInput]
  /// False for padding, which no other token attends to; nil where there is none.
  public var visible: [Bool]?
  /// Whether padding moves the position on.
  public var countsPadding = true
  /// Positions of the longest row of the batch, for rotary scaling that follows it; 0 where the
  /// sample is alone.
  public var rowLength: Int

  public init(
    tokens: [Int], images: [VisionInput] = [], videos: [VisionInput] = [],
    visible: [Bool]? = nil, rowLength: Int = 0
  ) {
    self.tokens = tokens
    self.visible = visible
    self.rowLength = rowLength
    self.images = images
    self.videos = videos
  }
}

/// The vision tokens of a sequence and the rotary position of every token.
public struct SequenceLayout: Hashable, Sendable {
  /// One image or video in the sequence.
  public struct VisionRun: Hashable, Sendable {
    public let columns: Range<Int>
    /// The grid of its tokens, after merging.
    public let grid: TokenGrid
    public let isVideo: Bool
  }

  public let runs: [VisionRun]
  /// One for each token.
  public let positions: [RotaryPosition]
  /// The position of the next token after the sequence.
  public let nextPosition: Int
  /// Positions count in steps of one over this.
  public internal(set) var unit = 1
  /// False for padding; nil where there is none.
  public internal(set) var visible: [Bool]?
  /// Positions of the longest row of the batch; 0 where the sample is alone.
  public internal(set) var rowLength = 0

  /// Indices of all vision tokens, ascending: the columns of an alignment map.
  public var visionColumns: [Int] { runs.flatMap { Array($0.columns) } }

  /// One grid for all vision tokens, frame after frame; nil where their runs differ in height or
  /// width.
  public var visionGrid: TokenGrid? {
    guard let first = runs.first?.grid,
      runs.allSatisfy({ $0.grid.height == first.height && $0.grid.width == first.width })
    else { return nil }
    return TokenGrid(
      frames: runs.reduce(0) { $0 + $1.grid.frames }, height: first.height, width: first.width)
  }
}
