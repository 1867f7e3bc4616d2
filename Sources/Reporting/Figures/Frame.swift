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
    let columns = (0..<result.width).map { x in
      Interpolation((Float(x) + 0.5) / Float(result.width), map.width)
    }
    let blend = Blend(style, opacity)
    result.pixels.withUnsafeMutableBufferPointer { pixels in
      for y in 0..<height * scale {
        let row = Interpolation((Float(y) + 0.5) / Float(height * scale), map.height)
        for x in 0..<width * scale {
          let share = Self.interpolated(shares, map.width, row, columns[x])
          let color = blend.color(pixel(y / scale, x / scale), share)
          let place = (y * width * scale + x) * 3
          for channel in 0..<3 {
            pixels[place + channel] = UInt8(min(255, max(0, color[channel])) + 0.5)
          }
        }
      }
    }
    return result
  }

  func pixel(_ y: Int, _ x: Int) -> SIMD3<Float> {
    let place = (y * width + x) * 3
    return SIMD3(Float(pixels[place]), Float(pixels[place + 1]), Float(pixels[place + 2]))
  }

  /// Two neighbours on an axis of the map and how much of the second.
  private struct Interpolation {
    let low: Int
    let high: Int
    let rest: Float

    /// - Parameter share: of the axis; the centres of cells are at halves
    init(_ share: Float, _ count: Int) {
      let place = min(Float(count - 1), max(0, share * Float(count) - 0.5))
      low = min(Int(place), count - 1)
      high = min(low + 1, count - 1)
      rest = place - Float(low)
    }
  }

  /// Bilinear.
  private static func interpolated(
    _ values: [Float], _ width: Int, _ row: Interpolation, _ column: Interpolation
  ) -> Float {
    func at(_ y: Int, _ x: Int) -> Float { values[y * width + x] }
    let upper =
      at(row.low, column.low) * (1 - column.rest) + at(row.low, column.high) * column.rest
    let lower =
      at(row.high, column.low) * (1 - column.rest) + at(row.high, column.high) * column.rest
    return upper * (1 - row.rest) + lower * row.rest
  }
}

/// Lays colours over pixels.
private struct Blend {
  private let ramp: ColorRamp?
  private let opacity: Float

  init(_ style: Frame.Overlay, _ opacity: Float) {
    if case .colors(let scale) = style { ramp = ColorRamp(scale) } else { ramp = nil }
    self.opacity = opacity
  }

  func color(_ pixel: SIMD3<Float>, _ share: Float) -> SIMD3<Float> {
    guard !share.isNaN else { return pixel }
    guard let ramp else { return pixel * (1 - opacity * (1 - share)) }
    // The dark end of the scale would only veil the picture, so it is left out.
    let weight = opacity * share
    return pixel * (1 - weight) + ramp.color(0.3 + 0.7 * share) * weight
  }
}
