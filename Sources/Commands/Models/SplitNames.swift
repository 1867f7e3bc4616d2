import MiniWorld
import ScriptChecker
import Video

/// The names under which scripts reach the splits of the mini world. The world's file lists the
/// splits; here stands only what the paper calls one of them.
struct SplitNames {
  /// The paper's names of datasets and the splits that stand for them at mini scale.
  private static let published = ["sft-25k": "sft"]

  let world: SceneSpecification
  /// What `paper` opens.
  let tables: [String]

  /// The split behind a dataset's name.
  static func split(_ name: String) -> String { published[name] ?? name }

  /// What `dataset` opens: every split, under the paper's name where it has one.
  var datasets: [String] {
    let names = Dictionary(uniqueKeysWithValues: Self.published.map { ($0.value, $0.key) })
    return world.splits.map { names[$0.name] ?? $0.name }
  }

  /// What `evaluate` asks about: the splits whose texts are all questions.
  var benchmarks: [String] {
    world.splits.filter { split in
      SceneTextKind.allCases.allSatisfy { $0 == .question || split.texts[$0, default: 0] == 0 }
    }.map(\.name)
  }

  /// The signature with the names that this world has.
  func completed(_ signature: CommandSignature) -> CommandSignature {
    switch signature.name {
    case "dataset": signature.allowing(.words(datasets), for: "name")
    case "evaluate": signature.allowing(.words(benchmarks), for: "split")
    case "paper": signature.allowing(nil, offering: tables, for: "name")
    default: signature
    }
  }
}

extension CommandSignature {
  /// The same with the values that a parameter may have, or what completion offers for it.
  fileprivate func allowing(
    _ domain: Domain?, offering offers: [String] = [], for name: String
  ) -> CommandSignature {
    func changed(_ parameters: [ParameterSignature]) -> [ParameterSignature] {
      parameters.map { parameter in
        guard parameter.name == name else { return parameter }
        return ParameterSignature(
          parameter.name, parameter.type, parameter.summary, unit: parameter.unit,
          default: parameter.defaultValue, in: domain, offers: offers, path: parameter.path)
      }
    }
    return CommandSignature(
      self.name, summary, topic: topic, positional: changed(positional), named: changed(named),
      result: result, cost: cost, numericsVersion: numericsVersion, draws: draws,
      example: example)
  }
}
