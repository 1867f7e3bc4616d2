import Experiments
import Layers
import MotionAlignment
import Ranks
import ScriptInterpreter
import Tensors
import Tokenizers
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
    sampling = TimestepSampling(rawValue: try arguments.string("timesteps")) ?? .uniform
    shares = try arguments.floats("texts").map { Float($0) }
    guard shares.count == SceneTextKind.allCases.count else {
      throw arguments.failure("texts", "needs four shares, not \(shares.count)")
    }
    guard shares.contains(where: { $0 > 0 }) else {
      throw arguments.failure("texts", "has no share above 0")
    }
    dropout = Float(try arguments.float("text_dropout"))
    grounding = Float(try arguments.float("grounding"))
    key = StreamKey(seed: context.seed, command: "train_vdm")
  }

  func train(_ bundle: DiffusionBundle, _ workspace: Workspace) throws -> DiffusionBundle {
    let model = try bundle.model.instantiate()
    let latents = try TrainingCommands.loadAll(data, workspace, "encoding") {
      bundle.latents(of: $0)
    }
    let grid = TokenGrid(of: latents[0].shape, in: model)
    let areas = grounding > 0 ? try visibleAreas(grid, workspace) : []
    let meter = LossMeter(
      workspace, "training the diffusion model", plan.steps, DiffusionTraining.measures)
    let training = DiffusionTraining(
      plan: plan, learningRate: learningRate, timestepSampling: sampling,
      groundingWeight: grounding, key: key)
    _ = try training.run(
      model.transformer, model.textEncoder, schedule: model.schedule,
      rotary: model.rotary(for: latents[0].shape), checkpoint: { try checkCancellation() },
      progress: meter.step,
      sample: { try sample($0, latents, areas, model) })
    meter.end()
    return DiffusionBundle(
      model, scalingFactor: bundle.scalingFactor, tokenizer: bundle.tokenizer)
  }

  /// Where every object of every clip is, on the token grid, summing to 1; empty for an object that
  /// cannot be seen: `[clips][objects][visionTokens]`.
  private func visibleAreas(_ grid: TokenGrid, _ workspace: Workspace) throws -> [[[Float]]] {
    let maps = GroundTruthMaps(data, grid: grid)
    let step = workspace.progress.begin(
      "finding the objects of \(data.split)", total: data.count, unit: "clips")
    defer { step.end() }
    return try Workers.map(data.count) { index in
      try checkCancellation()
      defer { step.advance() }
      let truth = try data.scenes.truth(at: index)
      return truth.scene.objects.indices.map { object in
        let map = maps.map(truth, object: object)
        let total = map.reduce(0, +)
        return total > 0 ? map.map { $0 / total } : []
      }
    }
  }

  /// A clip with one of its texts, or without any.
  private func sample(
    _ position: Int, _ latents: [Tensor], _ areas: [[[Float]]], _ model: VideoDiffusionModel
  ) throws -> DiffusionSample {
    var stream = RandomStream(key.child("sample", position))
    let index = stream.integer(below: latents.count)
    let kind = pick(&stream)
    guard stream.uniform() >= dropout else {
      return DiffusionSample(latents: latents[index], ids: model.tokens("").ids)
    }
    let text = try data.scenes.trainingText(at: index, kind: kind, stream: &stream)
    let encoding = model.tokens(text.text)
    return DiffusionSample(
      latents: latents[index], ids: encoding.ids,
      grounded: areas.isEmpty ? [] : grounded(text.mentions, encoding, areas[index]))
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
