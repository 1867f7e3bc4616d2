import Layers
import Ranks
import Tensors
import Testing
import Training

@Suite struct SampleParallelTests {
  private static let weight = Parameter(
    name: "w", .normal([4, 6], key: StreamKey(seed: 5, command: "sample-parallel")))
  private static let unused = Parameter(name: "unused", .zeros([2]))

  private func input(_ sample: Int) -> Tensor {
    .normal([3, 6], key: StreamKey(seed: 6, command: "sample-parallel", index: sample))
  }

  private func gradients(_ count: Int) throws -> (gradients: [Tensor?], measured: [Double]) {
    try SampleParallel.gradients(count: count, parameters: [Self.weight, Self.unused]) {
      samples, sink in
      var loss = 0.0
      for sample in samples {
        let value = input(sample).linear(Self.weight.tensor, nil).silu().squared().sum()
        sink.backward(from: value)
        loss += Double(value.scalar)
      }
      return [loss, Double(samples.count)]
    }
  }

  @Test(arguments: [1, 2, 3, 4, 5, 7, 9])
  func sameBitsOnAnyNumberOfThreads(_ count: Int) throws {
    let results = try [1, 2, 7].map { threads in
      try Workers.using(threads) { try gradients(count) }
    }
    for result in results {
      #expect(result.measured == results[0].measured)
      #expect(result.measured[1] == Double(count))
      #expect(result.gradients[0]?.values == results[0].gradients[0]?.values)
      #expect(result.gradients[1] == nil)
    }
    let whole = Gradients()
    for sample in 0..<count {
      whole.backward(
        from: input(sample).linear(Self.weight.tensor, nil).silu().squared().sum())
    }
    let (found, wanted) = (results[0].gradients[0]!.values, whole[Self.weight]!.values)
    for (x, y) in zip(found, wanted) { #expect(abs(x - y) <= 1e-5 * max(1, abs(y))) }
  }

  @Test func clippingBringsTheNormDown() throws {
    let gradients: [Tensor?] = [Tensor(shape: [2], values: [3, 0]), nil, Tensor(4)]
    #expect(try SampleParallel.globalNorm(gradients) == 5)
    #expect(try abs(SampleParallel.clipFactor(gradients, maximum: 1) - 0.2) <= 1e-6)
    #expect(try SampleParallel.clipFactor(gradients, maximum: 5) == 1)
  }

  @Test func divergenceStopsTraining() throws {
    let plan = TrainingPlan(steps: 3, batch: 2, schedule: .constant)
    let run = TrainingRun(
      plan,
      [ParameterGroup(name: "w", parameters: [Self.unused], learningRate: 1, weightDecay: 0)])
    let error = #expect(throws: DivergedError.self) {
      try run.run { SampleLoss(nil, measured: [$0 / 2 == 1 ? .nan : 1]) }
    }
    #expect(error?.step == 1)
  }
}
