import Tensors

/// CogVideoX 2B's positions: a quarter of each token's features tells the frame, three eighths the
/// column and three eighths the row, as sines and then cosines of falling frequencies.
enum SineCosinePositions {
  /// Text tokens, which have no position, then the cells of a grid frame by frame and row by row.
  /// - Returns: `[textTokens + frames * height * width, features]`
  static func table(
    textTokens: Int, frames: Int, height: Int, width: Int, features: Int, spatialScale: Double,
    temporalScale: Double
  ) -> Tensor {
    let along = features / 4
    let across = features / 8 * 3
    func axis(_ extent: Int, _ features: Int, _ scale: Double) -> [[Float]] {
      (0..<extent).map { position in
        // The reference divides in single precision.
        let place = Double(Float(position) / Float(scale))
        let turns = (0..<features / 2).map { i in
          let frequency = 1 / ScalarMath.power(10_000, Double(i) / Double(features / 2))
          return ScalarMath.sinCos(place * frequency)
        }
        return turns.map { Float($0.sin) } + turns.map { Float($0.cos) }
      }
    }
    let times = axis(frames, along, temporalScale)
    let rows = axis(height, across, spatialScale)
    let columns = axis(width, across, spatialScale)
    return Tensor(shape: [textTokens + frames * height * width, features]) { out in
      out.fill(0..<textTokens * features, with: 0)
      var at = textTokens * features
      for time in times {
        for row in rows {
          for column in columns {
            for value in time + column + row {
              out[at] = value
              at += 1
            }
          }
        }
      }
    }
  }
}
