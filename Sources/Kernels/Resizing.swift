/// Changes of the size of pictures, `[pictures, height, width, channels]`.
public struct Resizing: Sendable {
  public let filter: ResizeFilter
  private let from: (height: Int, width: Int)
  private let to: (height: Int, width: Int)
  private let channels: Int

  public init(
    _ filter: ResizeFilter, from: (height: Int, width: Int), to: (height: Int, width: Int),
    channels: Int
  ) {
    (self.filter, self.from, self.to, self.channels) = (filter, from, to, channels)
  }

  /// 8-bit samples, of which single precision converts a picture at a time.
  public func resize(_ pixels: [UInt8], _ arithmetic: ResizeArithmetic) -> [UInt8] {
    switch arithmetic {
    case .fixedPoint: return resizer(FixedPointSum.self).resize(pixels)
    case .shortWeights: return resizer(ShortWeightSum.self).resize(pixels)
    case .single:
      let resizer = resizer(SingleSum.self)
      let size = from.height * from.width * channels
      let number = pixels.count / size
      var resized: [UInt8] = []
      resized.reserveCapacity(number * to.height * to.width * channels)
      for index in 0..<number {
        let picture = pixels[index * size..<(index + 1) * size].map(Float.init)
        resized += resizer.resize(picture).map {
          UInt8(min(max($0, 0), 255).rounded(.toNearestOrEven))
        }
      }
      return resized
    }
  }

  /// Numbers, in single precision.
  public func resize(_ numbers: [Float]) -> [Float] { resizer(SingleSum.self).resize(numbers) }

  private func resizer<Arithmetic: WeightedSum>(
    _: Arithmetic.Type
  ) -> Resizer<Arithmetic> where Arithmetic.Sum: Sendable {
    Resizer(
      height: from.height, width: from.width, channels: channels, toHeight: to.height,
      toWidth: to.width, filter: filter)
  }
}
