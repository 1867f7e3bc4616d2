/// A grid of numbers shown as colours.
public struct HeatMap: Sendable {
  /// `[height, width]`, first row on top.
  public var values: [Float]
  public var height: Int
  public var width: Int
  /// Which numbers have the two ends of the colour scale; the smallest and largest when nil.
  public var range: ClosedRange<Double>?
  /// Labels of the axes; empty for maps of space, which need none.
  public var xLabel: String
  public var yLabel: String
  /// Names under the columns and beside the rows, for small grids.
  public var columnNames: [String]
  public var rowNames: [String]
  public var colors: ColorScale

  public init(
    _ values: [Float], height: Int, width: Int, range: ClosedRange<Double>? = nil,
    xLabel: String = "", yLabel: String = "", columnNames: [String] = [],
    rowNames: [String] = [], colors: ColorScale = .sequential
  ) {
    precondition(
      values.count == height * width && height > 0 && width > 0,
      "a map of \(values.count) values is not [\(height), \(width)]")
    self.values = values
    self.height = height
    self.width = width
    self.range = range
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.columnNames = columnNames
    self.rowNames = rowNames
    self.colors = colors
  }

  /// The numbers at the two ends of the colour scale; never an empty range.
  public var shownRange: ClosedRange<Double> {
    if let range, range.lowerBound < range.upperBound { return range }
    let finite = values.lazy.filter(\.isFinite)
    let low = Double(finite.min() ?? 0)
    let high = Double(finite.max() ?? 1)
    return low < high ? low...high : (low - 0.5)...(low + 0.5)
  }

  /// Every value as a share of the range, 0...1; NaN stays NaN.
  func shares() -> [Float] {
    let range = shownRange
    let scale = 1 / (range.upperBound - range.lowerBound)
    return values.map { value in
      value.isNaN
        ? .nan : Float(min(1, max(0, (Double(value) - range.lowerBound) * scale)))
    }
  }

  /// The maps of a film on one scale, that of all of them together.
  /// - Parameter values: `[frames, height, width]`
  public static func frames(of values: [Float], height: Int, width: Int) -> [HeatMap] {
    let finite = values.lazy.filter(\.isFinite)
    let range = Double(finite.min() ?? 0)...Double(finite.max() ?? 1)
    let cells = height * width
    return stride(from: 0, to: values.count, by: cells).map { start in
      HeatMap(Array(values[start..<start + cells]), height: height, width: width, range: range)
    }
  }

  /// Maps of one height side by side on white, as the frames of a film.
  /// - Parameter cell: pixels along a side of each value; the space between maps is half of it
  public static func strip(_ maps: [HeatMap], cell: Int = 8) -> Frame {
    let gap = cell / 2
    let height = (maps.map(\.height).max() ?? 1) * cell
    let width = maps.reduce(-gap) { $0 + $1.width * cell + gap }
    var pixels = [UInt8](repeating: 255, count: height * width * 3)
    var left = 0
    for map in maps {
      let picture = map.picture
      for y in 0..<map.height * cell {
        for x in 0..<map.width * cell {
          let color = picture.pixel(y / cell, x / cell)
          for channel in 0..<3 {
            pixels[(y * width + left + x) * 3 + channel] = UInt8(color[channel])
          }
        }
      }
      left += map.width * cell + gap
    }
    return Frame(pixels: pixels, height: height, width: width)
  }

  /// One pixel for each value.
  var picture: Frame {
    let ramp = ColorRamp(colors)
    return Frame(
      pixels: shares().flatMap { share -> [UInt8] in
        let color = ramp.color(share)
        return (0..<3).map { UInt8(color[$0] + 0.5) }
      }, height: height, width: width)
  }
}

/// A colour scale that grows evenly in lightness, so it also reads in grey and to the colour-blind.
public enum ColorScale: String, Sendable, CaseIterable {
  /// Dark blue over green to yellow, for quantities from little to much.
  case sequential
  /// Blue over white to red, for signed quantities; white is the middle of the range.
  case diverging
  /// Black over red to light yellow, for maps laid over pictures.
  case heat
  /// White to black, for the printer.
  case grey

  /// Colours at equal steps, as hexadecimal numbers.
  var anchors: [UInt32] {
    switch self {
    case .sequential:
      [
        0x440154, 0x472D7B, 0x3B528B, 0x2C728E, 0x21918C, 0x28AE80, 0x5EC962, 0xADDC30, 0xFDE725,
      ]
    case .diverging: [0x2166AC, 0x67A9CF, 0xD1E5F0, 0xF7F7F7, 0xFDDBC7, 0xEF8A62, 0xB2182B]
    case .heat: [0x000004, 0x420A68, 0x932667, 0xDD513A, 0xFCA50A, 0xFCFFA4]
    case .grey: [0xFFFFFF, 0x000000]
    }
  }

  /// The colour of a share of the range; light grey for NaN. For many shares, use a ``ColorRamp``.
  /// - Returns: red, green, blue in 0...255
  func color(_ share: Float) -> SIMD3<Float> { ColorRamp(self).color(share) }
}

/// A colour scale worked out, for pictures of many pixels.
struct ColorRamp {
  private let anchors: [SIMD3<Float>]

  init(_ scale: ColorScale) {
    anchors = scale.anchors.map { color in
      SIMD3(Float(color >> 16 & 255), Float(color >> 8 & 255), Float(color & 255))
    }
  }

  /// - Returns: red, green, blue in 0...255
  func color(_ share: Float) -> SIMD3<Float> {
    guard !share.isNaN else { return SIMD3(repeating: 200) }
    let place = min(1, max(0, share)) * Float(anchors.count - 1)
    let index = min(Int(place), anchors.count - 2)
    let rest = place - Float(index)
    return anchors[index] * (1 - rest) + anchors[index + 1] * rest
  }
}
