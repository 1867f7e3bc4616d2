public import JSON

extension SceneSpecification {
  /// Reads and validates a world, `data/scenes/world.json`.
  public init(contentsOfFile file: String) throws {
    try self.init(JSONNode(contentsOfFile: file))
  }

  /// Reads and validates a world. Unknown keys are errors, since they are mistyped ones.
  public init(_ json: JSONNode) throws {
    try json.expectKeys([
      "about", "frame", "colours", "objects", "motions", "themes", "camera", "specks",
      "background", "places", "words", "phrases", "captions", "questions", "splits",
    ])
    let frame = try json.object("frame", ["width", "height", "frames", "rate"])
    self.frame = Frame(
      width: try frame.int("width", in: SceneLimits.side),
      height: try frame.int("height", in: SceneLimits.side),
      frames: try frame.int("frames", in: SceneLimits.frames),
      rate: try frame.double("rate", in: SceneLimits.rate))
    motions = try Motions(json.object("motions", ["travel", "turn", "repeat", "resize", "blink"]))
    let counts = motions.counts
    let actions = ActionKind.allCases.flatMap { SceneAction.all($0, counts: counts) }
    colours = try json.list("colours", most: SceneLimits.colours).map {
      try Colour($0, actions: actions)
    }
    objects = try Objects(json.require("objects"))
    themes = try json.list("themes").map { theme in
      try theme.expectKeys(["name", "weight", "kinds"])
      let kinds = ActionKind.allCases.filter { $0 != .still }
      return Theme(
        name: try theme.text("name"), weight: try theme.float("weight"),
        kinds: try theme.require("kinds").table(kinds) { try $0.asFloat() })
    }
    let camera = try json.object("camera", ["distance", "zoom"])
    self.camera = Camera(distance: try camera.float("distance"), zoom: try camera.float("zoom"))
    let specks = try json.object("specks", ["count", "width", "speed", "level"])
    self.specks = SpeckStyle(
      count: try specks.intRange("count", in: SceneLimits.specks), width: try specks.float("width"),
      speed: try specks.float("speed"), level: try specks.float("level"))
    let background = try json.object("background", ["cell", "grey", "tint"])
    self.background = Texture(
      cell: try background.int("cell", in: SceneLimits.side),
      grey: try background.floatRange("grey"),
      tint: try background.float("tint"))
    let places = try json.object("places", ["centre", "clearance"])
    self.places = Places(
      centre: try places.float("centre"), clearance: try places.float("clearance"))
    words = try SceneWords(json.require("words"), phrases: json.require("phrases"))
    captions = try CaptionTemplates(json.require("captions"))
    questions = try json.list("questions").map { try QuestionTemplate($0) }
    splits = try json.list("splits").map { try Split($0) }
    try validate(json.path)
  }
}

extension SceneSpecification.Motions {
  init(_ json: JSONNode) throws {
    let travel = try json.object("travel", ["distance"])
    let turn = try json.object("turn", ["distance"])
    let cycles = try json.object("repeat", ["amplitude", "counts"])
    let resize = try json.object("resize", ["factor"])
    let blink = try json.object("blink", ["halfPeriod", "opacity"])
    self.travel = try travel.floatRange("distance")
    self.turn = try turn.floatRange("distance")
    amplitude = try cycles.floatRange("amplitude")
    counts = try cycles.list("counts", most: SceneLimits.repetitions).map {
      try $0.asInt(in: 1...SceneLimits.repetitions)
    }
    resizeFactor = try resize.float("factor")
    blinkHalfPeriod = try blink.int("halfPeriod", in: 1...SceneLimits.frames.upperBound)
    blinkOpacity = try blink.float("opacity")
  }
}

extension SceneSpecification.Colour {
  init(_ json: JSONNode, actions: [SceneAction]) throws {
    try json.expectKeys(["name", "rgb", "prefers"])
    name = try json.text("name")
    let channels = try json.doubles("rgb")
    guard channels.count == 3, channels.allSatisfy({ (0...255).contains($0) }) else {
      throw SceneError.invalid(
        path: "\(json.path).rgb", problem: "\(channels) is not a valid colour",
        remedy: "use three numbers from 0 to 255")
    }
    rgb = SIMD4(Float(channels[0]), Float(channels[1]), Float(channels[2]), 0)
    let text = try json.text("prefers")
    guard let action = SceneAction(text, among: actions) else {
      throw SceneError.invalid(
        path: "\(json.path).prefers", problem: "unknown action \"\(text)\"",
        remedy: "use one of \(actions.map(\.description).joined(separator: ", "))")
    }
    preferred = action
  }
}

extension SceneSpecification.Objects {
  init(_ json: JSONNode) throws {
    try json.expectKeys([
      "width", "fullFrameWidth", "fullFrameWander", "margin", "gap", "candidates",
    ])
    width = try json.floatRange("width")
    fullFrameWidth = try json.floatRange("fullFrameWidth")
    fullFrameWander = try json.float("fullFrameWander")
    margin = try json.float("margin")
    gap = try json.float("gap")
    candidates = try json.int("candidates", in: SceneLimits.candidates)
  }
}

extension SceneSpecification.Split {
  init(_ json: JSONNode) throws {
    try json.expectKeys([
      "name", "stream", "count", "bias", "movers", "statics", "cameraShare", "specksShare",
      "fullFrameShare", "texts",
    ])
    name = try json.text("name")
    stream = try json.text("stream")
    count = try json.int("count", in: SceneLimits.clips)
    bias = try json.float("bias")
    movers = try json.intRange("movers", in: 0...SceneLimits.colours)
    statics = try json.intRange("statics", in: 0...SceneLimits.colours)
    cameraShare = try json.float("cameraShare")
    specksShare = try json.float("specksShare")
    fullFrameShare = try json.float("fullFrameShare")
    texts = try json.require("texts").table(SceneTextKind.allCases) { try $0.asFloat() }
  }
}
