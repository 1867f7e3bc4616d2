/// How much of each pixel an object covers.
///
/// Squares and crosses are exact areas. Circles and triangles take the distance of the pixel's
/// centre from the outline as the measure of the covered part, which is exact for an edge along
/// an axis and within a few per cent elsewhere.
enum SpriteCoverage {
  /// Calls `body` with every pixel that the object covers in part, row by row.
  static func forEach(
    _ shape: SceneShape, _ pose: ScenePose, width: Int, height: Int,
    _ body: (_ x: Int, _ y: Int, _ coverage: Float) -> Void
  ) {
    let half = pose.width / 2
    let firstX = max(0, Int((pose.centre.x - half - 1).rounded(.down)))
    let firstY = max(0, Int((pose.centre.y - half - 1).rounded(.down)))
    let endX = min(width, Int((pose.centre.x + half + 1).rounded(.up)))
    let endY = min(height, Int((pose.centre.y + half + 1).rounded(.up)))
    guard firstX < endX, firstY < endY else { return }
    for y in firstY..<endY {
      for x in firstX..<endX {
        let pixel = SIMD2(Float(x) + 0.5, Float(y) + 0.5) - pose.centre
        let covered = coverage(shape, pixel, half)
        if covered > 0 { body(x, y, covered) }
      }
    }
  }

  /// - Parameters:
  ///   - pixel: centre of the pixel, from the centre of the object
  ///   - half: half the width of the object
  private static func coverage(_ shape: SceneShape, _ pixel: SIMD2<Float>, _ half: Float) -> Float {
    switch shape {
    case .circle:
      return unit(half - (pixel * pixel).sum().squareRoot() + 0.5)
    case .square:
      return overlap(pixel.x, half) * overlap(pixel.y, half)
    case .cross:
      // Two bars of a third of the width; their common square counts once.
      let x = overlap(pixel.x, half)
      let y = overlap(pixel.y, half)
      let barX = overlap(pixel.x, half / 3)
      let barY = overlap(pixel.y, half / 3)
      return x * barY + barX * y - barX * barY
    case .triangle:
      // Apex in the middle above, base below: |x| <= (y + half) / 2.
      let side = ((pixel.y + half) / 2 - abs(pixel.x)) * sideNormal
      return unit(side + 0.5) * unit(half - pixel.y + 0.5)
    }
  }

  /// 1 / length of (1, 1/2), which turns the distance along x into the distance from the side.
  private static let sideNormal: Float = 1 / Float(1.25).squareRoot()

  /// Length of the part of a pixel around `centre` that lies within `-half...half`.
  private static func overlap(_ centre: Float, _ half: Float) -> Float {
    max(0, min(centre + 0.5, half) - max(centre - 0.5, -half))
  }

  private static func unit(_ value: Float) -> Float { min(max(value, 0), 1) }
}
