/// Escape sequences for colours and weights; empty where the style has none.
struct Ink {
  let style: TerminalStyle

  init(_ style: TerminalStyle) { self.style = style }

  private var isOn: Bool { style.colors != .none }

  var reset: String { isOn ? "\u{1B}[0m" : "" }

  func bold(_ text: String) -> String { wrapped(text, "1") }
  func faint(_ text: String) -> String { wrapped(text, style.colors == .basic ? "2" : "38;5;245") }

  /// A text that is set off: black on amber, told apart from plain text in any colour vision.
  func marked(_ text: String) -> String {
    switch style.colors {
    case .none: text
    case .basic: wrapped(text, "1;30;43")
    case .palette: wrapped(text, "1;38;5;16;48;5;222")
    case .full: wrapped(text, "1;38;2;0;0;0;48;2;255;210;138")
    }
  }

  /// A text in the colour that stands for "selected".
  func accented(_ text: String) -> String {
    switch style.colors {
    case .none: text
    case .basic: wrapped(text, "1;33")
    case .palette: wrapped(text, "1;38;5;214")
    case .full: wrapped(text, "1;38;2;240;160;30")
    }
  }

  private func wrapped(_ text: String, _ codes: String) -> String {
    isOn && !text.isEmpty ? "\u{1B}[\(codes)m\(text)\u{1B}[0m" : text
  }

  // MARK: Any colour

  /// - Parameter color: red, green, blue in 0...255
  func foreground(_ color: SIMD3<Float>) -> String { code(38, color) }
  func background(_ color: SIMD3<Float>) -> String { code(48, color) }

  private func code(_ ground: Int, _ color: SIMD3<Float>) -> String {
    switch style.colors {
    case .none, .basic: return ""
    case .palette: return "\u{1B}[\(ground);5;\(Self.paletteIndex(color))m"
    case .full:
      let (red, green, blue) = (Int(color.x + 0.5), Int(color.y + 0.5), Int(color.z + 0.5))
      return "\u{1B}[\(ground);2;\(red);\(green);\(blue)m"
    }
  }

  /// The nearest of the 6 x 6 x 6 cube and the 24 greys of the usual 256 colours.
  static func paletteIndex(_ color: SIMD3<Float>) -> Int {
    let levels: [Float] = [0, 95, 135, 175, 215, 255]
    func nearest(_ value: Float) -> Int {
      levels.indices.min { abs(levels[$0] - value) < abs(levels[$1] - value) } ?? 0
    }
    let (red, green, blue) = (nearest(color.x), nearest(color.y), nearest(color.z))
    let cube = SIMD3(levels[red], levels[green], levels[blue])
    let step = min(23, max(0, Int(((color.x + color.y + color.z) / 3 - 8) / 10 + 0.5)))
    let grey = SIMD3<Float>(repeating: Float(8 + 10 * step))
    func distance(_ other: SIMD3<Float>) -> Float { ((other - color) * (other - color)).sum() }
    return distance(grey) < distance(cube)
      ? 232 + step : 16 + 36 * red + 6 * green + blue
  }
}
