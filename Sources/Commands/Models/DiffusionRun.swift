import Experiments
import Layers
import MiniWorld
import MotionEnhancer
import Ranks
import ScriptInterpreter
import Tensors
import Tokenizers
import Training
import Video
import VideoDiffusion

/// One training of the diffusion transformer, as `train_vdm` was asked for it.
struct DiffusionRun: Sendable {
  private let data: DatasetHandle
  private let plan: TrainingPlan
  private let learningRate: Float
  private let sampling: TimestepSampling
  private let shares: [Float]
  private let dropout: Float
  private let grounding: Float
  private let key: StreamKey

  init(_ context: CommandContext) throws {
    let arguments = context.arguments
    data = try arguments.handle("data")
    plan = try TrainingCommands.plan(context, warmup: 0.03, floor: 0.03)
    learningRate = Float(try arguments.float("learning_rate"))
    sampling = try arguments.choice("timesteps")
    shares = try arguments.floats("texts").map { Float($0) }
    guard shares.count == SceneTextKind.allCases.count else {
      throw arguments.failure("texts", "needs four proportions, got \(shares.count)")
    }
    guard shares.contains(where: { $0 > 0 }) else {
      throw arguments.failure("texts", "has no proportion above 0")
    }
    dropout = Float(try arguments.float("text_dropout"))
    grounding = Float(try arguments.float("grounding"))
    key = StreamKey(seed: context.seed, command: "train_vdm")
  }

  func train(_ bundle: DiffusionBundle, _ workspace: Workspace) throws -> DiffusionBundle {
    let model = try bundle.model.instantiate()
    let latents = data.prepared(bytes: { $0.count * 4 }, { bundle.latents(of: $0) })
    let shape = try latents[0].shape
    let areas = grounding > 0 ? visibleAreas(model.tokenGrid(of: shape)) : nil
    let meter = LossMeter(
      workspace, "training the diffusion model", plan.steps, DiffusionTraining.measures)
    let training = DiffusionTraining(
      plan: plan, learningRate: learningRate, timestepSampling: sampling,
      groundingWeight: grounding, key: key)
    _ = try training.run(
      model.transformer, model.textEncoder, schedule: model.schedule,
      rotary: model.rotary(for: shape), checkpoint: { try checkCancellation() },
      progress: meter.step,
      sample: { try sample($0, latents, areas, model) })
    meter.end()
    return DiffusionBundle(
      model, scalingFactor: bundle.scalingFactor, tokenizer: bundle.tokenizer)
  }

  /// Where every object of a clip is, on the token grid, summing to 1; empty for an object that
  /// cannot be seen: `[objects][visionTokens]`.
  private func visibleAreas(_ grid: TokenGrid) -> ClipSequence<[[Float]]> {
    let maps = GroundTruthMaps(data.scenes.specification, grid: grid)
    return ClipSequence(count: data.count) { [data] index in
      let truth = try data.scenes.truth(at: index)
      return truth.scene.objects.indices.map { object in
        let map = maps.map(truth, object: object)
        let total = map.reduce(0, +)
        return total > 0 ? map.map { $0 / total } : []
      }
    }.remembered { $0.reduce(0) { $0 + 4 * $1.count } }
  }

  /// A clip with one of its texts, or without any.
  private func sample(
    _ position: Int, _ latents: ClipSequence<Tensor>, _ areas: ClipSequence<[[Float]]>?,
    _ model: VideoDiffusionModel
  ) throws -> DiffusionSample {
    var stream = RandomStream(key.child("sample", position))
    let index = stream.integer(below: latents.count)
    let kind = pick(&stream)
    guard stream.uniform() >= dropout else {
      return DiffusionSample(latents: try latents[index], ids: model.tokens("").ids)
    }
    let text = try data.scenes.trainingText(at: index, kind: kind, stream: &stream)
    let encoding = model.tokens(text.text)
    return DiffusionSample(
      latents: try latents[index], ids: encoding.ids,
      grounded: try areas.map { grounded(text.mentions, encoding, try $0[index]) } ?? [])
  }

  /// The words that speak of an object which can be seen, with its area.
  private func grounded(
    _ mentions: [SceneMention], _ encoding: Encoding, _ areas: [[Float]]
  ) -> [GroundedWord] {
    mentions.flatMap { mention -> [GroundedWord] in
      guard let object = mention.objectIndex, !areas[object].isEmpty else { return [] }
      return encoding.spans.indices.filter { encoding.spans[$0].overlaps(mention.span) }
        .map { GroundedWord(token: $0, area: areas[object]) }
    }
  }

  private func pick(_ stream: inout RandomStream) -> SceneTextKind {
    var rest = stream.uniform() * shares.reduce(0, +)
    for (kind, share) in zip(SceneTextKind.allCases, shares) {
      if rest < share { return kind }
      rest -= share
    }
    return .question
  }
}
