/// Kinds of text that a clip can be described by.
public enum SceneTextKind: String, CaseIterable, Hashable, Sendable {
  /// What is where, what moves how, what the camera and the specks do.
  case dense
  /// What each object does.
  case motion
  /// What one object does.
  case single
  /// A question with its answer.
  case question
}

/// A stretch of a text that speaks of something in the clip.
public struct SceneMention: Hashable, Sendable {
  public enum Role: String, Hashable, Sendable {
    case shape, colour, place, action, camera, specks
    /// The answer of a question.
    case answer
  }

  public var role: Role
  /// The object spoken of; nil for the camera and the specks.
  public var objectIndex: Int?
  /// UTF-8 offsets in the text.
  public var span: Range<Int>
}

/// A text about a clip, with what its words refer to.
public struct SceneText: Hashable, Sendable {
  public var text: String
  public var kind: SceneTextKind
  /// In the order of the text.
  public var mentions: [SceneMention]
  /// The question that the text asks and answers, for that kind.
  public var question: Question?
}

/// The sentences that captions are made of.
public struct CaptionTemplates: Hashable, Sendable {
  /// Stands between two sentences.
  public var separator: String
  /// Blanks: `shape`, `colour`, `place` (where the object is at the first frame).
  public var presence: TextTemplate
  /// Blanks: `shape`, `colour`, `does`.
  public var motion: TextTemplate
  /// Blank: `camera`.
  public var cameraMoves: TextTemplate
  public var cameraStill: TextTemplate
  /// Blank: `specks`.
  public var specksMove: TextTemplate
  public var specksNone: TextTemplate
}

/// Writes captions of scenes.
public struct CaptionWriter: Sendable {
  public let specification: SceneSpecification

  public init(_ specification: SceneSpecification) { self.specification = specification }

  /// Everything about a clip: for each object what is where and what it does, then the camera
  /// and the specks.
  /// - Parameter order: the objects to speak of; by default all in drawing order
  public func dense(_ scene: Scene, order: [Int]? = nil) -> SceneText {
    var text = SceneText(text: "", kind: .dense, mentions: [])
    for index in order ?? Array(scene.objects.indices) {
      append(specification.captions.presence, about: index, of: scene, to: &text)
      append(specification.captions.motion, about: index, of: scene, to: &text)
    }
    appendCamera(scene, to: &text)
    appendSpecks(scene, to: &text)
    return text
  }

  /// What each object does.
  public func motion(_ scene: Scene, order: [Int]? = nil) -> SceneText {
    var text = SceneText(text: "", kind: .motion, mentions: [])
    for index in order ?? Array(scene.objects.indices) {
      append(specification.captions.motion, about: index, of: scene, to: &text)
    }
    return text
  }

  /// What one object does.
  public func single(_ scene: Scene, object index: Int) -> SceneText {
    var text = SceneText(text: "", kind: .single, mentions: [])
    append(specification.captions.motion, about: index, of: scene, to: &text)
    return text
  }

  private func append(
    _ template: TextTemplate, about index: Int, of scene: Scene, to text: inout SceneText
  ) {
    let object = scene.objects[index]
    let place = SceneGeometry(scene, specification).place(object: index, frame: 0).place
    let values = [
      "shape": specification.words.shapes[object.shape]!,
      "colour": specification.colours[object.colour].name,
      "place": specification.words.places[place]!,
      "does": specification.words.phrase(\.does, of: object.action),
    ]
    let roles: [String: SceneMention.Role] = [
      "shape": .shape, "colour": .colour, "place": .place, "does": .action,
    ]
    append(template, values, roles, object: index, to: &text)
  }

  private func appendCamera(_ scene: Scene, to text: inout SceneText) {
    let captions = specification.captions
    append(
      scene.camera == .still ? captions.cameraStill : captions.cameraMoves,
      ["camera": specification.words.camera[scene.camera]!], ["camera": .camera], object: nil,
      to: &text)
  }

  private func appendSpecks(_ scene: Scene, to text: inout SceneText) {
    let captions = specification.captions
    guard let specks = scene.specks else {
      return append(captions.specksNone, [:], [:], object: nil, to: &text)
    }
    append(
      captions.specksMove, ["specks": specification.words.directions[specks.direction]!],
      ["specks": .specks], object: nil, to: &text)
  }

  private func append(
    _ template: TextTemplate, _ values: [String: String], _ roles: [String: SceneMention.Role],
    object: Int?, to text: inout SceneText
  ) {
    if !text.text.isEmpty { text.text += specification.captions.separator }
    let (sentence, spans) = template.filling(values)
    let begin = text.text.utf8.count
    text.text += sentence
    for (blank, span) in spans {
      guard let role = roles[blank] else { continue }
      text.mentions.append(
        SceneMention(
          role: role, objectIndex: object,
          span: span.lowerBound + begin..<span.upperBound + begin))
    }
  }
}
