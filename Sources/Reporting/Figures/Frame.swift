/// A picture, usually one frame of a video.
public struct Frame: Sendable {
  /// `[height, width, 3]`, red, green, blue, first row on top.
  public var pixels: [UInt8]
  public var height: Int
  public var width: Int

  public init(pixels: [UInt8], height: Int, width: Int) {
    precondition(
      pixels.count == height * width * 3 && height > 0 && width > 0,
      "a picture of \(pixels.count) bytes is not [\(height), \(width), 3]")
    self.pixels = pixels
    self.height = height
    self.width = width
  }

  /// From numbers in 0...1.
  /// - Parameter values: `[height, width, 3]`; what lies outside is cut off
  public init(values: [Float], height: Int, width: Int) {
    self.init(
      pixels: values.map { UInt8(min(1, max(0, $0.isNaN ? 0 : $0)) * 255 + 0.5) }, height: height,
      width: width)
  }

  /// How a map is laid over a picture.
  public enum Overlay: Sendable {
    /// Colours of the map, the stronger the larger the value: the usual heat map over a video.
    case colors(ColorScale)
    /// The picture in its own colours, dark where the map is small.
    case spotlight
  }

  /// This picture with a map over it.
  /// - Parameters:
  ///   - map: any grid; it is stretched over the picture, smoothly
  ///   - opacity: of the largest value, 0...1
  ///   - scale: pixels of the result for each pixel of this picture, so that the map stays smooth
  public func overlaid(
    _ map: HeatMap, style: Overlay = .colors(.heat), opacity: Float = 0.7, scale: Int = 1
  ) -> Frame {
    precondition(scale >= 1, "a scale of \(scale)")
    let shares = map.shares()
    var result = Frame(
      pixels: Array(repeating: 0, count: height * width * scale * scale * 3),
      height: height * scale, width: width * scale)
    for y in 0..<result.height {
      for x in 0..<result.width {
        let share = Self.interpolated(
          shares, map.height, map.width, y: (Float(y) + 0.5) / Float(result.height),
          x: (Float(x) + 0.5) / Float(result.width))
        let color = style.blend(pixel(y / scale, x / scale), share, opacity)
        let place = (y * result.width + x) * 3
        for channel in 0..<3 {
          result.pixels[place + channel] = UInt8(min(255, max(0, color[channel])) + 0.5)
        }
      }
    }
    return result
  }

  func pixel(_ y: Int, _ x: Int) -> SIMD3<Float> {
    let place = (y * width + x) * 3
    return SIMD3(Float(pixels[place]), Float(pixels[place + 1]), Float(pixels[place + 2]))
  }

  /// Bilinear, with pixel centres at halves; `y` and `x` are shares of the height and width.
  private static func interpolated(
    _ values: [Float], _ height: Int, _ width: Int, y: Float, x: Float
  ) -> Float {
    func split(_ share: Float, _ count: Int) -> (Int, Int, Float) {
      let place = min(Float(count - 1), max(0, share * Float(count) - 0.5))
      let low = min(Int(place), count - 1)
      return (low, min(low + 1, count - 1), place - Float(low))
    }
    let (top, bottom, down) = split(y, height)
    let (left, right, across) = split(x, width)
    func at(_ y: Int, _ x: Int) -> Float { values[y * width + x] }
    let upper = at(top, left) * (1 - across) + at(top, right) * across
    let lower = at(bottom, left) * (1 - across) + at(bottom, right) * across
    return upper * (1 - down) + lower * down
  }
}

extension Frame.Overlay {
  fileprivate func blend(_ pixel: SIMD3<Float>, _ share: Float, _ opacity: Float) -> SIMD3<Float> {
    guard !share.isNaN else { return pixel }
    switch self {
    case .colors(let scale):
      // The dark end of the scale would only veil the picture, so it is left out.
      let weight = opacity * share
      return pixel * (1 - weight) + scale.color(0.3 + 0.7 * share) * weight
    case .spotlight:
      return pixel * (1 - opacity * (1 - share))
    }
  }
}
