import Tensors

/// Writes the questions that can be asked about a scene.
///
/// Wrong options are first what other objects of the clip do, so that a model that sees what
/// happens, but not to which object, is at chance; then other answers of the task.
public struct QuestionWriter: Sendable {
  public let specification: SceneSpecification

  /// Options of a question.
  public static let optionCount = 4

  private let answers: [QuestionSubject: [String]]

  public init(_ specification: SceneSpecification) {
    self.specification = specification
    answers = QuestionSubject.allCases.reduce(into: [:]) {
      $0[$1] = specification.answers(to: $1)
    }
  }

  /// All questions of a scene, by task in the order of the specification, then by object. The
  /// choice and order of options are part of the scene: they come from its stream.
  /// - Parameter isWanted: leaves out the tasks for which it is false
  public func questions(
    _ scene: Scene, where isWanted: (QuestionTemplate) -> Bool = { _ in true }
  ) -> [Question] {
    let facts = SceneFacts(scene, specification)
    return specification.questions.filter(isWanted).flatMap { template -> [Question] in
      var stream = RandomStream(scene.key.child("question " + template.name))
      return facts.subjects(template.about).map { subject in
        question(template, subject, scene, facts, &stream)
      }
    }
  }

  private func question(
    _ template: QuestionTemplate, _ subject: SceneFacts.Subject, _ scene: Scene,
    _ facts: SceneFacts, _ stream: inout RandomStream
  ) -> Question {
    let wrong = wrongOptions(template.about, subject, facts, &stream)
    let options = [subject.answer] + wrong.options
    let order = stream.permutation(options.count)
    let prompt = template.prompt.filled(subject.object.map { values(scene, $0) } ?? [:])
    let lastWord = prompt.split(separator: " ").last?.utf8.count ?? 0
    return Question(
      benchmark: template.benchmark, task: template.task, about: template.about, prompt: prompt,
      options: order.map { options[$0] }, answerIndex: order.firstIndex(of: 0)!,
      objectIndex: subject.object,
      bindingSpan: subject.object == nil
        ? nil : prompt.utf8.count - lastWord..<prompt.utf8.count,
      groundedOptions: wrong.grounded)
  }

  private func values(_ scene: Scene, _ index: Int) -> [String: String] {
    let object = scene.objects[index]
    return [
      "shape": specification.words.shapes[object.shape]!,
      "colour": specification.colours[object.colour].name,
      "plain": specification.words.phrase(\.plain, of: object.action),
    ]
  }

  private func wrongOptions(
    _ about: QuestionSubject, _ subject: SceneFacts.Subject, _ facts: SceneFacts,
    _ stream: inout RandomStream
  ) -> (options: [String], grounded: Int) {
    let wanted = Self.optionCount - 1
    let present = Set(facts.wrongAnswersInClip(about, subject)).subtracting([subject.answer])
    let legal = answers[about]!
    func shuffled(_ values: [String]) -> [String] {
      stream.permutation(values.count).map { values[$0] }
    }
    // Through the list of legal answers, whose order is fixed; a set has none.
    let first = shuffled(legal.filter { present.contains($0) })
    let barred = present.union(facts.barredAnswers(about, subject)).union([subject.answer])
    let second = shuffled(legal.filter { !barred.contains($0) })
    let options = Array((first + second).prefix(wanted))
    return (options, subject.object == nil ? wanted : min(wanted, first.count))
  }
}

extension QuestionWriter {
  /// The statement of a question as a text; its mentions are the binding word and the answer.
  public func text(_ question: Question) -> SceneText {
    var text = SceneText(text: question.statement, kind: .question, mentions: [])
    text.question = question
    if let span = question.bindingSpan {
      text.mentions.append(
        SceneMention(
          role: question.about == .actor ? .action : .colour, objectIndex: question.objectIndex,
          span: span))
    }
    let end = text.text.utf8.count
    text.mentions.append(
      SceneMention(
        role: .answer, objectIndex: question.objectIndex,
        span: end - question.answer.utf8.count..<end))
    return text
  }
}
