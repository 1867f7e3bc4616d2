import Foundation
import Tensors
import Testing

/// The double functions behind tables and losses.
@Suite struct ScalarMathTests {
  /// Angles of any size: far beyond what two parts of pi / 2 hold, next to multiples of it, and
  /// those that are none.
  @Test(arguments: [
    0x1.92p20, 1e9, -1e22, 1.8e38, 0x1.6ac5b262ca1ffp849, -Double.greatestFiniteMagnitude,
    3.1415926535897931e15, 0x1p63, 0x1p64 * 1.5,
  ])
  func anglesOfAnySize(_ x: Double) {
    let (sine, cosine) = ScalarMath.sinCos(x)
    #expect(abs(sine - Foundation.sin(x)) <= 0x1p-52)
    #expect(abs(cosine - Foundation.cos(x)) <= 0x1p-52)
    for x in [x * .infinity, .nan] {
      let (sine, cosine) = ScalarMath.sinCos(x)
      #expect(sine.isNaN && cosine.isNaN)
    }
  }

  /// The double functions behind tables and losses, against the C library.
  @Test func scalarFunctions() {
    for i in -4000...4000 {
      let x = Double(i) * 0.173 + 0.01
      #expect(abs(ScalarMath.exp(x) / Foundation.exp(x) - 1) < 1e-14)
      let (sine, cosine) = ScalarMath.sinCos(x)
      #expect(abs(sine - Foundation.sin(x)) < 1e-14)
      #expect(abs(cosine - Foundation.cos(x)) < 1e-14)
      if x > 0 {
        #expect(abs(ScalarMath.log(x) - Foundation.log(x)) < 1e-15 * (1 + abs(Foundation.log(x))))
        #expect(abs(ScalarMath.power(x, 0.3) / Foundation.pow(x, 0.3) - 1) < 1e-14)
      }
    }
    #expect(ScalarMath.log(0) == -.infinity && ScalarMath.log(-1).isNaN)
    #expect(ScalarMath.log(.infinity) == .infinity && ScalarMath.log(.leastNonzeroMagnitude) < -744)
    #expect(ScalarMath.exp(.nan).isNaN && ScalarMath.exp(710) == .infinity)
    #expect(ScalarMath.exp(-800) == 0)
  }
}
