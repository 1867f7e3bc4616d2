/// Kernels for resizing images.
public enum ResizeFilter: String, Sendable, Hashable, CaseIterable {
  /// Triangle over one pixel to each side.
  case bilinear
  /// Keys' cubic with a = -0.5 over two pixels to each side.
  case bicubic

  /// Reach of the kernel to each side, in pixels.
  var support: Int { self == .bilinear ? 1 : 2 }

  /// The kernel's value at a distance in pixels.
  func value<Number: BinaryFloatingPoint>(at distance: Number) -> Number {
    let x = abs(distance)
    switch self {
    case .bilinear:
      return x < 1 ? 1 - x : 0
    case .bicubic:
      let a: Number = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
      return 0
    }
  }
}

extension Clip {
  /// The clip with frames of another size.
  ///
  /// When shrinking, the kernel is widened by the ratio, so that every pixel of the source counts
  /// (antialiasing). Columns are done before rows.
  public func resized(
    height newHeight: Int, width newWidth: Int, filter: ResizeFilter = .bicubic,
    arithmetic: ResizeArithmetic = .single
  ) -> Clip {
    precondition(
      newHeight > 0 && newWidth > 0 && height > 0 && width > 0,
      "cannot resize \(width)x\(height) to \(newWidth)x\(newHeight)")
    if (newHeight, newWidth) == (height, width) { return self }
    var resized: [UInt8] = []
    switch arithmetic {
    case .single:
      resized.reserveCapacity(frames * newHeight * newWidth * 3)
      let resizer = Resizer<SingleSum>(
        height: height, width: width, channels: 3, toHeight: newHeight, toWidth: newWidth,
        filter: filter)
      for index in 0..<frames {
        resized += resizer.resize(frame(index).map(Float.init)).map {
          UInt8(min(max($0, 0), 255).rounded(.toNearestOrEven))
        }
      }
    case .fixedPoint: resized = resizedEightBit(newHeight, newWidth, filter, FixedPointSum.self)
    case .shortWeights: resized = resizedEightBit(newHeight, newWidth, filter, ShortWeightSum.self)
    }
    return Clip(
      frames: frames, height: newHeight, width: newWidth, pixels: resized, times: times)
  }
}

extension Clip {
  /// Samples of the resized frames, `[frames, newHeight, newWidth, 3]`.
  private func resizedEightBit<Arithmetic: WeightedSum>(
    _ newHeight: Int, _ newWidth: Int, _ filter: ResizeFilter, _: Arithmetic.Type
  ) -> [UInt8] where Arithmetic.Sample == UInt8, Arithmetic.Sum: Sendable {
    let resizer = Resizer<Arithmetic>(
      height: height, width: width, channels: 3, toHeight: newHeight, toWidth: newWidth,
      filter: filter)
    return resizer.resize(pixels)
  }
}

extension ResizeFilter {
  /// Resizes images of floats, such as attention maps, in single precision.
  ///
  /// Shrinking antialiases. Values are not clamped: a cubic kernel overshoots at edges.
  /// - Parameter pictures: `[pictures, height, width, channels]`
  /// - Returns: `[pictures, toHeight, toWidth, channels]`
  public func resize(
    _ pictures: [Float], height: Int, width: Int, channels: Int = 1,
    toHeight: Int, toWidth: Int
  ) -> [Float] {
    let size = height * width * channels
    precondition(
      size > 0 && toHeight > 0 && toWidth > 0 && pictures.count % size == 0,
      "\(pictures.count) numbers are no pictures of [\(height), \(width), \(channels)], or cannot"
        + " become [\(toHeight), \(toWidth), \(channels)]")
    let resizer = Resizer<SingleSum>(
      height: height, width: width, channels: channels, toHeight: toHeight, toWidth: toWidth,
      filter: self)
    return resizer.resize(pictures)
  }
}
