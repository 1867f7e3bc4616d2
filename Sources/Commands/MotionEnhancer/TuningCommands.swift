import Diagnostics
import Evaluation
import Experiments
import JSON
import Layers
import MotionEnhancer
import Ranks
import ScriptChecker
import ScriptInterpreter
import Tensors
import Video

/// Fine-tuning and scoring.
enum TuningCommands {
  static let all = [finetune, evaluate]

  private static let finetune = HostCommand(
    CommandSignature(
      "finetune", "Supervised fine-tuning with the loss L_AR + lambda L_align.", topic: "alignment",
      positional: [.init("model", .handle("model"))],
      named: [
        .init("data", .handle("dataset")),
        .init(
          "align", .either([.handle("targets"), .none]),
          "alignment targets; none: language loss only",
          default: .nothing),
        .choice("loss", "alignment loss between the maps", default: AlignmentForm.mse),
        .choice("scale", "scaling of both maps before the loss", default: MapScale.rowSum),
        .choice("aligner", "network applied to the student's map", default: AlignerKind.mlp),
        .choice("rows", "text tokens whose attention is aligned", default: AlignedRows.selected),
        .init("lambda", .float, "weight of L_align", default: 1.0, in: .floats(0...1000)),
        .init(
          "samples", .int, "training clips drawn from the data", default: 1000,
          in: .ints(1...100_000)),
        .init("steps", .int, unit: "optimiser steps", default: 400, in: .ints(1...100_000)),
        .init("batch", .int, unit: "samples", default: 16, in: .ints(1...1024)),
        .init(
          "learning_rate", .float, "of the language model and merger", default: 2e-3,
          in: .learningRate),
        .init(
          "vision_rate", .float, "learning rate of the vision tower, relative to learning_rate",
          default: 0.2, in: .floats(0...1)),
        .init("weight_decay", .float, "AdamW weight decay", default: 0.1, in: .floats(0...1)),
        .init("stream", .int, "index of the random stream (repetition)", default: 0, in: .number),
      ], result: .handle("model"), cost: .expensive,
      draws: true, example: "finetune(vlm, data: clips, align: targets, stream: 1)")
  ) { context in
    let arguments = context.arguments
    let source: ModelHandle = try arguments.handle("model")
    let data: DatasetHandle = try arguments.handle("data")
    let targets: TargetsHandle? = try arguments.optional("align") { try arguments.handle($0) }
    let stream = try arguments.int("stream")
    let rate = Float(try arguments.float("learning_rate"))
    let tuning = FineTuning(
      plan: try TrainingCommands.plan(context, warmup: 0.03, floor: 0), learningRate: rate,
      visionLearningRate: rate * Float(try arguments.float("vision_rate")),
      weightDecay: Float(try arguments.float("weight_decay")),
      alignment: AlignmentOptions(
        form: try arguments.choice("loss"),
        scale: try arguments.choice("scale"),
        rows: try arguments.choice("rows"),
        aligner: try arguments.choice("aligner"),
        weight: Float(try arguments.float("lambda"))),
      key: StreamKey(seed: context.seed, command: "finetune", index: stream))
    let count = try arguments.int("samples")
    guard count <= data.count else {
      throw arguments.failure(
        "samples", "is \(count), but the dataset has \(counted(data.count, "clip"))")
    }
    if let targets, targets.data.contentHash != data.contentHash {
      throw arguments.failure(
        "align", "must be targets of the same clips, got \(targets.data.description)")
    }
    let workspace = context.workspace
    let label = "\(targets?.label ?? "no alignment"), stream \(stream)"
    let deferred = context.deferred(label, coding: ModelCoding.language(workspace)) {
      let bundle = try source.visionLanguage()
      let student = bundle.student
      var draw = RandomStream(tuning.key.child("samples"))
      let chosen = Array(draw.permutation(data.count).prefix(count))
      let samples = ClipSequence(count: count) { number in
        let place = chosen[number]
        let text = try data.question(place)
        return try student.sample(
          student.vision(try data.clips.clip(place)), prompt: text.question?.prompt ?? text.text,
          answer: text.question?.answer ?? "")
      }.remembered { $0.video.patches.count * 4 + $0.tokens.count * 32 }
      let aims = try targets?.targets().selecting(chosen).remembered { $0.rows.count * 4 + 64 }
      let model = try student.instantiate()
      let meter = LossMeter(
        workspace, "fine-tuning, \(label)", tuning.plan.steps, ["loss", "align"])
      _ = try tuning.run(
        model, count: count, targets: aims, checkpoint: { try checkCancellation() },
        progress: meter.step
      ) { try samples[$0] }
      meter.end()
      return bundle.with(student.with(model.store.entries))
    }
    return .handle(ModelHandle(name: label, content: .visionLanguage(deferred)))
  }

  private static let evaluate = HostCommand(
    CommandSignature(
      "evaluate", "Benchmark accuracies, per task and overall.", topic: "alignment",
      positional: [.init("model", .handle("model"))],
      named: [
        .init("on", .list(.handle("benchmark")), "benchmarks"),
        .init("split", .string, "split of the mini world", default: "test"),
        .init("questions", .int, unit: "questions per task", default: 100, in: .ints(1...2000)),
        .choice(
          "scoring", "pick the likeliest option, or generate its words or letter",
          default: AnswerScoring.likelihood),
      ], result: .record, cost: .expensive, numericsVersion: 2,
      example: "evaluate(vlm, on: [motionbench, favorbench])")
  ) { context in
    let model: ModelHandle = try context.arguments.handle("model")
    let benchmarks: [BenchmarkHandle] = try context.arguments.handles("on")
    guard !benchmarks.isEmpty else {
      throw context.arguments.failure(
        "on", "is empty", suggestion: "write on: [motionbench, favorbench]")
    }
    let split = try context.arguments.string("split")
    let questions = try context.arguments.int("questions")
    let scoring: AnswerScoring = try context.arguments.choice("scoring")
    let workspace = context.workspace
    let run = BenchmarkRun(
      benchmarks: Set(benchmarks.map(\.benchmark)), split: split, seed: context.seed,
      questions: questions, scoring: scoring)
    let deferred = context.deferred(
      "\(model.name), \(split)", coding: BenchmarkScores.coding, readsWorld: true
    ) { (parts: KeptParts) in
      try run.scores(
        try model.visionLanguage().student, label: model.name, workspace, parts)
    }
    return .record(try deferred.get().record(benchmarks.map(\.benchmark)))
  }
}
