import Experiments
import Layers
import MiniWorld
import MotionEnhancer
import ScriptInterpreter
import Tensors
import Training
import Video
import VisionLanguage

/// Pretraining of the vision-language model, in its two stages.
struct StudentRun: Sendable {
  let plan: TrainingPlan
  let learningRate: Float
  let key: StreamKey

  /// The tower learns what single cells show.
  func trainVision(
    _ student: StudentModel, _ data: DatasetHandle, _ workspace: Workspace
  ) throws -> StudentModel {
    let videos = data.prepared(
      bytes: { $0.patches.count * 4 }, { try student.vision($0) })
    let specification = workspace.world
    let reader = student.architecture
    let labeller = CellLabeller(
      frames: FrameSampling.uniform(reader.frameCount, of: specification.frame.frames),
      temporalPatch: reader.framesPerStep, patch: reader.tokenSide)
    let labels = ClipSequence(count: data.count) {
      labeller.labels(try data.scenes.truth(at: $0))
    }.remembered { 8 * ($0.colours.count * 2 + $0.changes.count) }
    let model = try student.instantiate()
    let meter = LossMeter(
      workspace, "training the vision tower", plan.steps, ["colour", "shape", "change", "camera"])
    try VisionPretraining(
      plan: plan, learningRate: learningRate, colours: specification.colours.count,
      shapes: SceneShape.allCases.count, cameras: CameraMove.allCases.count, key: key
    ).run(
      model, samples: videos.count, checkpoint: { try checkCancellation() }, progress: meter.step,
      sample: { (try videos[$0], try labels[$0]) })
    meter.end()
    return student.with(model.store.entries)
  }

  /// The language model learns to answer about single movers; the tower stays as it is.
  func trainDecoder(
    _ student: StudentModel, _ data: DatasetHandle, _ workspace: Workspace
  ) throws -> StudentModel {
    let model = try student.instantiate()
    let clips = data.prepared(
      bytes: { 4 * ($0.video.patches.count + $0.features.count) },
      { clip in
        let video = try student.vision(clip)
        return (video: video, features: try withoutGradients { try model.visionFeatures(video) })
      })
    let run = TrainingRun(
      plan,
      [
        ParameterGroup(
          name: "decoder", parameters: model.parameters(of: [.decoder]),
          learningRate: learningRate, weightDecay: 0.05)
      ])
    let meter = LossMeter(workspace, "training the language model", plan.steps, ["loss"])
    let key = key
    let objective: @Sendable (Int) throws -> SampleLoss = { position in
      var stream = RandomStream(key.child("sample", position))
      let chosen = stream.integer(below: clips.count)
      let text = try data.scenes.trainingText(at: chosen, kind: .question, stream: &stream)
      guard let question = text.question else { return SampleLoss(nil, measured: [0]) }
      let clip = try clips[chosen]
      let sample = try student.sample(
        clip.video, prompt: question.prompt, answer: question.answer)
      return SampleLoss(
        try model.forward(sample.input, features: clip.features, labels: sample.labels).loss)
    }
    try run.run(
      checkpoint: { try checkCancellation() }, progress: meter.step, objective: objective)
    meter.end()
    return student.with(model.store.entries)
  }
}
