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
    let (dimT, dimS) = (headDim / 4, headDim / 8 * 3)
    precondition(headDim % 16 == 0, "head dimension \(headDim) for 3D rotary positions")
    func table(_ extent: Int, _ dim: Int) -> [[(sin: Double, cos: Double)]] {
      (0..<extent).map { position in
        (0..<dim / 2).map { i in
          let frequency = ScalarMath.power(theta, -Double(2 * i) / Double(dim))
          return ScalarMath.sinCos(Double(position) * frequency)
        }
      }
    }
    let (t, h, w) = (table(frames, dimT), table(height, dimS), table(width, dimS))
    var cosValues: [Float] = []
    var sinValues: [Float] = []
    for f in 0..<frames {
      for y in 0..<height {
        for x in 0..<width {
          for angle in t[f] + h[y] + w[x] {
            cosValues += [Float(angle.cos), Float(angle.cos)]
            sinValues += [Float(angle.sin), Float(angle.sin)]
          }
        }
      }
    }
    let shape = [frames * height * width, headDim]
    cosines = Tensor(shape: shape, values: cosValues)
    sines = Tensor(shape: shape, values: sinValues)
  }
}
