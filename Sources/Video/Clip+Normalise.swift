/// Order of the axes in which a model takes a clip.
public enum ClipLayout: Sendable, Hashable {
  /// `[frames, 3, height, width]`: vision towers, diffusion transformers.
  case framesFirst
  /// `[3, frames, height, width]`: causal video autoencoders.
  case channelsFirst
}

extension Clip {
  /// Samples as numbers, `(sample / 255 - mean) / deviation`, in the order of axes of a model.
  ///
  /// - Parameters:
  ///   - mean: of each of the three channels, on a scale from 0 to 1.
  ///   - deviation: of each of the three channels, on the same scale.
  /// - Returns: `[frames, 3, height, width]` or `[3, frames, height, width]`
  public func normalised(
    mean: [Float], deviation: [Float], layout: ClipLayout = .framesFirst
  ) -> [Float] {
    precondition(
      mean.count == 3 && deviation.count == 3 && deviation.allSatisfy { $0 != 0 },
      "RGB needs three means and three deviations other than 0, got \(mean) and \(deviation)")
    let area = height * width
    let tables = zip(mean, deviation).map { mean, deviation in
      (0..<256).map { (Float($0) / 255 - mean) / deviation }
    }
    return [Float](unsafeUninitializedCapacity: pixels.count) { target, count in
      for channel in 0..<3 {
        let table = tables[channel]
        for frame in 0..<frames {
          let plane =
            layout == .framesFirst ? frame * 3 + channel : channel * frames + frame
          let source = frame * area * 3 + channel
          for pixel in 0..<area {
            target.initializeElement(
              at: plane * area + pixel, to: table[Int(pixels[source + pixel * 3])])
          }
        }
      }
      count = pixels.count
    }
  }
}
