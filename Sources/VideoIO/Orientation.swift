import CFFmpeg

/// How decoded frames must be turned for display, one of the eight symmetries of a rectangle.
///
/// Phones film in the sensor's orientation and store a display matrix. `output(x', y')` shows the
/// decoded pixel `(x, y)` with `(x', y') = (x, y)`, exchanged first if `transposed`, then counted
/// from the other end where flipped.
struct Orientation: Equatable {
  var transposed = false
  var flippedHorizontally = false
  var flippedVertically = false

  /// The symmetry nearest to a display matrix.
  ///
  /// - Parameter matrix: nine fixed-point numbers `a b u c d v x y w`; a point `(x, y)` is shown
  ///   at `(a x + c y, b x + d y)` up to translation. Angles between quarter turns, which no
  ///   camera writes, go to the nearest one.
  init(displayMatrix matrix: UnsafePointer<Int32>) {
    let (a, b, c, d) = (matrix[0], matrix[1], matrix[3], matrix[4])
    let straight = Int64(a).magnitude + Int64(d).magnitude
    let crossed = Int64(b).magnitude + Int64(c).magnitude
    transposed = crossed > straight
    flippedHorizontally = transposed ? c < 0 : a < 0
    flippedVertically = transposed ? b < 0 : d < 0
  }

  init() {}

  var isIdentity: Bool { self == Orientation() }

  /// Whether the symmetry turns the picture over, as a mirror does.
  var isMirrored: Bool {
    (transposed ? 1 : 0) + (flippedHorizontally ? 1 : 0) + (flippedVertically ? 1 : 0) & 1 == 1
  }

  /// Clockwise angle that, after a left-to-right mirroring if `isMirrored`, gives the symmetry.
  var clockwiseDegrees: Int {
    // Where the picture's top edge ends up tells the angle.
    if transposed { return flippedHorizontally ? 90 : 270 }
    return flippedVertically ? 180 : 0
  }

  /// Height and width after turning.
  func size(height: Int, width: Int) -> (height: Int, width: Int) {
    transposed ? (width, height) : (height, width)
  }

  /// Copies a decoded frame into its place for display.
  /// - Parameters:
  ///   - source: `[height, width, 3]`, its rows `stride` bytes apart
  ///   - target: `[height, width, 3]`, or `[width, height, 3]` if transposed
  func apply(
    _ source: UnsafePointer<UInt8>, stride: Int, height: Int, width: Int,
    to target: UnsafeMutablePointer<UInt8>
  ) {
    if isIdentity {
      for row in 0..<height {
        (target + row * width * 3).update(from: source + row * stride, count: width * 3)
      }
      return
    }
    let (rows, columns) = size(height: height, width: width)
    for row in 0..<rows {
      let y = flippedVertically ? rows - 1 - row : row
      for column in 0..<columns {
        let x = flippedHorizontally ? columns - 1 - column : column
        let from = transposed ? x * stride + y * 3 : y * stride + x * 3
        let to = (row * columns + column) * 3
        target[to] = source[from]
        target[to + 1] = source[from + 1]
        target[to + 2] = source[from + 2]
      }
    }
  }
}
