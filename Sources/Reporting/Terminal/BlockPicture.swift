/// Pictures as characters. With colour, a half block shows two pixels, one over the other; without,
/// a character is as dark as the two pixels behind it are on average.
struct BlockPicture {
  /// From nothing to everything, for terminals without colour.
  static let shades: [Character] = [" ", "░", "▒", "▓", "█"]
  static let asciiShades: [Character] = [" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"]

  let style: TerminalStyle

  init(_ style: TerminalStyle) { self.style = style }

  /// Whether colours are shown at all.
  var isColored: Bool { style.colors >= .palette }

  /// A picture so many columns wide, with square pixels.
  func panel(_ frame: Frame, columns: Int) -> TextPanel {
    let rows = max(1, (columns * frame.height + frame.width) / (2 * frame.width))
    let picture = frame.resampled(height: 2 * rows, width: columns)
    return TextPanel(drawn: isColored ? colored(picture) : shaded(picture), width: columns)
  }

  /// Two rows of pixels to a line.
  func colored(_ frame: Frame) -> [String] {
    let ink = Ink(style)
    return stride(from: 0, to: frame.height, by: 2).map { y in
      var line = ""
      var last: (String, String) = ("", "")
      for x in 0..<frame.width {
        let upper = frame.pixel(y, x)
        let lower = y + 1 < frame.height ? frame.pixel(y + 1, x) : nil
        let colors: (String, String)
        let mark: String
        if style.isUnicode {
          colors = (ink.foreground(upper), lower.map(ink.background) ?? "")
          mark = "▀"
        } else {
          colors = ("", ink.background((upper + (lower ?? upper)) / 2))
          mark = " "
        }
        if colors.0 != last.0 { line += colors.0 }
        if colors.1 != last.1 { line += colors.1.isEmpty ? ink.reset + colors.0 : colors.1 }
        last = colors
        line += mark
      }
      return line + ink.reset
    }
  }

  /// Every frame on its own scale: with a handful of shades, contrast is all.
  func shaded(_ frame: Frame) -> [String] {
    let rows = stride(from: 0, to: frame.height, by: 2).map { y in
      (0..<frame.width).map { x in
        let pixel = (frame.pixel(y, x) + frame.pixel(min(y + 1, frame.height - 1), x)) / 2
        return (0.299 * pixel.x + 0.587 * pixel.y + 0.114 * pixel.z) / 255
      }
    }
    let all = rows.joined()
    let low = all.min() ?? 0
    let span = max((all.max() ?? 1) - low, 0.05)
    return rows.map { row in String(row.map { shade(($0 - low) / span) }) }
  }

  /// The character for a share of the range, 0...1.
  func shade(_ share: Float) -> Character {
    let scale = style.isUnicode ? Self.shades : Self.asciiShades
    guard !share.isNaN else { return "?" }
    return scale[min(scale.count - 1, max(0, Int(share * Float(scale.count))))]
  }
}

extension Frame {
  /// Every pixel the mean of the pixels it covers.
  func resampled(height: Int, width: Int) -> Frame {
    guard height != self.height || width != self.width else { return self }
    func covered(_ index: Int, _ count: Int, _ source: Int) -> Range<Int> {
      let first = index * source / count
      return first..<max(first + 1, ((index + 1) * source + count - 1) / count)
    }
    var result = Frame(
      pixels: [UInt8](repeating: 0, count: height * width * 3), height: height, width: width)
    for y in 0..<height {
      let rows = covered(y, height, self.height)
      for x in 0..<width {
        let columns = covered(x, width, self.width)
        var sum = SIMD3<Float>(repeating: 0)
        for row in rows { for column in columns { sum += pixel(row, column) } }
        let mean = sum / Float(rows.count * columns.count)
        for channel in 0..<3 {
          result.pixels[(y * width + x) * 3 + channel] = UInt8(mean[channel] + 0.5)
        }
      }
    }
    return result
  }
}
