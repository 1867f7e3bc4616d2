import Tensors

/// Cosines and sines of CogVideoX's 3D rotary positions: a quarter of each head turns with the
/// frame, three eighths with the row and three eighths with the column.
public struct RotaryPositions: Sendable {
  /// `[frames * height * width, headDim]`
  public let cosines: Tensor
  /// `[frames * height * width, headDim]`
  public let sines: Tensor

  public init(cosines: Tensor, sines: Tensor) {
    self.cosines = cosines
    self.sines = sines
  }

  /// Positions 0, 1, 2, ... on each axis of a grid of patches.
  public init(frames: Int, height: Int, width: Int, headDim: Int, theta: Double = 10_000) {
    func counted(_ extent: Int) -> [Double] { (0..<extent).map(Double.init) }
    self.init(
      frames: counted(frames), rows: counted(height), columns: counted(width), headDim: headDim,
      theta: theta)
  }

  /// The given positions on each axis of a grid of patches.
  public init(
    frames: [Double], rows: [Double], columns: [Double], headDim: Int, theta: Double = 10_000
  ) {
    let (dimT, dimS) = (headDim / 4, headDim / 8 * 3)
    precondition(headDim % 16 == 0, "head dimension \(headDim) for 3D rotary positions")
    func table(_ positions: [Double], _ dim: Int) -> [[(sin: Double, cos: Double)]] {
      positions.map { position in
        (0..<dim / 2).map { i in
          let frequency = ScalarMath.power(theta, -Double(2 * i) / Double(dim))
          return ScalarMath.sinCos(position * frequency)
        }
      }
    }
    let (t, h, w) = (table(frames, dimT), table(rows, dimS), table(columns, dimS))
    var cosValues: [Float] = []
    var sinValues: [Float] = []
    for time in t {
      for row in h {
        for column in w {
          for angle in time + row + column {
            cosValues += [Float(angle.cos), Float(angle.cos)]
            sinValues += [Float(angle.sin), Float(angle.sin)]
          }
        }
      }
    }
    let shape = [t.count * h.count * w.count, headDim]
    cosines = Tensor(shape: shape, values: cosValues)
    sines = Tensor(shape: shape, values: sinValues)
  }

  /// What diffusers' pipeline gives the model for latents `[batch, frames, channels, height,
  /// width]`. In 1.5 patches are counted. In 1.0 the grid is laid over that of the configured
  /// sample size, as large as its shape allows and in the middle.
  public init(latents: [Int], of configuration: CogVideoXConfiguration) {
    let patch = configuration.patchSize
    let (rows, columns) = (latents[3] / patch, latents[4] / patch)
    let frames = latents[1] / (configuration.framePatch ?? 1)
    guard configuration.framePatch == nil else {
      self.init(frames: frames, height: rows, width: columns, headDim: configuration.headDim)
      return
    }
    let region = Self.region(
      rows: rows, columns: columns, height: configuration.sampleHeight / patch,
      width: configuration.sampleWidth / patch)
    func spread(_ range: Range<Int>, _ count: Int) -> [Double] {
      let last = Double(range.upperBound) * Double(count - 1) / Double(count)
      let first = Double(range.lowerBound)
      if count == 1 { return [first] }
      // The reference's places are single precision.
      return (0..<count).map {
        Double(Float(first + (last - first) * Double($0) / Double(count - 1)))
      }
    }
    self.init(
      frames: (0..<frames).map(Double.init), rows: spread(region.rows, rows),
      columns: spread(region.columns, columns), headDim: configuration.headDim)
  }

  /// The largest part of a grid of `height x width` that has the shape of `rows x columns`.
  private static func region(
    rows: Int, columns: Int, height: Int, width: Int
  ) -> (rows: Range<Int>, columns: Range<Int>) {
    func rounded(_ x: Double) -> Int { Int(x.rounded(.toNearestOrEven)) }
    let shape = Double(rows) / Double(columns)
    let isTaller = shape > Double(height) / Double(width)
    let high = isTaller ? height : rounded(Double(width) / Double(columns) * Double(rows))
    let wide = isTaller ? rounded(Double(height) / Double(rows) * Double(columns)) : width
    let top = rounded(Double(height - high) / 2)
    let left = rounded(Double(width - wide) / 2)
    return (top..<top + high, left..<left + wide)
  }

  /// The tables for text tokens, which are not rotated, and then these: `[textTokens + tokens,
  /// headDim]`.
  func afterText(_ textTokens: Int) -> RotaryPositions {
    let still = [textTokens, cosines.shape[1]]
    return RotaryPositions(
      cosines: .concatenate([.full(still, 1), cosines], axis: 0),
      sines: .concatenate([.zeros(still), sines], axis: 0))
  }
}
