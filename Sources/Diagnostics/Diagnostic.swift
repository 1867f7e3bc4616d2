/// One message about a script: what, where, why, and what to do about it.
public struct Diagnostic: Error, Sendable, CustomStringConvertible {
  public enum Severity: String, Sendable, Hashable {
    case error
    case warning
  }

  /// A further remark, with its own location if it has one.
  public struct Note: Sendable, Hashable {
    public let message: String
    public let span: SourceSpan?

    public init(_ message: String, span: SourceSpan? = nil) {
      self.message = message
      self.span = span
    }
  }

  public let code: DiagnosticCode
  public let message: String
  /// Where; absent for messages about something outside any script, such as `--set`.
  public let span: SourceSpan?
  public var notes: [Note]
  /// What to do, as one sentence: "did you mean `model`?".
  public var suggestion: String?

  public init(
    _ code: DiagnosticCode, _ message: String, at span: SourceSpan?, notes: [Note] = [],
    suggestion: String? = nil
  ) {
    self.code = code
    self.message = message
    self.span = span
    self.notes = notes
    self.suggestion = suggestion
  }

  public var severity: Severity { code.severity }

  /// The plain rendering, without colour.
  public var description: String { DiagnosticRenderer().render(self) }
}

extension [Diagnostic] {
  /// A corrupt file can have one error per byte; more than this helps no reader.
  public static let mostShown = 500

  /// The first ones, of which the last says how many there were, by place; an error among those
  /// left out takes the place of a warning.
  public var limited: [Diagnostic] {
    guard count > Self.mostShown else { return self }
    var shown = Array(prefix(Self.mostShown))
    if !shown.containsErrors, let error = first(where: { $0.severity == .error }) {
      shown[shown.count - 1] = error
    }
    shown[shown.count - 1].notes.append(
      Diagnostic.Note("\(count - shown.count) more not shown"))
    return shown
  }
}

extension Sequence<Diagnostic> {
  /// True when at least one of them is an error rather than a warning.
  public var containsErrors: Bool { contains { $0.severity == .error } }

  /// In the order of their places, file by file; those without a place come first.
  public func sortedByPlace() -> [Diagnostic] {
    var files: [ObjectIdentifier: Int] = [:]
    let keyed = enumerated().map { offset, diagnostic in
      guard let span = diagnostic.span else { return (key: [-1, 0, offset], diagnostic) }
      let file = files[ObjectIdentifier(span.file), default: files.count]
      files[ObjectIdentifier(span.file)] = file
      return (key: [file, span.start, offset], diagnostic)
    }
    return keyed.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { $0.1 }
  }
}
