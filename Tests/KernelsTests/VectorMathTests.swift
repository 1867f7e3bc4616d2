import Foundation
import Kernels
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
      let x = (0..<count).map { Float($0 % 7) - 2.5 }
      let y = (0..<count).map { Float($0 % 5) * 0.75 - 1 }
      let sum = x.reduce(0.0) { $0 + Double($1) }
      let dot = zip(x, y).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      #expect(abs(Double(VectorMath.sum(x, count)) - sum) < 1e-5)
      #expect(abs(Double(VectorMath.dot(x, y, count)) - dot) < 1e-5)
      #expect(abs(Double(VectorMath.sum(x, y, count) { $0 * $1 }) - dot) < 1e-5)
      #expect(VectorMath.maximum(x, count) == x.max() ?? -.infinity)
      var product = [Float](repeating: .nan, count: count)
      VectorMath.map(x, y, x, &product, count) { $0 * $1 + $2 }
      #expect(product == zip(x, y).map { $0 * $1 + $0 })
      // In place, where the last vector overlaps the one before.
      var doubled = x
      VectorMath.scale(&doubled, 2, count)
      VectorMath.accumulate(&doubled, y, count)
      VectorMath.accumulate(&doubled, y, times: -1, count)
      for (a, b) in zip(doubled, x) { #expect(abs(a - 2 * b) < 1e-5) }
    }
  }
}
