import Layers
import Tensors

/// What the text stream is asked to predict beside the video (docs/mini-scale.md).
///
/// In a pure video diffusion model the text rows of the last block get no gradient, and at mini
/// scale the others hardly look at the video. A text loss makes the denoiser a joint one: some
/// words are masked, and the final text stream must say which they were.
public enum TextObjective: String, Sendable, CaseIterable {
  /// The published objective: the video alone.
  case none
  /// Masked words are predicted at their own place.
  case masked
  /// Masked words are predicted at their own place and by the row before them.
  case maskedAndPreceding = "masked-and-preceding"
}

/// How training timesteps are drawn.
public enum TimestepSampling: String, Sendable, CaseIterable {
  case uniform
  /// Density falling with the timestep (u^1.5): more steps at which objects can be seen.
  case low
}

/// One training sample of the diffusion model.
public struct DiffusionSample: Sendable {
  /// `[1, frames, channels, height, width]`, scaled by the VAE's factor
  public let latents: Tensor
  /// Token ids, ending in the end-of-text id.
  public let ids: [Int]
  /// Places of the tokens of each phrase that carries meaning; a phrase is masked as a whole.
  public let maskable: [[Int]]

  public init(latents: Tensor, ids: [Int], maskable: [[Int]]) {
    self.latents = latents
    self.ids = ids
    self.maskable = maskable
  }
}

/// Trains the transformer and its text encoder together on v-prediction.
public struct DiffusionTraining: Sendable {
  public var plan: TrainingPlan
  public var learningRate: Float
  public var weightDecay: Float
  public var textObjective: TextObjective
  public var textWeight: Float
  /// Share of the maskable phrases that are masked, in the samples that are masked at all; one at
  /// least.
  public var maskShare: Float
  /// Share of samples with masked words; the others show the whole text.
  public var maskedSamples: Float
  public var timestepSampling: TimestepSampling
  public var key: StreamKey
  /// Id that stands for a masked word.
  public var maskId: Int

  public init(
    plan: TrainingPlan, learningRate: Float, weightDecay: Float = 0.01,
    textObjective: TextObjective = .none, textWeight: Float = 1, maskShare: Float = 0.4,
    maskedSamples: Float = 0.8,
    timestepSampling: TimestepSampling = .uniform, maskId: Int, key: StreamKey
  ) {
    self.plan = plan
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    self.textObjective = textObjective
    self.textWeight = textWeight
    self.maskShare = maskShare
    self.maskedSamples = maskedSamples
    self.timestepSampling = timestepSampling
    self.maskId = maskId
    self.key = key
  }

  /// - Parameter sample: a fresh sample for each position of the run (text dropout included)
  /// - Returns: video loss and text loss by step.
  public func run(
    _ transformer: CogVideoXTransformer, _ encoder: T5Encoder, schedule: NoiseSchedule,
    rotary: RotaryPositions?, checkpoint: () throws -> Void = {},
    progress: (Int, [Double]) -> Void = { _, _ in },
    sample: @escaping @Sendable (_ position: Int) throws -> DiffusionSample
  ) throws -> [[Double]] {
    let heads = try TextHeads(
      width: transformer.configuration.width, vocabulary: encoder.configuration.vocabulary,
      key: key.child("text-heads"))
    let trained =
      transformer.store.train { _ in true } + encoder.store.train { _ in true }
      + (textObjective == .none ? [] : heads.store.parameters)
    defer {
      transformer.store.freeze()
      encoder.store.freeze()
    }
    let optimiser = AdamW(
      [
        ParameterGroup(
          name: "vdm", parameters: trained, learningRate: learningRate, weightDecay: weightDecay)
      ], beta2: 0.95)
    let batch = plan.batch
    return try TrainingLoop.run(plan, optimiser, checkpoint: checkpoint, progress: progress) {
      step, index, share, sink in
      let position = step * batch + index
      let sample = try sample(position)
      var stream = RandomStream(key.child("draws", position))
      let timestep = drawTimestep(&stream, of: schedule.trainSteps)
      let masked = textObjective == .none ? [] : drawMask(sample.maskable, &stream)
      var ids = sample.ids
      for place in masked { ids[place] = maskId }

      let noise = Tensor.normal(sample.latents.shape, key: key.child("noise", position))
      let level = schedule.level(timestep)
      let output = transformer(
        DDIM.noised(sample.latents, noise: noise, level: level), text: encoder(ids),
        timesteps: [Float(timestep)], rotary: rotary)
      let target = DDIM.velocity(sample.latents, noise: noise, level: level)
      let videoLoss = (output.sample - target).squared().mean()
      var loss = videoLoss
      var textValue = 0.0
      if !masked.isEmpty {
        let textLoss = heads.loss(
          output.text, masked: masked, ids: sample.ids, objective: textObjective)
        textValue = Double(textLoss.scalar)
        loss = loss + textLoss * textWeight
      }
      sink.backward(from: loss, seed: share)
      return [Double(videoLoss.scalar), textValue]
    }
  }

  private func drawTimestep(_ stream: inout RandomStream, of steps: Int) -> Int {
    let u = stream.uniform()
    switch timestepSampling {
    case .uniform: return min(steps - 1, Int(u * Float(steps)))
    case .low: return min(steps - 1, Int(u * u.squareRoot() * Float(steps)))
    }
  }

  /// Places to mask, ascending.
  private func drawMask(_ phrases: [[Int]], _ stream: inout RandomStream) -> [Int] {
    guard stream.uniform() < maskedSamples, !phrases.isEmpty else { return [] }
    let always = stream.integer(below: phrases.count)
    return phrases.indices.filter { stream.uniform() < maskShare || $0 == always }
      .flatMap { phrases[$0] }.sorted()
  }
}

/// Linear readouts of the text stream, used in training only.
private struct TextHeads {
  let store: ParameterStore
  private let own: Linear
  private let preceding: Linear

  init(width: Int, vocabulary: Int, key: StreamKey) throws {
    store = ParameterStore(.random(key))
    own = try Linear(store.root["own"], width, vocabulary)
    preceding = try Linear(store.root["preceding"], width, vocabulary)
  }

  /// - Parameter text: `[1, textTokens, width]`
  func loss(_ text: Tensor, masked: [Int], ids: [Int], objective: TextObjective) -> Tensor {
    let rows = text.reshaped([text.shape[1], text.shape[2]]).layerNorm(epsilon: 1e-5)
    let here = own(rows.rows(masked)).crossEntropy(targets: masked.map { ids[$0] })
    let later = masked.filter { $0 > 0 }
    guard objective == .maskedAndPreceding, !later.isEmpty else { return here }
    let before = preceding(rows.rows(later.map { $0 - 1 }))
    return here + before.crossEntropy(targets: later.map { ids[$0] })
  }
}
