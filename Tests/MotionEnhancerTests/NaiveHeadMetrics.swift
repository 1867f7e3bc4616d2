import MotionEnhancer
import Video

/// The metrics straight from their definitions, on a whole map in double precision.
struct NaiveHeadMetrics {
  let grid: TokenGrid
  let band: Int
  let map: [Float]

  private func place(_ token: Int) -> (frame: Int, y: Int, x: Int) {
    let cell = token % grid.cells
    return (token / grid.cells, cell / grid.width, cell % grid.width)
  }

  private var threshold: Float {
    Float(map.reduce(0) { $0 + Double($1) } / Double(map.count))
  }

  func metrics() -> HeadMetrics {
    var (inside, outside, salient, diagonal) = (0.0, 0.0, 0.0, 0.0)
    for i in 0..<grid.count {
      for j in 0..<grid.count {
        let (a, b, value) = (place(i), place(j), map[i * grid.count + j])
        if abs(a.y - b.y) <= band && abs(a.x - b.x) <= band {
          inside += Double(value) * Double(value)
          diagonal += 1
          if value >= threshold { salient += 1 }
        } else {
          outside += Double(value) * Double(value)
        }
      }
    }
    let continuity = (0..<grid.cells).map(continuity(of:)).reduce(0, +) / Double(grid.cells)
    return HeadMetrics(
      focus: outside > 0 ? inside / outside : 0, continuity: continuity,
      saliency: salient / diagonal)
  }

  private func continuity(of cell: Int) -> Double {
    var runs: [Int] = []
    for row in 0..<grid.frames {
      var isOpen = false
      for column in 0..<grid.frames {
        let i = row * grid.cells + cell
        let isHigh = map[i * grid.count + column * grid.cells + cell] > threshold
        if isHigh && isOpen { runs[runs.count - 1] += 1 }
        if isHigh && !isOpen { runs.append(1) }
        isOpen = isHigh
      }
    }
    return runs.isEmpty ? 0 : Double(runs.reduce(0, +)) / Double(runs.count)
  }
}
