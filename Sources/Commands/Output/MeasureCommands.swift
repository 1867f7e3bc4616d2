import Experiments
import JSON
import MotionAlignment
import OrderedCollections
import ScriptChecker
import ScriptInterpreter
import Tensors
import Video
import VideoDiffusion

/// Commands that look into what was extracted.
enum MeasureCommands {
  static let all = [textUse, localisation, specificEnergy, reconstruction]

  private static let textUse = HostCommand(
    CommandSignature(
      "text_use", "The diffusion loss under the clip's own text, another clip's, and none.",
      topic: "measures", positional: [.init("model", .handle("model"))],
      named: [
        .init("data", .handle("dataset")),
        .init(
          "timesteps", .list(.int), default: .list([99, 299, 499, 699, 899])),
      ], result: .record, cost: .expensive, example: "text_use(vdm, data: clips)")
  ) { context in
    let handle: ModelHandle = try context.arguments.handle("model")
    let data: DatasetHandle = try context.arguments.handle("data")
    let timesteps = try context.arguments.ints("timesteps")
    let workspace = context.workspace
    let key = StreamKey(seed: workspace.seed, command: "text_use")
    let deferred = Deferred(
      try context.key(), label: "text_use", in: workspace, coding: NamedNumbers.coding
    ) {
      let bundle = try handle.videoDiffusion()
      let model = bundle.model
      @Sendable func caption(_ index: Int) throws -> Tensor {
        var stream = RandomStream(key.child("text", index))
        let text = try data.scenes.trainingText(at: index, kind: .dense, stream: &stream).text
        return model.textEncoder(model.tokens(text).ids)
      }
      let losses = try TrainingCommands.loadAllIndexed(data, workspace, "reading texts of") {
        index, clip in
        try withoutGradients {
          let latents =
            model.vae.encode(model.video(clip)).mean.permuted([0, 2, 1, 3, 4])
            * bundle.scalingFactor
          let rotary = model.rotary(for: latents.shape)
          let texts = [
            try caption(index), try caption((index + 1) % data.count),
            model.textEncoder(model.tokens("").ids),
          ]
          var sums = [Double](repeating: 0, count: texts.count)
          for timestep in timesteps {
            let noise = Tensor.normal(latents.shape, key: key.child("noise \(timestep)", index))
            let level = model.schedule.level(timestep)
            let wanted = DDIM.velocity(latents, noise: noise, level: level)
            let noised = DDIM.noised(latents, noise: noise, level: level)
            for (place, text) in texts.enumerated() {
              let found = model.transformer(
                noised, text: text, timesteps: [Float(timestep)], rotary: rotary
              ).sample
              sums[place] += Double((found - wanted).squared().mean().scalar)
            }
          }
          return sums.map { $0 / Double(timesteps.count) }
        }
      }
      return NamedNumbers.means(losses, names: ["own text", "shuffled text", "empty text"])
    }
    workspace.note(try deferred.stored())
    return try deferred.get().value
  }

  private static let localisation = HostCommand(
    CommandSignature(
      "localisation",
      "Mass on the object that a word names, over each other mover and over chance.",
      topic: "measures", positional: [.init("priors", .handle("priors"))],
      named: [
        .init("keep", .float, "share of the heads", default: 0.5, in: .floats(0...1)),
        .init("by", .string, default: "motion", in: .oneOf(["motion", "random", "all"])),
        .init(
          "words", .string, "whose rows", default: "colour",
          in: .oneOf(["colour", "shape", "action", "answer", "all"])),
      ], result: .record, cost: .expensive, example: "localisation(priors, words: \"colour\")")
  ) { context in
    let handle: PriorsHandle = try context.arguments.handle("priors")
    let keep = try context.arguments.float("keep")
    let words = try context.arguments.string("words")
    let workspace = context.workspace
    let selection: HeadSelection =
      switch try context.arguments.string("by") {
      case "random": .random(keep: keep, key: StreamKey(seed: workspace.seed, command: "localisation"))
      case "all": .all
      default: .motionSensitive(keep: keep)
      }
    let deferred = Deferred(
      try context.key(), label: "localisation of \(words)", in: workspace,
      coding: NamedNumbers.coding
    ) {
      let priors = try handle.priors.get()
      let measured = try priors.enumerated().compactMap { index, prior in
        try Localisation(
          prior, clip: index, data: handle.data,
          map: prior.map(heads: selection.heads(prior, index: index)), words: words
        ).map { [$0.named, $0.other, $0.chance, $0.first] }
      }
      let means = NamedNumbers.means(measured, names: ["named", "other", "chance", "first"]).numbers
      let (named, other, chance) = (
        means["named"] ?? 0, means["other"] ?? 0, means["chance"] ?? 0
      )
      return NamedNumbers(
        numbers: [
          "named over other": named / max(other, 1e-12),
          "named over chance": named / max(chance, 1e-12),
          "named is first %": 100 * (means["first"] ?? 0), "clips": Double(measured.count),
        ])
    }
    workspace.note(try deferred.stored())
    return try deferred.get().value
  }

