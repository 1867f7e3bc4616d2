extension SceneSpecification {
  /// Checks what single values cannot tell: that everything fits together.
  /// - Parameter file: begins the paths in errors
  func validate(_ file: String) throws(SceneError) {
    func require(
      _ condition: Bool, _ path: String, _ problem: String, _ remedy: String
    ) throws(SceneError) {
      if !condition {
        throw .invalid(
          path: file.isEmpty ? path : "\(file) \(path)", problem: problem, remedy: remedy)
      }
    }
    func requireDistinct(_ path: String, _ names: [String]) throws(SceneError) {
      var seen = Set<String>()
      for name in names where !seen.insert(name).inserted {
        try require(false, path, "duplicate \"\(name)\"", "use unique names")
      }
    }

    try require(
      frame.width > 0 && frame.height > 0 && frame.rate > 0, "frame",
      "sizes and rate must be positive", "use positive numbers")
    try require(
      frame.frames >= 2, "frame.frames", "\(frame.frames) frames cannot show motion",
      "use at least 2")
    try require(
      background.cell > 0, "background.cell", "\(background.cell) is not positive",
      "use a positive number of pixels")
    try require(
      background.grey.lowerBound - background.tint >= 0
        && background.grey.upperBound + background.tint <= 255 && background.tint >= 0
        && (0...255).contains(specks.level),
      "background", "levels are outside 0 to 255", "reduce the grey range or the tint")
    try require(
      objects.width.lowerBound > 0 && objects.fullFrameWidth.lowerBound > 0
        && objects.candidates > 0 && objects.gap >= 0 && objects.fullFrameWander >= 0,
      "objects", "widths and candidates must be positive", "use positive numbers")
    try require(
      camera.zoom > 1, "camera.zoom", "\(camera.zoom) is not above 1", "use more than 1")
    try require(
      motions.resizeFactor > 1, "motions.resize.factor", "\(motions.resizeFactor) is not above 1",
      "use more than 1")
    try require(
      motions.blinkHalfPeriod > 0 && (0...1).contains(motions.blinkOpacity), "motions.blink",
      "the half period must be positive and the opacity from 0 to 1", "correct them")
    try require(
      !motions.counts.isEmpty && motions.counts.allSatisfy { $0 > 0 }, "motions.repeat.counts",
      "\(motions.counts) are not valid repetition counts", "use at least one positive number")
    let highest = motions.counts.max() ?? 0
    try require(
      words.counts.count > highest && words.times.count > highest, "words.counts",
      "no word for \(highest)", "add words up to the largest count")

    try requireDistinct("colours", colours.map(\.name))
    try requireDistinct("splits", splits.map(\.name))
    try requireDistinct("splits: stream", splits.map(\.stream))
    try requireDistinct("questions", questions.map(\.name))
    try requireDistinct("colours: prefers", colours.map(\.preferred.description))
    try require(
      !colours.contains { $0.preferred == .still }, "colours: prefers",
      "a moving object cannot be still",
      "use another action")
    for theme in themes {
      try require(
        theme.weight >= 0 && theme.kinds.values.allSatisfy { $0 >= 0 }
          && theme.kinds.values.contains { $0 > 0 },
        "themes", "\(theme.name) has a negative weight or no positive weight",
        "correct its weights")
    }
    try require(
      themes.contains { $0.weight > 0 }, "themes", "no theme has a positive weight", "add a theme")
    for question in questions {
      let count = Set(answers(to: question.about)).count
      try require(
        count >= QuestionWriter.optionCount, "questions: \(question.name)",
        "the world has only \(count) different answers",
        "add words for at least \(QuestionWriter.optionCount)")
    }
    // Kinds of questions that every clip has an answer to.
    let always: Set<QuestionSubject> = [.camera, .specks, .kind, .count]
    try require(
      questions.contains { always.contains($0.about) }, "questions",
      "some clips may have no valid question",
      "add a question about \(always.map(\.rawValue).sorted().joined(separator: ", "))")
    try validateLengths(require)
    try validateRoom(require)
    try validateWork(require)
    for split in splits { try validate(split, require) }
  }

  typealias Check = (Bool, String, String, String) throws(SceneError) -> Void

  /// Whether the longest action fits into the frame while the camera moves.
  private func validateRoom(_ require: Check) throws(SceneError) {
    let width = objects.width.upperBound
    let reach = max(
      motions.travel.upperBound, motions.turn.upperBound, 2 * motions.amplitude.upperBound)
    let needed = max(width + reach, width * motions.resizeFactor)
    let room = Float(min(frame.width, frame.height)) - 2 * objects.margin
    let available = min(room - camera.distance, room / camera.zoom)
    try require(
      needed <= available, "motions",
      "the largest object with the longest action needs \(needed) px; available: \(available) px",
      "use a larger frame, smaller objects or shorter actions")
  }

  private func validate(_ split: Split, _ require: Check) throws(SceneError) {
    let path = "splits: \(split.name)"
    try require(split.count > 0, path, "count \(split.count) is not positive", "correct it")
    for (name, share) in [
      ("bias", split.bias), ("cameraShare", split.cameraShare),
      ("specksShare", split.specksShare), ("fullFrameShare", split.fullFrameShare),
    ] {
      try require((0...1).contains(share), path, "\(name) \(share) is not a fraction", "use 0 to 1")
    }
    try require(
      split.movers.lowerBound >= 1 && split.statics.lowerBound >= 0, path,
      "a clip needs at least one moving object", "increase the lower bound of movers")
    try require(
      split.movers.upperBound + split.statics.upperBound <= colours.count, path,
      "up to \(split.movers.upperBound + split.statics.upperBound) objects need as many colours",
      "allow at most \(colours.count) objects")
    try require(
      split.texts.values.allSatisfy { $0 >= 0 } && split.texts.values.contains { $0 > 0 }, path,
      "texts has a negative proportion or no positive proportion", "correct the proportions")
  }
}
