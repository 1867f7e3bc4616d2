import Tensors
import Video

extension InternVL {
  /// A padded batch, as the reference library takes it, in separate samples.
  public struct PaddedBatch: Sendable {
    public let samples: [PaddedSample]

    /// - Parameters:
    ///   - ids: token ids, a row for each sample
    ///   - mask: false for padding; everything is a token when nil
    ///   - labels: a row for each sample; none when nil
    ///   - pixels: the tiles of all samples, in order: `[tiles, channels, height, width]`
    public init(
      _ configuration: Configuration, ids: [[Int]], mask: [[Bool]]? = nil, labels: [[Int]]? = nil,
      pixels: Tensor? = nil
    ) throws {
      try checkTokens(ids, vocabulary: configuration.text.vocabulary)
      let tiles = try pixels.map { try configuration.tiles($0) }
      let each = try pixels.map { try configuration.tokens(ofTiles: $0) } ?? 0
      let (token, total) = (configuration.imageToken, tiles?.grid.frames ?? 0)
      var taken = 0
      samples = try ids.indices.map { row in
        // The reference library fills placeholders in padding, too.
        let places = RowPlaces(count: ids[row].count, mask: mask?[row], labels: labels?[row]) {
          pixels != nil && ids[row][$0] == token
        }
        let tokens = places.kept.map { ids[row][$0] }
        let wanted = tokens.count { $0 == token }
        let count = each == 0 ? 0 : wanted / each
        guard wanted == count * each, taken + count <= total else {
          throw VisionLanguageError.input(
            "input_ids",
            reason: "row \(row) has \(wanted) image token\(wanted == 1 ? "" : "s") (id \(token)); "
              + (pixels == nil
                ? "pixel_values is missing"
                : "each tile of pixel_values needs \(each); tiles remaining: \(total - taken)")
          )
        }
        defer { taken += count }
        return PaddedSample(
          PreparedInput(
            tokens: tokens, images: count > 0 ? [tiles!.frames(taken..<taken + count)] : [],
            visible: places.visible, rowLength: ids[row].count),
          places: places.kept, labels: labels?[row])
      }
      guard taken == total else {
        throw VisionLanguageError.input(
          "input_ids",
          reason: "the text has image tokens (id \(token)) for \(taken) of \(total) tiles in "
            + "pixel_values; each tile needs \(each)")
      }
    }
  }
}

extension InternVL.Configuration {
  /// Placeholders of a tile of this size.
  /// - Parameter pixels: `[tiles, channels, height, width]`
  fileprivate func tokens(ofTiles pixels: Tensor) throws -> Int {
    let (height, width) = (pixels.shape[2], pixels.shape[3])
    let grid = TokenGrid(
      frames: 1, height: height / vision.patchHeight, width: width / vision.patchWidth)
    do {
      let side = try tokenSide(grid)
      return side * side
    } catch VisionLanguageError.grid(_, let reason) {
      throw VisionLanguageError.input(
        "pixel_values",
        reason: "tiles of \(height) x \(width) pixels are \(grid.height) x \(grid.width) patches "
          + "of \(vision.patchHeight) x \(vision.patchWidth): \(reason); the model expects "
          + "\(vision.imageHeight) x \(vision.imageWidth) pixels (image_size)")
    }
  }

  /// Cuts tiles into patches; what does not fill a patch at the right and lower border is left out.
  /// - Parameter pixels: `[tiles, channels, height, width]`, normalised
  public func tiles(_ pixels: Tensor) throws -> VisionInput {
    guard pixels.rank == 4, pixels.shape[1] == vision.channels, pixels.shape[0] > 0 else {
      throw VisionLanguageError.shape(
        name: "pixel_values", expected: "[tiles > 0, \(vision.channels), height, width]",
        found: pixels.shape)
    }
    let (channels, height, width) = (pixels.shape[1], pixels.shape[2], pixels.shape[3])
    let (ph, pw) = (vision.patchHeight, vision.patchWidth)
    let grid = TokenGrid(frames: pixels.shape[0], height: height / ph, width: width / pw)
    let whole = pixels.detached().slice(2, 0..<grid.height * ph).slice(3, 0..<grid.width * pw)
    let patches = whole.reshaped([grid.frames, channels, grid.height, ph, grid.width, pw])
      .permuted([0, 2, 4, 1, 3, 5])  // [tiles, rows, columns, channels, ph, pw]
      .reshaped([grid.count, vision.patchValues])
    return VisionInput(patches: patches, grid: grid)
  }
}

extension VisionInput {
  /// Some tiles or frames of the grid.
  func frames(_ range: Range<Int>) -> VisionInput {
    let area = grid.height * grid.width
    return VisionInput(
      patches: patches.slice(0, range.lowerBound * area..<range.upperBound * area),
      grid: TokenGrid(frames: range.count, height: grid.height, width: grid.width),
      secondsPerStep: secondsPerStep)
  }
}
