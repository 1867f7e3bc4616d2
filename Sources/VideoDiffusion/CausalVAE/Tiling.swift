import Layers
import Tensors

/// Codes a large image in overlapping tiles whose seams are blended (diffusers' `enable_tiling`).
/// This saves memory and changes the numbers: each tile is normalised separately.
public struct VAETiling: Sendable {
  /// Pixels of a tile; half the configured sample size when nil.
  public var tileHeight: Int?
  public var tileWidth: Int?
  /// Share of a tile that the next one covers again.
  public var overlapHeight: Double
  public var overlapWidth: Double

  public init(
    tileHeight: Int? = nil, tileWidth: Int? = nil, overlapHeight: Double = 1.0 / 6,
    overlapWidth: Double = 1.0 / 5
  ) {
    self.tileHeight = tileHeight
    self.tileWidth = tileWidth
    self.overlapHeight = overlapHeight
    self.overlapWidth = overlapWidth
  }

  /// - Throws: ``ConfigurationError`` where tiles have no latent cell of their own
  public func validate(for configuration: VAEConfiguration) throws {
    for plan in [encoding(configuration), decoding(configuration)] {
      for axis in [plan.vertical, plan.horizontal] where axis.step < 1 || axis.kept < 1 {
        throw ConfigurationError(
          model: "AutoencoderKLCogVideoX", key: "tiling",
          reason:
            "tiles of \(axis.tile) cells with stride \(axis.step) and \(axis.kept) kept cells "
            + "leave gaps; use larger tiles or a smaller overlap")
      }
    }
  }

  func encoding(_ configuration: VAEConfiguration) -> TilePlan {
    plan(configuration) { pixels, cells, overlap in
      TileAxis(
        tile: pixels, step: Int(Double(pixels) * (1 - overlap)),
        blend: Int(Double(cells) * overlap), kept: cells - Int(Double(cells) * overlap))
    }
  }

  func decoding(_ configuration: VAEConfiguration) -> TilePlan {
    plan(configuration) { pixels, cells, overlap in
      TileAxis(
        tile: cells, step: Int(Double(cells) * (1 - overlap)),
        blend: Int(Double(pixels) * overlap), kept: pixels - Int(Double(pixels) * overlap))
    }
  }

  private func plan(
    _ configuration: VAEConfiguration,
    _ axis: (_ pixels: Int, _ cells: Int, _ overlap: Double) -> TileAxis
  ) -> TilePlan {
    let height = tileHeight ?? configuration.sampleHeight / 2
    let width = tileWidth ?? configuration.sampleWidth / 2
    let ratio = configuration.spatialCompression
    return TilePlan(
      vertical: axis(height, height / ratio, overlapHeight),
      horizontal: axis(width, width / ratio, overlapWidth))
  }
}

/// Tiles along one axis: their size and step before coding, the width of a seam and what is kept of
/// each after.
struct TileAxis: Sendable {
  let tile: Int
  let step: Int
  let blend: Int
  let kept: Int

  func starts(_ extent: Int) -> [Int] { Array(stride(from: 0, to: extent, by: step)) }

  /// The size of the last tile.
  func smallest(_ extent: Int) -> Int { min(tile, extent - (starts(extent).last ?? 0)) }
}

struct TilePlan: Sendable {
  let vertical: TileAxis
  let horizontal: TileAxis

  func cuts(height: Int, width: Int) -> Bool { height > vertical.tile || width > horizontal.tile }

  /// Extents of the smallest piece that a picture is cut into.
  func smallest(height: Int, width: Int) -> (height: Int, width: Int) {
    guard cuts(height: height, width: width) else { return (height, width) }
    return (vertical.smallest(height), horizontal.smallest(width))
  }

  /// - Parameter x: `[batch, channels, frames, height, width]`
  func run(_ x: Tensor, _ code: (Tensor) -> Tensor) -> Tensor {
    let (height, width) = (x.shape[3], x.shape[4])
    var above: [Tensor] = []
    var rows: [Tensor] = []
    for top in vertical.starts(height) {
      let band = x.slice(3, top..<min(height, top + vertical.tile))
      var row: [Tensor] = []
      for left in horizontal.starts(width) {
        var tile = code(band.slice(4, left..<min(width, left + horizontal.tile)))
        // Both neighbours are blended already, as in the reference.
        if !above.isEmpty {
          tile = Self.blend(above[row.count], tile, axis: 3, extent: vertical.blend)
        }
        if let before = row.last {
          tile = Self.blend(before, tile, axis: 4, extent: horizontal.blend)
        }
        row.append(tile)
      }
      rows.append(Tensor.concatenate(row.map { kept($0) }, axis: 4))
      above = row
    }
    return Tensor.concatenate(rows, axis: 3)
  }

  private func kept(_ tile: Tensor) -> Tensor {
    tile.slice(3, 0..<min(tile.shape[3], vertical.kept))
      .slice(4, 0..<min(tile.shape[4], horizontal.kept))
  }

  /// `next` with its first cells fading in over the last ones of `previous`.
  private static func blend(
    _ previous: Tensor, _ next: Tensor, axis: Int, extent: Int
  ) -> Tensor {
    let seam = min(previous.shape[axis], next.shape[axis], extent)
    guard seam > 0 else { return next }
    var shape = [1, 1, 1, 1, 1]
    shape[axis] = seam
    let share = (0..<seam).map { Double($0) / Double(seam) }
    let fadeIn = Tensor(shape: shape, values: share.map { Float($0) })
    let fadeOut = Tensor(shape: shape, values: share.map { Float(1 - $0) })
    let end = previous.shape[axis]
    let mixed =
      previous.slice(axis, end - seam..<end) * fadeOut + next.slice(axis, 0..<seam) * fadeIn
    return Tensor.concatenate([mixed, next.slice(axis, seam..<next.shape[axis])], axis: axis)
  }
}
