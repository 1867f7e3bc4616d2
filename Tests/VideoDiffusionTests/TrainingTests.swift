import Layers
import Ranks
import Tensors
import Testing
import Training
import VideoDiffusion

/// The trainings of the diffusion model on tiny random models.
@Suite struct DiffusionTrainingTests {
  private static let key = StreamKey(seed: 12, command: "diffusion-training")
  private static let plan = TrainingPlan(steps: 6, batch: 3, schedule: .constant)

  private func transformer() throws -> CogVideoXTransformer {
    var configuration = CogVideoXConfiguration()
    (configuration.heads, configuration.headDim, configuration.layers) = (2, 16, 2)
    (configuration.inChannels, configuration.outChannels) = (2, 2)
    (configuration.textEmbedDim, configuration.timeEmbedDim) = (6, 8)
    let model = try CogVideoXTransformer(
      configuration, source: .random(Self.key.child("transformer")))
    model.openGates()
    model.store.freeze()
    return model
  }

  private func encoder() throws -> T5Encoder {
    var configuration = T5Configuration()
    (configuration.vocabulary, configuration.width, configuration.headDim) = (12, 6, 3)
    (configuration.feedForward, configuration.layers, configuration.heads) = (8, 1, 2)
    let model = try T5Encoder(configuration, source: .random(Self.key.child("encoder")))
    model.store.freeze()
    return model
  }

  private func vae() throws -> CausalVAE {
    var configuration = VAEConfiguration()
    (configuration.blockChannels, configuration.normGroups) = ([4, 8], 2)
    (configuration.latentChannels, configuration.layersPerBlock) = (2, 1)
    configuration.temporalLevels = 1
    let model = try CausalVAE(configuration, source: .random(Self.key.child("vae")))
    model.store.freeze()
    return model
  }

  private static func bits(_ store: ParameterStore) -> [[UInt32]] {
    store.parameters.map { $0.data.values.map(\.bitPattern) }
  }

  /// - Parameter grounding: weight of the loss on where words look
  private func train(
    _ model: CogVideoXTransformer, _ text: T5Encoder, grounding: Float, plan: TrainingPlan = plan
  ) throws -> [[Double]] {
    let rotary = RotaryPositions(frames: 2, height: 2, width: 3, headDim: 16)
    let training = DiffusionTraining(
      plan: plan, learningRate: 0.01, groundingWeight: grounding, key: Self.key)
    return try training.run(model, text, schedule: NoiseSchedule(), rotary: rotary) { position in
      // One clip: what is learned is seen soon.
      DiffusionSample(
        latents: .normal([1, 2, 2, 4, 6], key: Self.key.child("clip")) * 0.2,
        ids: [3, 7, 1],
        grounded: position % 2 == 0
          ? [GroundedWord(token: 1, area: [1] + [Float](repeating: 0, count: 11))] : [])
    }
  }

  @Test func bothModelsLearnAndAreFrozenAfterwards() throws {
    let (model, text) = (try transformer(), try encoder())
    let before = (Self.bits(model.store), Self.bits(text.store))
    let history = try train(
      model, text, grounding: 1, plan: TrainingPlan(steps: 40, batch: 4, schedule: .constant))
    func mean(_ steps: Range<Int>, _ column: Int) -> Double {
      steps.reduce(0) { $0 + history[$1][column] } / Double(steps.count)
    }
    for column in 0..<2 {
      #expect(mean(30..<40, column) < mean(0..<10, column), "\(DiffusionTraining.measures[column])")
    }
    #expect(Self.bits(model.store) != before.0 && Self.bits(text.store) != before.1)
    #expect((model.store.parameters + text.store.parameters).allSatisfy { !$0.isTrainable })
  }

  @Test func withoutGroundingNothingIsMeasuredOfIt() throws {
    let history = try train(try transformer(), try encoder(), grounding: 0)
    #expect(history.count == 6 && history.allSatisfy { $0[0] > 0 && $0[1] == 0 })
  }

  @Test func sameBitsOnAnyNumberOfThreads() throws {
    let results = try [1, 2, 7].map { threads in
      try Workers.using(threads) {
        let (model, text) = (try transformer(), try encoder())
        let history = try train(model, text, grounding: 0.5)
        return (history, Self.bits(model.store), Self.bits(text.store))
      }
    }
    for result in results.dropFirst() {
      #expect(result.0 == results[0].0)
      #expect(result.1 == results[0].1 && result.2 == results[0].2)
    }
  }

  @Test func theAutoencoderLearns() throws {
    let model = try vae()
    let training = VAETraining(
      plan: TrainingPlan(steps: 30, batch: 2, schedule: .constant), learningRate: 0.01,
      key: Self.key)
    let clips = (0..<2).map {
      Tensor.normal([1, 3, 5, 4, 4], key: Self.key.child("video", $0)) * 0.3
    }
    let history = try training.run(model, clips: 2) { clips[$0] }
    #expect(history[29][0] < 0.9 * history[0][0])
    #expect(history.allSatisfy { $0[1] >= 0 })
    #expect(model.store.parameters.allSatisfy { !$0.isTrainable })
  }

  /// The factor brings the mean square of the latents to 1.
  @Test func theScalingFactorGivesUnitVariance() throws {
    let model = try vae()
    let clips = (0..<3).map { Tensor.normal([1, 3, 5, 4, 4], key: Self.key.child("unit", $0)) }
    let factor = Double(try VAETraining.scalingFactor(model, clips: clips))
    let values = clips.flatMap { model.encode($0).mean.values }
    let power = values.reduce(0) { $0 + Double($1) * Double($1) } / Double(values.count)
    #expect(abs(factor * factor * power - 1) < 1e-4)
  }
}
