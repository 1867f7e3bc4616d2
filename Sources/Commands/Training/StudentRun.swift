import Experiments
import Layers
import MotionAlignment
import Ranks
import ScriptInterpreter
import Tensors
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
    let videos = try TrainingCommands.loadAll(data, workspace, "decoding") { student.vision($0) }
    let specification = workspace.world
    let labeller = CellLabeller(
      frames: FrameSampling.uniform(student.frameCount, of: specification.frame.frames),
      temporalPatch: student.configuration.vision.temporalPatch,
      patch: student.configuration.vision.patch)
    let labels = try Workers.map(data.count) { labeller.labels(try data.scenes.truth(at: $0)) }
    let model = try student.model()
    let meter = LossMeter(
      workspace, "training the vision tower", plan.steps, ["colour", "shape", "change", "camera"])
    try VisionPretraining(
      plan: plan, learningRate: learningRate, colours: specification.colours.count,
      shapes: SceneShape.allCases.count, cameras: CameraMove.allCases.count, key: key
    ).run(
      model, samples: videos.count, checkpoint: { try checkCancellation() }, progress: meter.step,
      sample: { (videos[$0], labels[$0]) })
    meter.end()
    return student.with(model.store.entries)
  }

  /// The language model learns to answer about single movers; the tower stays as it is.
  func trainDecoder(
    _ student: StudentModel, _ data: DatasetHandle, _ workspace: Workspace
  ) throws -> StudentModel {
    let model = try student.model()
    let clips = try TrainingCommands.loadAll(data, workspace, "encoding") { clip in
      let video = student.vision(clip)
      return (video, try withoutGradients { try model.visionFeatures(video) })
    }
    let trained = model.store.train { !$0.contains("visual.") }
    let optimiser = AdamW([
      ParameterGroup(
        name: "decoder", parameters: trained, learningRate: learningRate, weightDecay: 0.05)
    ])
    let meter = LossMeter(workspace, "training the language model", plan.steps, ["loss"])
    let (key, batch) = (key, plan.batch)
    let answer: @Sendable (Int, Int, Float, Gradients) throws -> [Double] = {
      step, index, share, sink in
      var stream = RandomStream(key.child("sample", step * batch + index))
      let chosen = stream.integer(below: clips.count)
      let text = try data.scenes.trainingText(at: chosen, kind: .question, stream: &stream)
      guard let question = text.question else { return [0] }
      let sample = try student.sample(
        clips[chosen].0, prompt: question.prompt, answer: question.answer)
      let (loss, _) = try model.forward(
        sample.input, features: clips[chosen].1, labels: sample.labels)
      sink.backward(from: loss, seed: share)
      return [Double(loss.scalar)]
    }
    try TrainingLoop.run(
      plan, optimiser, checkpoint: { try checkCancellation() }, progress: meter.step,
      sample: answer)
    meter.end()
    model.store.freeze()
    return student.with(model.store.entries)
  }
}
