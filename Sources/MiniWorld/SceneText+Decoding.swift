import JSON

extension SceneWords {
  init(_ json: JSONNode, phrases: JSONNode) throws {
    try json.expectKeys([
      "shapes", "directions", "camera", "noSpecks", "places", "kinds", "counts", "times",
    ])
    shapes = try json.require("shapes").table(SceneShape.allCases) { try $0.asText() }
    directions = try json.require("directions").table(Direction.allCases) { try $0.asText() }
    camera = try json.require("camera").table(CameraMove.allCases) { try $0.asText() }
    noSpecks = try json.text("noSpecks")
    places = try json.require("places").table(ScenePlace.allCases) { try $0.asText() }
    kinds = try json.require("kinds").table(ActionKind.allCases) { try $0.asText() }
    counts = try json.texts("counts")
    times = try json.texts("times")
    self.phrases = try phrases.table(ActionPhrase.Key.allCases) { node in
      try node.expectKeys(["answer", "does", "plain"])
      // A blank in the phrase of an action that has no value for it could not be filled.
      var blanks: [String] = []
      switch ActionPhrase.Key(rawValue: String(node.path.split(separator: ".").last ?? "")) {
      case .travel: blanks = ["direction"]
      case .turn: blanks = ["first", "second"]
      case .bounce, .shake: blanks = ["times"]
      default: break
      }
      return ActionPhrase(
        answer: try node.template("answer", blanks), does: try node.template("does", blanks),
        plain: try node.template("plain", blanks))
    }
  }
}

extension CaptionTemplates {
  init(_ json: JSONNode) throws {
    try json.expectKeys(["separator", "presence", "motion", "camera", "specks"])
    separator = try json.text("separator")
    presence = try json.template("presence", ["shape", "colour", "place"])
    motion = try json.template("motion", ["shape", "colour", "does"])
    let camera = try json.object("camera", ["moves", "still"])
    cameraMoves = try camera.template("moves", ["camera"])
    cameraStill = try camera.template("still", [])
    let specks = try json.object("specks", ["move", "none"])
    specksMove = try specks.template("move", ["specks"])
    specksNone = try specks.template("none", [])
  }
}

extension QuestionTemplate {
  init(_ json: JSONNode) throws {
    try json.expectKeys(["benchmark", "task", "about", "prompt"])
    benchmark = try json.oneOf("benchmark", QuestionBenchmark.allCases)
    task = try json.text("task")
    about = try json.oneOf("about", QuestionSubject.allCases)
    let last = about.bindingBlank
    prompt = try json.template("prompt", last.map { $0 == "plain" ? [$0] : ["shape", $0] } ?? [])
    if let last, prompt.blanks.last != last || !prompt.source.hasSuffix("}") {
      throw SceneError.invalid(
        path: "\(json.path).prompt", problem: "\"\(prompt.source)\" does not end with {\(last)}",
        remedy: "put the word that identifies the object last")
    }
  }
}

extension JSONNode {
  /// Refuses keys that nothing reads.
  func expectKeys(_ known: [String]) throws {
    for key in try keys() where !known.contains(key) {
      throw SceneError.invalid(
        path: path, problem: "unknown key \"\(key)\"",
        remedy: "valid keys: \(known.joined(separator: ", "))")
    }
  }

  func object(_ key: String, _ keys: [String]) throws -> JSONNode {
    let node = try object(key)
    try node.expectKeys(keys)
    return node
  }

  func range<T: Comparable>(_ key: String, _ ends: [T]) throws -> ClosedRange<T> {
    guard ends.count == 2, ends[0] <= ends[1] else {
      throw SceneError.invalid(
        path: "\(path).\(key)", problem: "\(ends) is not a valid range",
        remedy: "use [low, high] with low <= high")
    }
    return ends[0]...ends[1]
  }

  /// An object with one entry for each case.
  func table<Key: RawRepresentable & Hashable, Value>(
    _ cases: [Key], _ read: (JSONNode) throws -> Value
  ) throws -> [Key: Value] where Key.RawValue == String {
    try expectKeys(cases.map(\.rawValue))
    var table: [Key: Value] = [:]
    for key in cases { table[key] = try read(require(key.rawValue)) }
    return table
  }

  func oneOf<Case: RawRepresentable>(_ key: String, _ cases: [Case]) throws -> Case
  where Case.RawValue == String {
    let text = try self.text(key)
    if let found = cases.first(where: { $0.rawValue == text }) { return found }
    throw SceneError.invalid(
      path: "\(path).\(key)", problem: "unknown value \"\(text)\"",
      remedy: "use one of \(cases.map(\.rawValue).joined(separator: ", "))")
  }

  /// A text whose blanks are all among `blanks`.
  func template(_ key: String, _ blanks: [String]) throws -> TextTemplate {
    let text = try self.text(key)
    guard let template = TextTemplate(text) else {
      throw SceneError.invalid(
        path: "\(path).\(key)", problem: "unclosed brace in \"\(text)\"",
        remedy: "write placeholders as {name}")
    }
    if let unknown = template.blanks.first(where: { !blanks.contains($0) }) {
      let known = blanks.map { "{\($0)}" }.joined(separator: ", ")
      throw SceneError.invalid(
        path: "\(path).\(key)", problem: "unknown placeholder {\(unknown)}",
        remedy: blanks.isEmpty ? "this text takes no placeholders" : "valid placeholders: \(known)")
    }
    return template
  }
}
