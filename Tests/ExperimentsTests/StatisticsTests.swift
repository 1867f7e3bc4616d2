import Experiments
import Testing

private func close(_ a: Double, _ b: Double, _ relative: Double = 1e-12) -> Bool {
  (a - b).magnitude <= relative * max(b.magnitude, 1e-3)
}

/// Constants computed with scipy 1.17.1 (scipy.special.betainc, scipy.stats.t).
@Suite struct StatisticsTests {
  @Test(arguments: [
    (1, 1, 0.3, 0.36901011956554536), (4, 6, 0.4, 0.5247999999999999),
    (10, 1, 0.9, 0.3166429150200122), (100, 1, 0.99, 0.3173043978741973),
    (1, 20, 0.001, 0.11110329087513963),
  ])
  func incompleteBeta(_ p: Int, _ q: Int, _ x: Double, _ expected: Double) {
    #expect(close(IncompleteBeta.regularized(x, twiceA: p, twiceB: q), expected))
  }

  @Test func incompleteBetaEnds() {
    #expect(IncompleteBeta.regularized(0, twiceA: 3, twiceB: 1) == 0)
    #expect(IncompleteBeta.regularized(1, twiceA: 3, twiceB: 1) == 1)
  }

  @Test(arguments: [
    (0.0, 3, 0.5), (1.5, 4, 0.896), (-2.2, 9, 0.027670286399305823),
    (12.7, 1, 0.9749878361553279),
  ])
  func studentCumulative(_ t: Double, _ freedom: Int, _ expected: Double) {
    #expect(close(StudentT(degreesOfFreedom: freedom).cumulative(t), expected))
  }

  @Test(arguments: [
    (0.975, 1, 12.706204736174694), (0.975, 2, 4.302652729749462),
    (0.975, 4, 2.7764451051977934), (0.975, 9, 2.262157162798205),
    (0.975, 29, 2.045229642132703), (0.995, 3, 5.840909309733355),
    (0.9, 7, 1.4149239276505086), (0.975, 1000, 1.9623390808264083),
    (0.6, 5, 0.2671808657041451), (0.025, 4, -2.7764451051977943),
  ])
  func studentQuantile(_ probability: Double, _ freedom: Int, _ expected: Double) {
    #expect(close(StudentT(degreesOfFreedom: freedom).quantile(probability), expected))
  }

  @Test func sampleMoments() throws {
    let sample = Sample([40.2, 41.7, 39.9, 42.3, 41.0])
    #expect(close(sample.mean, 41.02))
    #expect(close(try #require(sample.standardDeviation), 1.0034938963441675))
    #expect(close(try #require(sample.standardError), 0.4487761134463372))
    let interval = try #require(sample.interval())
    #expect(close(interval.low, 39.77399775649223))
    #expect(close(interval.high, 42.26600224350778))
  }

  @Test func oneValueHasNoSpread() {
    let sample = Sample([3.5])
    #expect(sample.mean == 3.5)
    #expect(sample.standardDeviation == nil && sample.interval() == nil)
  }

  @Test func equalValuesHaveThemselvesAsMean() {
    let sample = Sample([0.1, 0.1, 0.1])
    #expect(sample.mean == 0.1)
    #expect(sample.standardDeviation == 0)
  }

  /// Where sums, differences and squares are no numbers any more, means and deviations still are.
  @Test(arguments: [1e308, 1e200, 1, 1e-200, 1e-310])
  func ofAnySize(_ unit: Double) throws {
    let sample = Sample([1, -1, 0.5].map { $0 * unit })
    #expect(close(sample.mean / unit, 1.0 / 6, 1e-12))
    #expect(close(try #require(sample.standardDeviation) / unit, 1.0408329997330663, 1e-12))
    #expect(Sample([unit, unit, unit]).mean == unit)
    #expect(Sample([unit, unit]).standardDeviation == 0)
    let largest = Double.greatestFiniteMagnitude
    #expect(Sample([largest, largest, largest]).mean == largest)
    let least = Double.leastNonzeroMagnitude
    #expect(Sample([least, 0]).standardDeviation == least)
  }

  @Test func intervalsBeyondNumbersAreRefused() throws {
    #expect(Sample([1e308, -1e308]).halfWidth()?.isFinite == false)
    #expect(throws: StatisticsError.outOfRange(1e308)) {
      try PairedComparison([1e308, 1e308], [-1e308, 1])
    }
    #expect(throws: StatisticsError.self) { try PairedComparison([1.7e308, 1], [-1e307, 1]) }
    #expect("\(StatisticsError.outOfRange(1e308))".contains("1e+308"))
    #expect(try PairedComparison([1e-200, 3e-200], [2e-200, 1e-200]).better() == .inconclusive)
  }

  @Test func pairedDifference() throws {
    let a = [40.2, 41.7, 39.9, 42.3, 41.0]
    let b = [38.9, 40.1, 40.2, 40.0, 39.5]
    let comparison = try PairedComparison(a, b)
    let interval = try #require(comparison.interval)
    #expect(close(interval.low, 0.08774390978724567, 1e-10))
    #expect(close(interval.high, 2.472256090212754, 1e-10))
    #expect(comparison.better() == .supported)
    #expect(comparison.better(margin: 1) == .inconclusive)
    #expect(comparison.better(margin: 3) == .notSupported)
    #expect(try PairedComparison(b, a).better() == .notSupported)
  }

  @Test func verdictsAtTheEdge() throws {
    #expect(try PairedComparison([1, 2, 3], [1, 2, 3]).better() == .notSupported)
    #expect(try PairedComparison([5], [1]).better() == .inconclusive)
    #expect(try PairedComparison([5, 1, 3], [1, 5, 3]).better() == .inconclusive)
  }

  @Test func unusableMeasurementsAreRefused() {
    #expect(throws: StatisticsError.unpaired(2, 1)) { try PairedComparison([1, 2], [1]) }
    #expect(throws: StatisticsError.nonFinite) { try PairedComparison([.nan, 2], [1, 2]) }
  }
}
