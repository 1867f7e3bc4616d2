/// 8-bit samples of pictures to numbers, by a table.
public enum PixelLevels {
  /// Writes a window of a picture, one channel after the other.
  /// - Parameters:
  ///   - pixels: three samples a pixel
  ///   - start: of the first pixel of the window; its next row is `step` samples on
  ///   - values: what each level of each channel becomes, `[3, 256]`
  ///   - place: of the first number in `target`; the next channel is `plane` numbers on
  public static func write(
    _ pixels: [UInt8], from start: Int, step: Int, rows: Int, columns: Int,
    by values: [Float], to target: inout MutableSpan<Float>, at place: Int, plane: Int
  ) {
    if rows == 0 || columns == 0 { return }
    precondition(
      start >= 0 && start + (rows - 1) * step + 3 * columns <= pixels.count
        && values.count == 768 && place >= 0
        && place + 2 * plane + rows * columns <= target.count,
      "window of \(rows) x \(columns) pixels from \(start) of \(pixels.count) to \(place) of "
        + "\(target.count)")
    target.withUnsafeMutableBufferPointer { target in
      pixels.withUnsafeBufferPointer { pixels in
        values.withUnsafeBufferPointer { values in
          let red = values.baseAddress!
          let (green, blue) = (red + 256, red + 512)
          var to = target.baseAddress! + place
          for row in 0..<rows {
            var from = pixels.baseAddress! + start + row * step
            for _ in 0..<columns {
              to[0] = red[Int(from[0])]
              to[plane] = green[Int(from[1])]
              to[2 * plane] = blue[Int(from[2])]
              (from, to) = (from + 3, to + 1)
            }
          }
        }
      }
    }
  }
}
