import Diagnostics
import VideoDiffusion

/// Options of `merepl forward --tiling`; omitted values are those of the reference.
public struct ForwardTiling: Sendable {
  /// Pixels of a tile; half of `sample_height` and `sample_width` in the configuration.
  public var height: Int?
  public var width: Int?
  /// Share of a tile that the next one covers again: 1/6 and 1/5.
  public var overlapHeight: Double?
  public var overlapWidth: Double?

  public init(
    height: Int? = nil, width: Int? = nil, overlapHeight: Double? = nil,
    overlapWidth: Double? = nil
  ) {
    (self.height, self.width) = (height, width)
    (self.overlapHeight, self.overlapWidth) = (overlapHeight, overlapWidth)
  }

  func checked() throws -> VAETiling {
    var tiling = VAETiling(tileHeight: height, tileWidth: width)
    for (name, pixels) in [("height", height), ("width", width)] {
      guard let pixels, pixels < 1 else { continue }
      throw CommandError(
        "--tile-sample-min-\(name) \(pixels): expected at least 1 pixel", exitCode: 64)
    }
    for (name, share) in [("height", overlapHeight), ("width", overlapWidth)] {
      guard let share, !(share > 0 && share < 1) else { continue }
      throw CommandError(
        "--tile-overlap-factor-\(name) \(share): expected a fraction between 0 and 1", exitCode: 64)
    }
    tiling.overlapHeight = overlapHeight ?? tiling.overlapHeight
    tiling.overlapWidth = overlapWidth ?? tiling.overlapWidth
    return tiling
  }
}
