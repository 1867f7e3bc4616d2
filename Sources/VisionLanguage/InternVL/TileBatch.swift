import Tensors

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
      let tiles = try pixels.map { try configuration.tiles($0) }
      let each = try tiles.map { try configuration.tokenSide($0.grid) }.map { $0 * $0 } ?? 0
      var taken = 0
      samples = try ids.indices.map { row in
        let places = PaddedSample.places(in: ids[row], mask: mask?[row])
        let tokens = places.map { ids[row][$0] }
        let wanted = tokens.count { $0 == configuration.imageToken }
        var images: [VisionInput] = []
        if let tiles, each > 0, wanted > 0 {
          let count = min((wanted + each - 1) / each, tiles.grid.frames - taken)
          if count > 0 { images = [tiles.frames(taken..<taken + count)] }
          taken += count
        }
        let features = images.reduce(0) { $0 + $1.grid.frames } * each
        guard wanted == features else {
          throw VisionLanguageError.placeholders(
            kind: "image", tokens: wanted, features: features)
        }
        return PaddedSample(
          PreparedInput(
            tokens: tokens, images: images, places: places, rowLength: ids[row].count),
          places: places, labels: labels?[row])
      }
      guard taken == tiles?.grid.frames ?? 0 else {
        throw VisionLanguageError.placeholders(
          kind: "image", tokens: taken * each, features: (tiles?.grid.frames ?? 0) * each)
      }
    }
  }
}

extension InternVL.Configuration {
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
    let grid = PatchGrid(frames: pixels.shape[0], height: height / ph, width: width / pw)
    let patches = Tensor(shape: [grid.count, vision.patchValues]) { out in
      var target = out
      for tile in 0..<grid.frames {
        for row in 0..<grid.height {
          for column in 0..<grid.width {
            for channel in 0..<channels {
              let plane = (tile * channels + channel) * height * width
              for line in 0..<ph {
                let source = plane + (row * ph + line) * width + column * pw
                target.update(from: pixels.pointer + source, count: pw)
                target += pw
              }
            }
          }
        }
      }
    }
    return VisionInput(patches: patches, grid: grid)
  }
}

extension VisionInput {
  /// Some tiles or frames of the grid.
  func frames(_ range: Range<Int>) -> VisionInput {
    let area = grid.height * grid.width
    return VisionInput(
      patches: patches.slice(0, range.lowerBound * area..<range.upperBound * area),
      grid: PatchGrid(frames: range.count, height: grid.height, width: grid.width),
      secondsPerStep: secondsPerStep)
  }
}
