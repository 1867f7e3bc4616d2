/// Kernels for changing the size of pictures.
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
