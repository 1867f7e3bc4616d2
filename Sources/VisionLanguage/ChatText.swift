/// One turn of a conversation: text with pictures and videos among it.
public struct ChatMessage: Hashable, Sendable {
  public enum Role: String, Hashable, Sendable, CaseIterable {
    case system
    case user
    case assistant
  }

  public enum Part: Hashable, Sendable {
    case text(String)
    case image
    case video
  }

  public var role: Role
  public var parts: [Part]

  public init(_ role: Role, _ parts: [Part]) {
    self.role = role
    self.parts = parts
  }

  public init(_ role: Role, _ text: String) { self.init(role, [.text(text)]) }
}

/// Turns between `<|im_start|>` and `<|im_end|>`, with what stands for pictures and videos given.
/// - Parameter placeholders: words by which a model finds pictures and videos; none may stand in a
///   text, where there is nothing that they could stand for
private func turns(
  _ messages: [ChatMessage], startsAnswer: Bool, placeholders: [String],
  image: () throws -> String, video: () throws -> String
) throws -> String {
  var text = ""
  for message in messages {
    text += "<|im_start|>\(message.role.rawValue)\n"
    for part in message.parts {
      switch part {
      case .text(let words):
        if let placeholder = placeholders.first(where: { words.utf8.contains($0.utf8) }) {
          throw VisionLanguageError.placeholderInText(placeholder)
        }
        text += words
      case .image: text += try image()
      case .video: text += try video()
      }
    }
    text += "<|im_end|>\n"
  }
  return startsAnswer ? text + "<|im_start|>assistant\n" : text
}

extension Qwen25VL {
  /// The text of a conversation in the format of the published checkpoints.
  ///
  /// Without counts each picture and video has one placeholder, as the checkpoint's chat template
  /// writes it; with them one for each merged patch, as the model reads it.
  /// - Parameters:
  ///   - imageTokens: tokens of each picture, in order
  ///   - videoTokens: tokens of each video, in order
  ///   - startsAnswer: whether the assistant's turn is begun
  public static func chatText(
    _ messages: [ChatMessage], imageTokens: [Int]? = nil, videoTokens: [Int]? = nil,
    startsAnswer: Bool = true
  ) throws -> String {
    let standard = ChatMessage(.system, "You are a helpful assistant.")
    let all = messages.first?.role == .system ? messages : [standard] + messages
    var images = PlaceholderCounts("image", imageTokens, in: all)
    var videos = PlaceholderCounts("video", videoTokens, in: all)
    try images.check()
    try videos.check()
    return try turns(
      all, startsAnswer: startsAnswer, placeholders: ["<|image_pad|>", "<|video_pad|>"]
    ) {
      "<|vision_start|>" + images.next("<|image_pad|>") + "<|vision_end|>"
    } video: {
      "<|vision_start|>" + videos.next("<|video_pad|>") + "<|vision_end|>"
    }
  }
}

extension InternVL {
  /// The text of a conversation in the format of InternVL3: pictures as their tiles' tokens between
  /// `<img>` and `</img>`, videos as a numbered line for each frame, no system's turn of its own.
  /// - Parameters:
  ///   - imageTiles: tiles of each picture with its thumbnail, in order
  ///   - videoFrames: frames of each video, in order
  ///   - tokensPerTile: tokens of one tile
  ///   - startsAnswer: whether the assistant's turn is begun
  public static func chatText(
    _ messages: [ChatMessage], imageTiles: [Int] = [], videoFrames: [Int] = [],
    tokensPerTile: Int, startsAnswer: Bool = true
  ) throws -> String {
    var images = PlaceholderCounts("image", imageTiles, in: messages)
    var videos = PlaceholderCounts("video", videoFrames, in: messages)
    try images.check()
    try videos.check()
    func tiles(_ count: Int) -> String {
      "<img>" + String(repeating: "<IMG_CONTEXT>", count: count * tokensPerTile) + "</img>"
    }
    return try turns(
      messages, startsAnswer: startsAnswer, placeholders: ["<IMG_CONTEXT>", "<video>"]
    ) {
      tiles(images.next()) + "\n"
    } video: {
      (1...videos.next()).map { "Frame\($0): " + tiles(1) }.joined(separator: "\n") + "\n"
    }
  }
}

/// How many placeholders each picture or each video of a conversation gets, in order.
private struct PlaceholderCounts {
  private let kind: String
  private let wanted: Int
  private var counts: ArraySlice<Int>

  /// One each where there are no counts.
  init(_ kind: String, _ counts: [Int]?, in messages: [ChatMessage]) {
    self.kind = kind
    let part: ChatMessage.Part = kind == "image" ? .image : .video
    wanted = messages.reduce(0) { $0 + $1.parts.count { $0 == part } }
    self.counts = counts.map { $0[...] } ?? [Int](repeating: 1, count: wanted)[...]
  }

  func check() throws {
    guard counts.count == wanted else {
      throw VisionLanguageError.placeholders(kind: kind, tokens: wanted, features: counts.count)
    }
    if counts.contains(where: { $0 < 1 }) { throw VisionLanguageError.empty("\(kind) input") }
  }

  mutating func next() -> Int { counts.removeFirst() }

  mutating func next(_ token: String) -> String { String(repeating: token, count: next()) }
}
