import Foundation
import Tensors
import Testing

/// The claimed errors of the elementary functions, over a dense sample of all floats.
@Suite struct VectorMathTests {
  typealias Lanes = VectorMath.Lanes

  /// The distance in units in the last place of the exact result; infinite where one is NaN or
  /// infinite and the other is not.
  private static func error(_ got: Float, _ exact: Double) -> Double {
    if got.bitPattern == Float(exact).bitPattern || (got.isNaN && exact.isNaN) { return 0 }
    guard got.isFinite && Float(exact).isFinite else { return .infinity }
    let unit = max(Double(Float(exact).ulp), Double(Float.leastNonzeroMagnitude))
    return abs(Double(got) - exact) / unit
  }

  /// The largest error for |x| <= limit on every 1,009th float.
  private static func largestError(
    upTo limit: Float, _ f: (Lanes) -> Lanes, _ exact: (Double) -> Double
  ) -> (error: Double, at: Float) {
    var worst = (error: 0.0, at: Float(0))
    for start in stride(from: UInt32(0), through: limit.bitPattern, by: 4 * 1009) {
      var x = Lanes()
      for i in 0..<4 {
        x[2 * i] = Float(bitPattern: min(limit.bitPattern, start + UInt32(i) * 1009))
        x[2 * i + 1] = -x[2 * i]
      }
      let y = f(x)
      for i in 0..<8 {
        let error = error(y[i], exact(Double(x[i])))
        if !(error <= worst.error) { worst = (error, x[i]) }
      }
    }
    return worst
  }

  @Test func exponential() {
    let worst = Self.largestError(upTo: .infinity, VectorMath.exp, Foundation.exp)
    #expect(worst.error <= 1, "at \(worst.at)")
  }

  @Test func hyperbolicTangent() {
    let worst = Self.largestError(upTo: .infinity, VectorMath.tanh, Foundation.tanh)
    #expect(worst.error <= 2.6, "at \(worst.at)")
  }

  @Test func errorFunction() {
    let worst = Self.largestError(upTo: .infinity, VectorMath.erf, Foundation.erf)
    #expect(worst.error <= 1, "at \(worst.at)")
  }

  @Test(arguments: [(Float(100_000), 1.6), (4_000_000, 5)])
  func sineAndCosine(_ limit: Float, _ error: Double) {
    let sine = Self.largestError(upTo: limit, { VectorMath.sinCos($0).sin }, Foundation.sin)
    #expect(sine.error <= error, "at \(sine.at)")
    let cosine = Self.largestError(upTo: limit, { VectorMath.sinCos($0).cos }, Foundation.cos)
    #expect(cosine.error <= error, "at \(cosine.at)")
  }

  @Test func sineBeyondItsRangeIsNotANumber() {
    for x: Float in [4_000_001, -1e30, .infinity, .nan] {
      let y = VectorMath.sinCos(Lanes(repeating: x))
      #expect(y.sin[0].isNaN && y.cos[0].isNaN)
    }
  }

  @Test func missingNumbersPass() {
    let nan = Lanes(repeating: .nan)
    #expect(VectorMath.exp(nan)[0].isNaN)
    #expect(VectorMath.tanh(nan)[0].isNaN)
    #expect(VectorMath.erf(nan)[0].isNaN)
  }

  @Test func zerosKeepTheirSign() {
    let zero = Lanes(repeating: -0.0)
    for y in [VectorMath.tanh(zero), VectorMath.erf(zero), VectorMath.sinCos(zero).sin] {
      #expect(y[0] == 0 && y[0].sign == .minus)
    }
    #expect(VectorMath.exp(zero)[0] == 1)
  }

  @Test func loopsOfEveryLength() {
    for count in 0...40 {
      let x = draw([count], 1)
      let y = draw([count], 2)
      let sum = (0..<count).reduce(0.0) { $0 + Double(x.pointer[$1]) }
      let dot = (0..<count).reduce(0.0) { $0 + Double(x.pointer[$1]) * Double(y.pointer[$1]) }
      #expect(abs(Double(VectorMath.sum(x.pointer, count)) - sum) < 1e-5)
      #expect(abs(Double(VectorMath.dot(x.pointer, y.pointer, count)) - dot) < 1e-5)
      let squares = VectorMath.sum(x.pointer, y.pointer, count) { $0 * $1 }
      #expect(abs(Double(squares) - dot) < 1e-5)
      #expect(VectorMath.maximum(x.pointer, count) == x.values.max() ?? -.infinity)
      let product = Tensor(shape: [count]) {
        VectorMath.map(x.pointer, y.pointer, x.pointer, $0, count) { $0 * $1 + $2 }
      }
      #expect(product.values == zip(x.values, y.values).map { $0 * $1 + $0 })
      // In place, where the last vector overlaps the one before.
      let doubled = Tensor(shape: [count]) { out in
        out.update(from: x.pointer, count: count)
        VectorMath.scale(out, 2, count)
        VectorMath.accumulate(out, y.pointer, count)
        VectorMath.accumulate(out, y.pointer, times: -1, count)
      }
      for (a, b) in zip(doubled.values, x.values) { #expect(abs(a - 2 * b) < 1e-5) }
    }
  }

  /// Angles of any size: far beyond what two parts of pi / 2 hold, next to multiples of it, and those
  /// that are none.
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
