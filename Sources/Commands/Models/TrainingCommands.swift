import Diagnostics
import Experiments
import JSON
import Layers
import ModelTools
import MotionEnhancer
import ScriptChecker
import ScriptInterpreter
import Tensors
import Training
import Video
import VideoDiffusion

/// Commands that make the mini models from seeds.
enum TrainingCommands {
  static let all = [trainVAE, trainVDM, trainVision, trainDecoder]

  private static func training(
    _ name: String, _ summary: String, from: ParameterSignature, named: [ParameterSignature],
    steps: Int, batch: Int, rate: Double, numericsVersion: Int = 1, example: String
  ) -> CommandSignature {
    CommandSignature(
      name, summary, topic: "training", positional: [from],
      named: [
        .init("data", .handle("dataset"), "training clips"),
        .init("steps", .int, unit: "optimiser steps", default: .int(steps), in: .ints(1...100_000)),
        .init("batch", .int, unit: "samples", default: .int(batch), in: .ints(1...1024)),
        .init(
          "learning_rate", .float, "AdamW learning rate", default: .float(rate), in: .learningRate),
      ] + named, result: .handle("model"), cost: .expensive, numericsVersion: numericsVersion,
      draws: true, example: example)
  }

  // MARK: - Diffusion

  private static let trainVAE = HostCommand(
    training(
      "train_vae", "Trains the causal video autoencoder of a new diffusion model.",
      from: .init("name", .string, "name of the new model"),
      named: [
        .init(
          "divergence", .float, "weight of the KL divergence from the standard normal",
          default: 1e-6, in: .floats(0...1))
      ], steps: 500, batch: 8, rate: 5e-3,
      example: "train_vae(\"cogvideox-1.5-5b\", data: dataset(\"vdm-pretrain\"))")
  ) { context in
    let data: DatasetHandle = try context.arguments.handle("data")
    let name = try context.arguments.string("name")
    let plan = try plan(context, warmup: 0.05, floor: 0)
    let rate = Float(try context.arguments.float("learning_rate"))
    let divergence = Float(try context.arguments.float("divergence"))
    let workspace = context.workspace
    let recipe = try MiniModels(root: workspace.root).recipe(MiniModels.diffusion)
    let seed = context.seed
    let deferred = context.deferred(
      name, coding: ModelCoding.diffusion(workspace), files: recipe.inputs
    ) {
      let (model, tokenizer) = try recipe.freshDiffusion(seed: seed, in: workspace)
      let videos = data.prepared(bytes: { $0.count * 4 }, { model.video($0) })
      let meter = LossMeter(
        workspace, "training the autoencoder", plan.steps, ["error", "divergence"])
      _ = try VAETraining(
        plan: plan, learningRate: rate, divergenceWeight: divergence,
        key: StreamKey(seed: seed, command: "train_vae")
      ).run(
        model.vae, clips: data.count, checkpoint: { try checkCancellation() },
        progress: meter.step
      ) { try videos[$0] }
      meter.end()
      let factor = try VAETraining.scalingFactor(
        model.vae, clips: try (0..<min(64, data.count)).map { try videos[$0] })
      return DiffusionBundle(model, scalingFactor: factor, tokenizer: tokenizer)
    }
    return .handle(ModelHandle(name: name, content: .videoDiffusion(deferred)))
  }

  private static let trainVDM = HostCommand(
    training(
      "train_vdm", "Trains the transformer and text encoder on the autoencoder's latents.",
      from: .init("model", .handle("model")),
      named: [
        .choice("timesteps", "sampling of the timesteps", default: TimestepSampling.uniform),
        .init(
          "texts", .list(.float), "proportions of dense, motion, single and question texts",
          default: .list([0.1, 0.2, 0.1, 0.6]), in: .floats(0...1000)),
        .init(
          "text_dropout", .float, "probability of dropping the text", default: 0.1,
          in: .floats(0...1)),
        .init(
          "grounding", .float, "weight of the loss on word attention; 0 turns it off",
          default: 0.0, in: .floats(0...100)),
      ], steps: 3000, batch: 8, rate: 1.5e-3, numericsVersion: 2,
      example: "train_vdm(vae, data: clips, steps: 3000)")
  ) { context in
    let source: ModelHandle = try context.arguments.handle("model")
    let workspace = context.workspace
    let options = try DiffusionRun(context)
    let deferred = context.deferred(source.name, coding: ModelCoding.diffusion(workspace)) {
      try options.train(source.videoDiffusion(), workspace)
    }
    return .handle(ModelHandle(name: source.name, content: .videoDiffusion(deferred)))
  }

  // MARK: - Vision and language

  private static let trainVision = HostCommand(
    training(
      "train_vision", "Trains the vision tower of a new model on the content of single grid cells.",
      from: .init("name", .string),
      named: [.init("base", .int, "index of the random stream", default: 0, in: .number)],
      steps: 1200, batch: 16, rate: 3e-3,
      example: "train_vision(\"qwen2.5-vl-7b\", data: dataset(\"vision-pretrain\", count: 4000))")
  ) { context in
    let data: DatasetHandle = try context.arguments.handle("data")
    let name = try context.arguments.string("name")
    let run = StudentRun(
      plan: try plan(context, warmup: 0.03, floor: 0),
      learningRate: Float(try context.arguments.float("learning_rate")),
      key: StreamKey(
        seed: context.seed, command: "train_vision",
        index: try context.arguments.int("base")))
    let workspace = context.workspace
    let recipe = try MiniModels(root: workspace.root).recipe(MiniModels.language)
    let deferred = context.deferred(
      name, coding: ModelCoding.language(workspace), files: recipe.inputs
    ) {
      let fresh = try recipe.freshStudent(key: run.key, in: workspace)
      return fresh.with(try run.trainVision(fresh.student, data, workspace))
    }
    return .handle(ModelHandle(name: name, content: .visionLanguage(deferred)))
  }

  private static let trainDecoder = HostCommand(
    training(
      "train_decoder", "Trains the language model on questions about clips with one moving object.",
      from: .init("model", .handle("model")),
      named: [.init("base", .int, "index of the random stream", default: 0, in: .number)],
      steps: 1500, batch: 16, rate: 2e-3,
      example: "train_decoder(tower, data: dataset(\"vlm-pretrain\", count: 6000))")
  ) { context in
    let data: DatasetHandle = try context.arguments.handle("data")
    let source: ModelHandle = try context.arguments.handle("model")
    let run = StudentRun(
      plan: try plan(context, warmup: 0.03, floor: 0),
      learningRate: Float(try context.arguments.float("learning_rate")),
      key: StreamKey(
        seed: context.seed, command: "train_decoder",
        index: try context.arguments.int("base")))
    let workspace = context.workspace
    let deferred = context.deferred(source.name, coding: ModelCoding.language(workspace)) {
      let tower = try source.visionLanguage()
      return tower.with(try run.trainDecoder(tower.student, data, workspace))
    }
    return .handle(ModelHandle(name: source.name, content: .visionLanguage(deferred)))
  }

  // MARK: - Shared

  static func plan(
    _ context: CommandContext, warmup: Float, floor: Float
  ) throws -> TrainingPlan {
    TrainingPlan(
      steps: try context.arguments.int("steps"), batch: try context.arguments.int("batch"),
      schedule: .cosine(warmupRatio: warmup, floor: floor))
  }
}
