/// Heat maps as characters.
struct MapText {
  let style: TerminalStyle

  init(_ style: TerminalStyle) { self.style = style }

  /// The map in at most so many columns and lines, as large as fits in whole steps; smaller than
  /// that, each place is the mean of what it covers.
  func panel(_ map: HeatMap, columns: Int, rows: Int = 24, zoom most: Int = 4) -> TextPanel {
    let names = map.rowNames.map(TableText.width).max() ?? 0
    let gutter = names == 0 ? 0 : min(names + 1, columns / 3)
    let blocks = BlockPicture(style)
    // Columns for each cell; a line of characters is two pixels high.
    let step = blocks.isColored && style.isUnicode ? 1 : 2
    let fits = min((columns - gutter) / map.width, 2 * rows / map.height, most)
    let zoom = fits / step * step
    let drawn: [String]
    let width: Int
    if zoom >= step {
      width = map.width * zoom
      drawn = enlarged(map, zoom)
    } else {
      let small = map.averaged(columns: (columns - gutter) / step, rows: 2 * rows / step)
      width = small.width * step
      drawn = enlarged(small, step)
    }
    guard gutter > 0, zoom >= 2 else { return TextPanel(drawn: drawn, width: width) }
    let labelled = drawn.enumerated().map { line, text in
      let row = 2 * line / zoom
      let isFirst = line == 0 || 2 * (line - 1) / zoom != row
      let name = isFirst && row < map.rowNames.count ? map.rowNames[row] : ""
      return TableText.padded(TableText.cut(name, to: gutter - 1), to: gutter, right: false) + text
    }
    return TextPanel(drawn: labelled, width: gutter + width)
  }

  private func enlarged(_ map: HeatMap, _ zoom: Int) -> [String] {
    let blocks = BlockPicture(style)
    if blocks.isColored { return blocks.colored(map.picture.enlarged(zoom)) }
    let shares = map.shares()
    return stride(from: 0, to: map.height * zoom, by: 2).map { pixel in
      let row = min(pixel / zoom, map.height - 1)
      return (0..<map.width).map { column in
        String(repeating: blocks.shade(shares[row * map.width + column]), count: zoom)
      }.joined()
    }
  }

  /// `0.0021 ▒▒▒▒▒▒ 0.0307`, the scale of colours between the numbers of its ends.
  func legend(_ range: ClosedRange<Double>, _ colors: ColorScale = .sequential) -> String {
    let steps = 16
    let shares = (0..<steps).map { Float($0) / Float(steps - 1) }
    let blocks = BlockPicture(style)
    let bar: String
    if blocks.isColored {
      let ink = Ink(style)
      bar = shares.map { ink.background(colors.color($0)) + " " }.joined() + ink.reset
    } else {
      bar = String(shares.map(blocks.shade))
    }
    return "\(NumberText.short(range.lowerBound)) \(bar) \(NumberText.short(range.upperBound))"
  }
}

extension HeatMap {
  /// The map on a smaller grid, each place the mean of the finite numbers it covers.
  func averaged(columns: Int, rows: Int) -> HeatMap {
    let (high, wide) = (min(height, max(1, rows)), min(width, max(1, columns)))
    guard high < height || wide < width else { return self }
    var result: [Float] = []
    for y in 0..<high {
      for x in 0..<wide {
        var sum = 0.0
        var count = 0
        for row in (y * height / high)..<((y + 1) * height + high - 1) / high {
          for column in (x * width / wide)..<((x + 1) * width + wide - 1) / wide {
            let value = values[row * width + column]
            if value.isFinite {
              sum += Double(value)
              count += 1
            }
          }
        }
        result.append(count > 0 ? Float(sum / Double(count)) : .nan)
      }
    }
    return HeatMap(result, height: high, width: wide, range: shownRange, colors: colors)
  }
}

extension Frame {
  /// Every pixel as a square.
  func enlarged(_ zoom: Int) -> Frame {
    guard zoom > 1 else { return self }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(self.pixels.count * zoom * zoom)
    for y in 0..<height {
      var row: [UInt8] = []
      for x in 0..<width {
        let place = (y * width + x) * 3
        for _ in 0..<zoom { row += self.pixels[place..<place + 3] }
      }
      for _ in 0..<zoom { pixels += row }
    }
    return Frame(pixels: pixels, height: height * zoom, width: width * zoom)
  }
}
