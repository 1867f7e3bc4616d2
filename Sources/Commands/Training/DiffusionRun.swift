import Experiments
import Layers
import MotionAlignment
import ScriptInterpreter
import Tensors
import Video
import VideoDiffusion

/// One training of the diffusion transformer, as `train_vdm` was asked for it.
struct DiffusionRun: Sendable {
  private let data: DatasetHandle
  private let plan: TrainingPlan
  private let learningRate: Float
  private let objective: TextObjective
  private let textWeight: Float
  private let sampling: TimestepSampling
  private let shares: [Float]
  private let dropout: Float
  private let key: StreamKey

  init(_ context: CommandContext) throws {
    let arguments = context.arguments
    data = try arguments.handle("data")
    plan = try TrainingCommands.plan(context, warmup: 0.03, floor: 0.03)
    learningRate = Float(try arguments.float("learning_rate"))
    objective = TextObjective(rawValue: try arguments.string("text_loss")) ?? .none
    textWeight = Float(try arguments.float("text_weight"))
    sampling = TimestepSampling(rawValue: try arguments.string("timesteps")) ?? .uniform
    shares = try arguments.floats("texts").map { Float($0) }
    guard shares.count == SceneTextKind.allCases.count, shares.reduce(0, +) > 0 else {
      throw arguments.failure("texts", "needs four shares, not \(shares.count)")
    }
    dropout = Float(try arguments.float("text_dropout"))
    key = StreamKey(seed: context.workspace.seed, command: "train_vdm")
  }

  func train(_ bundle: DiffusionBundle, _ workspace: Workspace) throws -> DiffusionBundle {
    let model = bundle.model
    let factor = bundle.scalingFactor
    let latents = try TrainingCommands.loadAll(data, workspace, "encoding") { clip in
      withoutGradients {
        model.vae.encode(model.video(clip)).mean.permuted([0, 2, 1, 3, 4]) * factor
      }
    }
    let meter = LossMeter(workspace, "training the diffusion model", plan.steps, ["video", "text"])
    let training = DiffusionTraining(
      plan: plan, learningRate: learningRate, textObjective: objective, textWeight: textWeight,
      timestepSampling: sampling, maskId: model.tokenizer.id(of: "<unk>") ?? 2, key: key)
    _ = try training.run(
      model.transformer, model.textEncoder, schedule: model.schedule,
      rotary: model.rotary(for: latents[0].shape), checkpoint: { try checkCancellation() },
      progress: meter.step,
      sample: { try sample($0, latents, model) })
    meter.end()
    return bundle
  }

  /// A clip with one of its texts, or without any.
  private func sample(
    _ position: Int, _ latents: [Tensor], _ model: VideoDiffusionModel
  ) throws -> DiffusionSample {
    var stream = RandomStream(key.child("sample", position))
    let index = stream.integer(below: latents.count)
    let kind = pick(&stream)
    guard stream.uniform() >= dropout else {
      let empty = model.tokens("")
      return DiffusionSample(latents: latents[index], ids: empty.ids, maskable: [])
    }
    let text = try data.scenes.trainingText(at: index, kind: kind, stream: &stream)
    let encoding = model.tokens(text.text)
    return DiffusionSample(
      latents: latents[index], ids: encoding.ids,
      maskable: text.mentions.filter { kind != .question || $0.role == .answer }.map { mention in
        encoding.spans.indices.filter { encoding.spans[$0].overlaps(mention.span) }
      }.filter { !$0.isEmpty })
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
