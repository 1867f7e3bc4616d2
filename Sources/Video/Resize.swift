import Kernels

public typealias ResizeFilter = Kernels.ResizeFilter
public typealias ResizeArithmetic = Kernels.ResizeArithmetic

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
    let resizing = Resizing(
      filter, from: (height, width), to: (newHeight, newWidth), channels: 3)
    return Clip(
      frames: frames, height: newHeight, width: newWidth,
      pixels: resizing.resize(pixels, arithmetic), times: times)
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
    return Resizing(
      self, from: (height, width), to: (toHeight, toWidth), channels: channels
    ).resize(pictures)
  }
}
