import Checkpoints
import JSON
import Layers
import Tensors
import Video

extension InternVL {
  /// The tiles of an image: columns and rows of squares.
  public struct TileGrid: Hashable, Sendable {
    public let columns: Int
    public let rows: Int

    /// The grid of at least `fewest` and at most `most` tiles whose aspect ratio is nearest to the
    /// image's. Among equally near ones the later, larger one wins if the image has more than half
    /// of its pixels (`dynamic_preprocess` of the authors).
    /// - Parameter side: of a tile in pixels
    public init(height: Int, width: Int, side: Int, fewest: Int, most: Int) {
      let ratio = Double(width) / Double(height)
      let grids = (1...most).flatMap { columns in
        (1...most).map { (columns: columns, rows: $0) }
      }.filter { (fewest...most).contains($0.columns * $0.rows) }
      var best = (columns: 1, rows: 1)
      var least = Double.infinity
      for count in fewest...most {
        for grid in grids where grid.columns * grid.rows == count {
          let difference = abs(ratio - Double(grid.columns) / Double(grid.rows))
          let isFilled = Double(width * height) > 0.5 * Double(side * side * count)
          if difference < least || difference == least && isFilled {
            (best, least) = (grid, difference)
          }
        }
      }
      (columns, rows) = best
    }
  }

  /// Converts images and clips into tiles, and text with one placeholder for each into a sample
  /// (`GotOcr2ImageProcessor` and `InternVLProcessor`).
  public struct Processor: Sendable {
    /// Side of a tile in pixels.
    public var side: Int
    /// Bounds on the number of tiles of an image, without the thumbnail.
    public var tiles = 1...12
    /// Mean and deviation of red, green and blue on a scale from 0 to 1.
    public var mean: [Float] = [0.485, 0.456, 0.406]
    public var deviation: [Float] = [0.229, 0.224, 0.225]
    /// Whose rules choose frames and change sizes.
    public var rules = ProcessingRules.authors
    let configuration: Configuration

    /// - Throws: ``ConfigurationError`` where the tiles of the model are not square
    public init(_ configuration: Configuration) throws {
      self.configuration = configuration
      let vision = configuration.vision
      let root = squareRoot(vision.positions)
      guard root * root == vision.positions, vision.patchHeight == vision.patchWidth else {
        throw ConfigurationError(
          model: InternVL.className, key: "vision_config.image_size",
          reason: "the processor supports only square tiles and square patches")
      }
      side = root * vision.patchHeight
    }

    /// As above, with the values of a `preprocessor_config.json`.
    public init(_ configuration: Configuration, preprocessor json: JSONNode) throws {
      try self.init(configuration)
      let reader = ConfigurationReader("InternVLProcessor", json, null: .absent)
      mean = try json.doubles("image_mean", default: mean.map(Double.init)).map(Float.init)
      deviation = try json.doubles("image_std", default: deviation.map(Double.init))
        .map(Float.init)
      guard mean.count == 3, deviation.count == 3, deviation.allSatisfy({ $0 != 0 }),
        (mean + deviation).allSatisfy(\.isFinite)
      else {
        throw reader.error(
          "image_mean and image_std", "must have three numbers each, none of image_std 0")
      }
      if let size = try json.find("size") {
        let (height, width) = (try size.int("height"), try size.int("width"))
        guard height == width, height > 0 else {
          throw reader.error("size", "\(height) x \(width) is not a square")
        }
        side = try reader.size(height, "size", atMost: 1 << 16)
      }
      let fewest = try json.int("min_patches", default: tiles.lowerBound)
      let most = try json.int("max_patches", default: tiles.upperBound)
      try reader.size(most, "max_patches", atMost: 1024)
      guard fewest > 0, fewest <= most else {
        throw reader.error("min_patches", "\(fewest) must be positive and at most \(most)")
      }
      tiles = fewest...most
    }
  }
}

extension InternVL.Processor {
  /// The tiles of an image, the first frame of a clip, row by row; then, if there are several, the
  /// complete image as a thumbnail.
  public func picture(_ clip: Clip) throws -> VisionInput {
    try configuration.tiles(pictureTiles(clip))
  }

  /// One tile for each frame of a clip.
  public func video(_ clip: Clip) throws -> VisionInput {
    try configuration.tiles(videoTiles(clip))
  }

  /// Like ``picture(_:)``, before patches are cut: `[tiles, 3, side, side]`.
  public func pictureTiles(_ clip: Clip) throws -> Tensor {
    try require(clip)
    let grid = InternVL.TileGrid(
      height: clip.height, width: clip.width, side: side, fewest: tiles.lowerBound,
      most: tiles.upperBound)
    let whole = clip.selecting([0])
    let large = whole.resized(
      height: side * grid.rows, width: side * grid.columns, arithmetic: arithmetic)
    let count = grid.rows * grid.columns
    let thumbnail =
      count > 1 ? whole.resized(height: side, width: side, arithmetic: arithmetic) : nil
    return tiles(count + (thumbnail == nil ? 0 : 1)) { tile in
      if tile == count, let thumbnail { return (thumbnail, 0, 0, 0) }
      return (large, 0, tile / grid.columns * side, tile % grid.columns * side)
    }
  }

  /// As ``video(_:)``, before patches are cut: `[frames, 3, side, side]`.
  public func videoTiles(_ clip: Clip) throws -> Tensor {
    try require(clip)
    let frames = clip.resized(height: side, width: side, arithmetic: arithmetic)
    return tiles(clip.frames) { (frames, $0, 0, 0) }
  }

  /// The frames of a video that are taken. The authors' rule repeats those of a short one.
  public func frames(_ count: Int, of total: Int) throws -> [Int] {
    guard count > 0, total > 0 else {
      throw VisionLanguageError.empty("the selection of \(count) of \(total) frames")
    }
    if rules == .authors { return FrameSampling.centredSegments(count, of: total) }
    guard count <= total else {
      throw VisionLanguageError.frames(count, of: total)
    }
    return FrameSampling.stepping(
      count, of: total, shift: Double(total) / Double(count) / 2)
  }

  /// Tokens of one tile.
  public var tokensPerTile: Int {
    let across = side / configuration.vision.patchHeight / configuration.shuffle
    return across * across
  }

  private func require(_ clip: Clip) throws {
    guard clip.frames > 0, clip.height > 0, clip.width > 0 else {
      throw VisionLanguageError.shape(
        name: "a clip", expected: "[frames > 0, height > 0, width > 0]",
        found: [clip.frames, clip.height, clip.width])
    }
  }

  private var arithmetic: ResizeArithmetic {
    rules == .library ? .shortWeights : .fixedPoint
  }

  /// - Parameter place: for each tile a clip, a frame of it, the first row and the first column
  /// - Returns: `[count, 3, side, side]`
  private func tiles(
    _ count: Int, _ place: (Int) -> (clip: Clip, frame: Int, top: Int, left: Int)
  ) -> Tensor {
    let table = LevelTable(mean: mean, deviation: deviation)
    let area = side * side
    return Tensor(shape: [count, 3, side, side]) { out in
      for tile in 0..<count {
        let (clip, frame, top, left) = place(tile)
        clip.write(
          frame, rows: top..<top + side, columns: left..<left + side, by: table,
          to: &out, at: tile * 3 * area, plane: area)
      }
    }
  }
}