  private static let specificEnergy = HostCommand(
    CommandSignature(
      "specific_energy", "Share of the targets' energy that is not one map common to all clips.",
      topic: "measures", positional: [.init("targets", .handle("targets"))], result: .float,
      example: "specific_energy(oracle(clips))")
  ) { context in
    let handle: TargetsHandle = try context.arguments.handle("targets")
    return .float(try SpecificEnergy.share(handle.targets()))
  }

  private static let reconstruction = HostCommand(
    CommandSignature(
      "reconstruction", "Relative error of the reconstructed latents.", topic: "measures",
      positional: [.init("priors", .handle("priors"))], result: .record,
      example: "reconstruction(priors)")
  ) { context in
    let handle: PriorsHandle = try context.arguments.handle("priors")
    let errors = try handle.priors.get().map(\.reconstructionError)
    return try NamedNumbers(
      numbers: ["relative error": errors.reduce(0, +) / Double(max(errors.count, 1))]
    ).value
  }
}

/// A few numbers by name, as a record of the language and in the store.
struct NamedNumbers: Sendable {
  let numbers: OrderedDictionary<String, Double>

  /// Means over rows of numbers.
  static func means(_ rows: [[Double]], names: [String]) -> NamedNumbers {
    var numbers: OrderedDictionary<String, Double> = [:]
    for (column, name) in names.enumerated() {
      numbers[name] = rows.reduce(0) { $0 + $1[column] } / Double(max(rows.count, 1))
    }
    return NamedNumbers(numbers: numbers)
  }

  var value: Value {
    get throws { .record(of: numbers.mapValues { .float($0) }) }
  }

  static let coding = ResultCoding<NamedNumbers>(
    encode: { named in
      (
        [:], JSONValue(members: named.numbers.map { ($0.key, .double($0.value)) }),
        .doubles(Array(named.numbers.values))
      )
    },
    decode: { result in
      let node = JSONNode(result.summary)
      var numbers: OrderedDictionary<String, Double> = [:]
      for key in try node.keys() { numbers[key] = try node.double(key) }
      return NamedNumbers(numbers: numbers)
    })
}

/// Where the rows of some words fall, against the known places of all objects.
struct Localisation {
  /// Mean attention per unit of area on the named object, on the others, and everywhere.
  let named: Double
  let other: Double
  let chance: Double
  /// 1 when no other object has more than the named one.
  let first: Double

  /// Nil where the clip's question names no object or there is no other one.
  init?(
    _ prior: MotionPrior, clip index: Int, data: DatasetHandle, map: Tensor, words: String
  ) throws {
    let text = try data.question(index)
    guard let object = text.question?.objectIndex else { return nil }
    let spans = text.mentions.filter {
      $0.objectIndex == object && (words == "all" || $0.role.rawValue == words)
    }.map(\.span)
    let tokens = prior.tokens.indices.filter { token in
      prior.tokens[token].isCandidate && spans.contains { $0.overlaps(prior.tokens[token].span) }
    }
    let truth = try data.scenes.truth(at: index)
    let others = truth.scene.objects.indices.filter {
      $0 != object && !truth.scene.objects[$0].fillsFrame
    }
    guard !tokens.isEmpty, !others.isEmpty else { return nil }
    let row = map.rows(tokens).mean(axes: [0]).values
    let places = GroundTruthMaps(data, grid: prior.grid)
    func density(_ object: Int) -> Double {
      let mask = places.map(truth, object: object)
      let area = mask.reduce(0) { $0 + Double($1) }
      return zip(mask, row).reduce(0) { $0 + Double($1.0) * Double($1.1) } / max(area, 1e-9)
    }
    named = density(object)
    let densities = others.map(density)
    other = densities.reduce(0, +) / Double(densities.count)
    chance = row.reduce(0) { $0 + Double($1) } / Double(row.count)
    let own = named
    first = densities.allSatisfy { own >= $0 } ? 1 : 0
  }
}

/// How much of a set of targets is one map common to all of them.
enum SpecificEnergy {
  /// 1 - |mean|^2 / mean(|row|^2) over rows that sum to 1.
  static func share(_ targets: [AlignmentTarget]) throws -> Double {
    guard let width = targets.first?.grid.count else { return 0 }
    var mean = [Double](repeating: 0, count: width)
    var energy = 0.0
    var count = 0.0
    for target in targets {
      for row in 0..<target.rows.shape[0] {
        let values = (0..<width).map { Double(target.rows[row, $0]) }
        let total = max(values.reduce(0, +), 1e-12)
        for (cell, value) in values.enumerated() {
          mean[cell] += value / total
          energy += (value / total) * (value / total)
        }
        count += 1
      }
    }
    let common = mean.reduce(0) { $0 + ($1 / count) * ($1 / count) }
    return 1 - common / (energy / count)
  }
}
